"""What is missing is said as people say it."""

import pytest

from ingest.decoding.missing_rows import missing_share, require_enough
from ingest.decoding.picture_file import Pixels
from shared.errors import BadPhoto
from tests.ingest.decoding.files import encoded, refusal, textured


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 0.66, "the last third of the picture is missing"),
        (0, 0.5, "the last half of the picture is missing"),
        (0, 0.61, "the last two fifths of the picture are missing"),
        (0, 0.89, "the last tenth of the picture is missing"),
        (0, 0.11, "only the first tenth of the picture is there"),
        (0, 0.26, "only the first quarter of the picture is there"),
        (0, 0.01, "almost nothing of the picture is there: the file is cut off or damaged"),
        (0.33, 1, "the first third of the picture is missing"),
        (0.9, 1, "only the last tenth of the picture is there"),
    ],
)
def test_shares_are_said_in_words(first: float, last: float, words: str) -> None:
    assert missing_share(first, last) == words


@pytest.mark.parametrize("last", [0.9, 0.95, 1.0])
def test_nine_tenths_are_enough(last: float) -> None:
    pixels = Pixels(picture=textured(), last=last)

    assert require_enough(pixels) is pixels


def test_less_is_refused() -> None:
    with pytest.raises(BadPhoto, match="missing"):
        require_enough(Pixels(picture=textured(), last=0.899))


def test_a_gif_whose_frame_has_no_width_is_refused() -> None:
    data = bytearray(encoded(textured(64, 48), "GIF"))
    frame = data.index(b"\x2c\0\0\0\0\x40\0\x30\0")
    for size in (b"\0\0\x30\0", b"\x40\0\0\0", b"\0\0\0\0"):
        data[frame + 5 : frame + 9] = size
        assert refusal(bytes(data), "a.gif")
