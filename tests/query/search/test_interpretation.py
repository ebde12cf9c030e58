"""What a search box reads from its words."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from query.search.interpretation import Interpretation, interpret, place_candidates
from query.search.query_text import split_phrases
from shared.search.filters import Filters
from shared.search.folding import fold_text

PLACES = {fold_text(name): name for name in ("Paris", "New York City", "York", "Zürich", "Nice", "São Paulo")}


def read(text: str) -> tuple[str, dict[str, Any]]:
    reading = interpret(text, places=PLACES)
    return reading.q, dict(reading.filters)


@pytest.mark.parametrize(
    ("text", "q", "filters"),
    [
        ("paris may 2023", "paris", {"place": "Paris", "taken_in": "2023-05"}),
        ("2019 strand", "strand", {"taken_in": "2019"}),
        ("strand im Mai 2023", "strand", {"taken_in": "2023-05"}),
        ("Hochzeit, 3. Oktober 2019", "Hochzeit", {"taken_in": "2019-10-03"}),
        ("März 2020 Schnee", "Schnee", {"taken_in": "2020-03"}),
        ("Ma\u0308rz 2020 Schnee", "Schnee", {"taken_in": "2020-03"}),
        ("plage en août 2021", "plage", {"taken_in": "2021-08"}),
        ("fête le 14 juillet 2021", "fête", {"taken_in": "2021-07-14"}),
        ("playa en enero de 2022", "playa", {"taken_in": "2022-01"}),
        ("boda 5 de mayo de 2018", "boda", {"taken_in": "2018-05-05"}),
        ("boats on July 4th, 2020", "boats", {"taken_in": "2020-07-04"}),
        ("12th of May 2023 dogs", "dogs", {"taken_in": "2023-05-12"}),
        ("snow 2023-05-31", "snow", {"taken_in": "2023-05-31"}),
        ("snow 2023-05", "snow", {"taken_in": "2023-05"}),
        ("Schnee 31.12.2019", "Schnee", {"taken_in": "2019-12-31"}),
        ("snow 05/2023", "snow", {"taken_in": "2023-05"}),
        ("桜 2023年5月", "桜", {"taken_in": "2023-05"}),
        ("2023 may", "", {"taken_in": "2023-05"}),
        ("boats since 2019", "boats", {"taken_after": "2019"}),
        ("Boote seit Mai 2019", "Boote", {"taken_after": "2019-05"}),
        ("boats after 2019", "boats", {"taken_after": "2020"}),
        ("boats before 2019", "boats", {"taken_before": "2019"}),
        ("bateaux avant 2019", "bateaux", {"taken_before": "2019"}),
        ("barcos hasta diciembre de 2019", "barcos", {"taken_before": "2020-01"}),
        ("boats 2018-2020", "boats", {"taken_after": "2018", "taken_before": "2021"}),
        ("boats from 2018 to 2020", "boats", {"taken_after": "2018", "taken_before": "2021"}),
        ("Boote zwischen 2018 und 2020", "Boote", {"taken_after": "2018", "taken_before": "2021"}),
        ("May 2018 to June 2019", "", {"taken_after": "2018-05", "taken_before": "2019-07"}),
        ("boats after 2017 before 2020", "boats", {"taken_after": "2018", "taken_before": "2020"}),
        ("zurich lake", "zurich lake", {"place": "Zürich"}),
        ("night in new york city", "night in new york city", {"place": "New York City"}),
        ("sao paulo", "sao paulo", {"place": "São Paulo"}),
        ("a beach in nice", "a beach in nice", {"place": "Nice"}),
        ("Nice beach", "Nice beach", {"place": "Nice"}),
        ("beach -people", "beach", {"without": ["people"]}),
        ('beach -"red umbrella" sun', "beach sun", {"without": ["red umbrella"]}),
        ("a man without a hat", "a man", {"without": ["hat"]}),
        ("a street, not cars or bikes", "a street", {"without": ["cars", "bikes"]}),
        ("Strand ohne Menschen", "Strand", {"without": ["menschen"]}),
        ("Straße ohne Autos oder Räder", "Straße", {"without": ["autos", "räder"]}),
        ("plage sans les gens", "plage", {"without": ["gens"]}),
        ("playa sin gente", "playa", {"without": ["gente"]}),
        ("paris 2019 -tower", "paris", {"place": "Paris", "taken_in": "2019", "without": ["tower"]}),
    ],
)
def test_dates_places_and_exclusions_are_read(text: str, q: str, filters: dict[str, Any]) -> None:
    assert read(text) == (q, filters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "may",
        "a red boat",
        "nice weather",
        '"paris may 2023"',
        "“without a hat”",
        "IMG_20190504",
        "AB-2019-44",
        "scan 12-2019-0044",
        "paris may 2023.jpg",
        "2019",
        "2049 poster",
        "1500 people",
        "31 February",
        "a - b",
        "twenty-one",
        "-5 degrees",
        "-IMG_2071",
        "not only boats",
        "do not enter",
        "2018 2019 2020",
        "19999 steps",
        "photo 2019x",
    ],
)
def test_what_may_mean_something_else_stays_as_it_is(text: str) -> None:
    if text == "2019":  # but a year alone is one
        assert read(text) == ("", {"taken_in": "2019"})
    else:
        assert read(text) == (text, {})


def test_a_day_that_no_calendar_has_is_none() -> None:
    assert read("31.02.2019 party") == ("31.02.2019 party", {})


def test_what_is_to_be_missing_keeps_its_meaning_for_a_model() -> None:
    reading = interpret("a man without a hat in 2019 -dog")

    assert reading == Interpretation("a man", "a man without a hat", {"without": ["dog", "hat"], "taken_in": "2019"})


@pytest.mark.parametrize(
    ("kinds", "filters"),
    [
        (set(), {}),
        ({"dates"}, {"taken_in": "2023"}),
        ({"places"}, {"place": "Paris"}),
        ({"exclusions"}, {"without": ["people"]}),
    ],
)
def test_only_what_is_asked_for_is_read(kinds: set[str], filters: dict[str, Any]) -> None:
    reading = interpret("paris 2023 -people", kinds, PLACES)

    assert reading.filters == filters
    assert all(word in reading.q for word in ("paris", "2023", "people")) == (filters in ({}, {"place": "Paris"}))


def test_codes_and_quotes_name_no_place() -> None:
    assert place_candidates('the york "new york" IMG_2071 lake') == ["york", "lake"]
    assert place_candidates("paris.jpg") == []


TEXT = (
    'paris may 2023 mai -dog without not ohne a or in since 31.12.2019 2018-2020 between and to " “ ” AB-12345 2023年 '
    "14 juillet , - café \0 IMG_1.jpg"
)
PARTS = st.sampled_from(TEXT.split(" "))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PARTS, max_size=12).map(" ".join)))
def test_no_text_is_too_strange_and_the_filters_are_always_valid(text: str) -> None:
    reading = interpret(text, places=PLACES)

    filters = dict(reading.filters)
    filters.pop("place", None)
    Filters.model_validate(filters)
    assert len(reading.q) <= len(reading.meaning) <= len(text)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(PARTS.filter(lambda part: part not in {'"', "“", "”", "-", "IMG_1.jpg"}), max_size=5).map(" ".join),
    st.lists(PARTS, min_size=1, max_size=5).map(lambda parts: " ".join(parts).translate({34: None, 0x201C: None})),
    st.lists(PARTS.filter(lambda part: part not in {'"', "“", "”", "IMG_1.jpg"}), max_size=5).map(" ".join),
)
def test_quoted_text_stays_as_it_is(before: str, quoted: str, after: str) -> None:
    phrase = f'"{quoted}"'
    if not 2 <= len(quoted) <= 200 or not quoted.strip():
        return

    reading = interpret(f"{before} {phrase} {after}", places=PLACES)

    assert phrase in reading.q
    assert split_phrases(reading.q)[1] == [quoted.strip()]
