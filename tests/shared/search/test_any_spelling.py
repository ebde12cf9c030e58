"""Words of filters find values with other accents than they have."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.search.index import SearchIndex
from local.search.query.retrieval import allowed_rows
from local.search.service import SearchService
from local.search.storage.batch import parse_batch
from shared.search.any_spelling import holds_words
from shared.search.filters import Filters
from shared.search.schema import index_definition

CITIES = ("Zürich", "Zurich", "Zu\u0308rich", "São Paulo", "Paulo", "Łódź")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """An index of the search stand-in with a photo of each city, made by somebody of its name."""
    folder: Path = tmp_path_factory.mktemp("search")
    service = SearchService(folder)
    service.create(index_definition("photos", 4))
    index = service.index("photos")
    documents = [
        {"@search.action": "upload", "id": str(number), "city": city, "creators": [f"Ann {city}"]}
        for number, city in enumerate(CITIES)
    ]
    index.write(parse_batch({"value": documents}, index.definition))
    yield index
    service.close()


@pytest.mark.parametrize(
    ("typed", "cities"),
    [
        ("zurich", {"Zürich", "Zurich", "Zu\u0308rich"}),
        ("ZÜRICH", {"Zürich", "Zurich", "Zu\u0308rich"}),
        ("sao paulo", {"São Paulo"}),
        ("lodz", {"Łódź"}),
        ("bern", set()),
    ],
)
@pytest.mark.parametrize("name", ["place", "made_by"])
def test_the_index_finds_places_and_people_in_any_spelling(
    index: SearchIndex, name: str, typed: str, cities: set[str]
) -> None:
    with index.search_view() as view:
        rows = allowed_rows(Filters.model_validate({name: typed}).odata(), view)

    assert rows is not None
    assert {city for city, passes in zip(CITIES, rows.tolist(), strict=True) if passes} == cities


def finds(text: str, term: str) -> bool:
    """Whether the pattern for one word matches a term of the index, which is in small letters."""
    pattern = re.search(r"\+/(.+?)/\)", holds_words(text, ["city"]))
    assert pattern
    return re.fullmatch(pattern[1], term) is not None


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("zurich", "zürich"),
        ("Zürich", "zurich"),
        ("zurich", "zu\u0308rich"),
        ("zurich", "zurich"),
        ("strasse", "straße"),
        ("Straße", "strasse"),
        ("goteborg", "göteborg"),
        ("lodz", "łódź"),
        ("aeroskobing", "ærøskøbing"),
        ("hue", "huế"),
        ("αθηνα", "αθήνα"),
        ("орел", "орёл"),
    ],
)
def test_a_word_finds_its_other_spellings(text: str, term: str) -> None:
    assert finds(text, term)


@pytest.mark.parametrize(("text", "term"), [("zurich", "zuerich"), ("zurich", "zürichsee"), ("bern", "bari")])
def test_no_other_word_is_found(text: str, term: str) -> None:
    assert not finds(text, term)


def test_each_field_is_asked_for_all_the_words() -> None:
    clause = holds_words("São 12", ["city", "state"])

    assert clause.startswith("(search.ismatch('\"São 12\" \"sao 12\"', 'city,state') or search.ismatch('city:(+/[s")
    assert " +/12/) OR state:(+/[s" in clause
    assert clause.endswith(" +/12/)', 'city,state', 'full', 'all'))")


def test_nothing_is_asked_where_there_are_no_words() -> None:
    assert holds_words("!?", ["city"]) == ""


@pytest.mark.parametrize("text", ["a" * 101, " ".join("abcdefghijk")])
def test_a_long_text_is_looked_for_as_it_is(text: str) -> None:
    assert holds_words(text, ["city"]) == f"search.ismatch('\"{text}\"', 'city')"
