"""Small talk, and questions for a number."""

import pytest

from query.chat.question_kind import asks_how_many, is_searchable


@pytest.mark.parametrize(
    "text",
    [
        "How many dogs are there?",
        "the number of invoices",
        "Wie viele Fotos?",
        "Wieviel Bilder?",
        "¿Cuántas fotos hay?",
        "combien de photos",
        "多少 photos",
    ],
)
def test_how_many_is_recognized_in_several_languages(text: str) -> None:
    assert asks_how_many(text)


@pytest.mark.parametrize(
    "text",
    [
        "how many people are in the second photo?",
        "how many dogs in [2]?",
        "Wie viele Hunde sind auf dem Bild?",
        "combien de chiens sur la photo ?",
        "¿cuántos perros hay en la foto?",
        "a dog",
        "",
    ],
)
def test_how_many_in_one_photo_is_another_question(text: str) -> None:
    assert not asks_how_many(text)


@pytest.mark.parametrize(
    "text", ["Hi there!", "danke schön", "Merci beaucoup.", "What can you do?", "  ok ", "", " \n"]
)
def test_greetings_thanks_and_silence_need_no_search(text: str) -> None:
    assert not is_searchable(text)


@pytest.mark.parametrize("text", ["hi, show me dogs", "help the dog", "dogs", "2024"])
def test_everything_else_is_searched(text: str) -> None:
    assert is_searchable(text)
