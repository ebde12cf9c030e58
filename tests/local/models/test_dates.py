"""Dates and periods in questions, in four languages, as of Monday 23 November 2026."""

from datetime import date

import pytest

from local.models.chat.date_ranges import find_date_range
from local.models.chat.lexicon import detect_language, load_lexicon

TODAY = date(2026, 11, 23)


def date_range(text: str, code: str = "en") -> tuple[str | None, str | None]:
    dates, _ = find_date_range(text, load_lexicon(code), TODAY)
    if dates is None:
        return None, None
    return tuple(str(day) if day else None for day in (dates.after, dates.before))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("in 2023", "2023-01-01", "2024-01-01"),
        ("from 2019 to 2021", "2019-01-01", "2022-01-01"),
        ("between March 2020 and May 2021", "2020-03-01", "2021-06-01"),
        ("before 2020", None, "2020-01-01"),
        ("after 2020", "2021-01-01", None),
        ("since March 2020", "2020-03-01", None),
        ("last summer", "2026-06-01", "2026-09-01"),
        ("last winter", "2025-12-01", "2026-03-01"),
        ("autumn 2022", "2022-09-01", "2022-12-01"),
        ("in May", "2026-05-01", "2026-06-01"),
        ("in December", "2025-12-01", "2026-01-01"),
        ("on 1 May 2024", "2024-05-01", "2024-05-02"),
        ("on May 1, 2024", "2024-05-01", "2024-05-02"),
        ("on 2024-05-01", "2024-05-01", "2024-05-02"),
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("this month", "2026-11-01", "2026-12-01"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("two years ago", "2024-01-01", "2025-01-01"),
        ("may I see a dog", None, None),
        ("photos of a march", None, None),
        ("a 2024x1024 picture", None, None),
    ],
)
def test_english_dates(text: str, after: str | None, before: str | None) -> None:
    assert date_range(text) == (after, before)


@pytest.mark.parametrize(
    ("code", "text", "after", "before"),
    [
        ("de", "im letzten Sommer", "2026-06-01", "2026-09-01"),
        ("de", "zwischen 2019 und 2021", "2019-01-01", "2022-01-01"),
        ("de", "seit Mai 2024", "2024-05-01", None),
        ("de", "am 1. Mai 2024", "2024-05-01", "2024-05-02"),
        ("de", "vor zwei Jahren", "2024-01-01", "2025-01-01"),
        ("de", "letztes Jahr", "2025-01-01", "2026-01-01"),
        ("fr", "de l'été dernier", "2026-06-01", "2026-09-01"),
        ("fr", "entre 2019 et 2021", "2019-01-01", "2022-01-01"),
        ("fr", "en mai 2023", "2023-05-01", "2023-06-01"),
        ("fr", "l'année dernière", "2025-01-01", "2026-01-01"),
        ("es", "del verano pasado", "2026-06-01", "2026-09-01"),
        ("es", "entre 2019 y 2021", "2019-01-01", "2022-01-01"),
        ("es", "en mayo de 2023", "2023-05-01", "2023-06-01"),
        ("es", "hace dos años", "2024-01-01", "2025-01-01"),
    ],
)
def test_dates_in_other_languages(code: str, text: str, after: str | None, before: str | None) -> None:
    assert date_range(text, code) == (after, before)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Show me the dog on the beach", "en"),
        ("Zeig mir den Hund am Strand", "de"),
        ("Montre-moi le chien sur la plage", "fr"),
        ("Muéstrame el perro en la playa", "es"),
        ("Wie viele Bilder sind vom Mai?", "de"),
        ("¿Cuántas fotos hay?", "es"),
        ("Combien de photos ?", "fr"),
    ],
)
def test_the_language_of_a_question_is_recognised(text: str, code: str) -> None:
    assert detect_language(text).code == code
