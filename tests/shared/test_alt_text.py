"""Rules of alternative texts."""

import pytest

from shared.alt_text import MAX_LENGTH, alt_text_faults

FINE = [
    ("A brown dog runs along the sea.", "en"),
    ("Two people look at a picture of a tower.", "en"),
    ("Imagery of the old town hangs on a wall.", "en"),
    ("Photographers wait for the sunrise.", "en"),
    ("Ein Hund läuft am Meer entlang.", "de"),
    ("Bildhauer bei der Arbeit.", "de"),
    ("Un chien court au bord de la mer.", "fr"),
    ("In 1969 two astronauts stand beside a flag.", "en"),
    ("x" * MAX_LENGTH, "en"),
]
OPENINGS = [
    ("Image of a dog", "en"),
    ("A photo of a dog", "en"),
    ("a black-and-white photograph of a dog", "en"),
    ("The picture shows a dog", "en"),
    ("Photo: a dog", ""),
    ("An image of a dog", "de"),  # a model forgets which language was wanted
    ("Ein Foto von einem Hund", "de-CH"),
    ("Das Bild zeigt einen Hund", "de"),
    ("Auf dem Bild sieht man einen Hund", "de"),
    ("Une photo d'un chien", "fr"),
    ("L\u2019image montre un chien", "fr"),
    ("Imagen de un perro", "es"),
    ("Una foto di un cane", "it"),
    ("Afbeelding van een hond", "nl"),
    ("Uma fotografia de um cão", "pt"),
]
FILE_NAMES = ["IMG_1234", "DSC01234 at the beach", "a dog.jpg", "see scan-7.TIFF", "Shelf 12", "shelf 12.png"]


@pytest.mark.parametrize(("text", "language"), FINE)
def test_an_ordinary_sentence_breaks_no_rule(text: str, language: str) -> None:
    assert alt_text_faults(text, language, "2024-1.jpg") == []


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_a_text_does_not_begin_by_saying_that_it_is_a_picture(text: str, language: str) -> None:
    assert alt_text_faults(text, language, "a.jpg") == ["opening"]


@pytest.mark.parametrize("text", FILE_NAMES)
def test_a_text_has_no_name_of_a_file_in_it(text: str) -> None:
    assert alt_text_faults(text, "en", "Shelf 12.png") == ["file_name"]


def test_a_text_is_there_and_not_too_long() -> None:
    assert alt_text_faults(" \n", "en", "a.jpg") == ["empty"]
    assert alt_text_faults("x" * (MAX_LENGTH + 1), "en", "a.jpg") == ["long"]
    assert alt_text_faults(f"Photo of IMG_2024 {'x' * MAX_LENGTH}", "en", "a.jpg") == ["long", "opening", "file_name"]
