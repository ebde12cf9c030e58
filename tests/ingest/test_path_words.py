"""What a path says, in words that keyword search finds."""

import pytest

from ingest.path_words import path_words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("dog.jpg", "dog"),
        ("2024/rome/red-bike.jpg", "2024 rome red bike"),
        ("trips/SummerIn_Rome/IMG_1234.JPEG", "trips Summer In Rome IMG 1234"),
        ("Österreich/Straße/großer Hund.heic", "Österreich Straße großer Hund"),
        ("rechnung.2024.final.pdf.png", "rechnung 2024 final pdf"),
        ("noextension", "noextension"),
        ("___.jpg", ""),
    ],
)
def test_the_words_of_a_path(path: str, words: str) -> None:
    assert path_words(path) == words


def test_other_texts_follow() -> None:
    assert path_words("PXL_20240607.jpg", "Friday 7 June 2024", "") == "PXL 20240607 Friday 7 June 2024"
