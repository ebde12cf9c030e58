"""What becomes of the words that somebody types into a search box."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from query.search.typed_search import find_typed
from shared.search.filters import Filters
from shared.search.query import IndexQuery
from shared.search.results import SearchResults
from shared.search.search import Search
from tests.query.fakes import FakeIndex, fake_library, hit


@dataclass
class Places(FakeIndex):
    """An index that knows Paris, and has nothing where the filter has one of `empty` in it."""

    empty: tuple[str, ...] = ()

    async def search(self, query: IndexQuery) -> SearchResults:
        if query.facets and not query.top:
            return SearchResults(1, [], {"city": [("Paris", 1)], "country": [("", 9)]})
        results = await super().search(query)
        return SearchResults(0, []) if any(each in str(query.filter) for each in self.empty) else results


async def read(index: FakeIndex, q: str, **options: Any) -> tuple[str, dict[str, Any]]:
    typed = await find_typed(fake_library(index), Search(q=q, **options))
    return typed.q, dict(typed.filters)


async def test_a_date_and_a_place_become_filters_and_the_place_stays_a_word() -> None:
    index = Places([hit(1)])

    assert await read(index, "paris may 2023") == ("paris", {"taken_in": "2023-05", "place": "Paris"})
    [query] = index.queries
    assert query.text == "paris"
    assert "taken_local ge 2023-05-01" in str(query.filter)
    assert "'\"Paris\"', 'city,state,country,title,caption" in str(query.filter)


@pytest.mark.parametrize(
    ("empty", "expected"),
    [
        (("Paris",), ("paris", {"taken_in": "2023-05"})),
        (("taken_local",), ("paris may 2023", {"place": "Paris"})),
        (("Paris", "taken_local"), ("paris may 2023", {})),
    ],
)
async def test_what_leaves_no_photos_is_a_word_again(empty: tuple[str, ...], expected: Any) -> None:
    assert await read(Places([hit(1)], empty=empty), "paris may 2023") == expected


async def test_an_exclusion_holds_even_where_nothing_remains() -> None:
    assert await read(Places(empty=("tags,title",)), "boat -red") == ("boat", {"without": ["red"]})


async def test_a_name_is_nothing_but_a_name() -> None:
    index = Places([hit(1)], named=[hit(2, file_name="paris may 2023.jpg")])

    assert await read(index, "paris may 2023") == ("paris may 2023", {})
    assert index.queries[-1].filter is None


@pytest.mark.parametrize("interpret", ["off", "exclusions"])
async def test_it_can_be_turned_off(interpret: str) -> None:
    assert await read(Places([hit(1)]), "paris may 2023", interpret=interpret) == ("paris may 2023", {})


async def test_filters_set_by_hand_are_not_guessed_again() -> None:
    filters = Filters(taken_in="2020", city="Rome", without=["fog"])

    q, added = await read(index := Places([hit(1)]), "paris may 2023 -rain", filters=filters)

    assert (q, added) == ("paris may 2023", {"without": ["rain"]})
    assert str(index.queries[0].filter).count("not search.ismatch") == 2


async def test_only_keywords_are_spared_what_is_to_be_missing() -> None:
    text = "a man without a hat"

    assert await read(Places([hit(1)]), text) == (text, {"without": ["hat"]})
    assert await read(Places([hit(1)]), text, mode="keyword") == ("a man", {"without": ["hat"]})
    assert await read(Places([hit(1)]), text, sort="newest") == ("a man", {"without": ["hat"]})


async def test_a_date_alone_lists_its_photos() -> None:
    index = Places([hit(1)])

    assert await read(index, "may 2023") == ("", {"taken_in": "2023-05"})
    assert (index.queries[0].text, index.queries[0].vector) == (None, None)


@dataclass
class Boats(FakeIndex):
    """An index with photos in every filter, of which only those without a filter by date have the words."""

    words: tuple[str, ...] = ("boats",)

    async def search(self, query: IndexQuery) -> SearchResults:
        results = await super().search(query)
        is_counted = query.text is not None and not query.top
        has_words = query.text in self.words and "taken_local" not in str(query.filter)
        return replace(results, total=int(has_words)) if is_counted else results


async def test_a_date_whose_photos_have_none_of_the_words_is_a_word() -> None:
    index = Boats([hit(1, caption="A dog")])

    assert await read(index, "boats 2012 without people", mode="keyword") == ("boats 2012", {"without": ["people"]})


async def test_photos_that_hold_the_words_need_not_be_asked_for_twice() -> None:
    index = Boats([hit(1, caption="Two boats")])

    assert (await read(index, "Boats at night 2012", mode="keyword"))[1] == {"taken_in": "2012"}
    assert len([query for query in index.queries if query.text]) == 1


@pytest.mark.parametrize("q", ["ships 2012", "photos from 2012", "2012"])
async def test_words_that_no_photo_has_leave_it_to_meaning(q: str) -> None:
    assert (await read(Boats([hit(1)]), q))[1] == {"taken_in": "2012"}


async def test_a_year_is_also_that_of_a_folder() -> None:
    index = FakeIndex([hit(1)])

    await read(index, "2019")

    assert " or search.ismatch('\"2019\"', 'path'))" in str(index.queries[0].filter)


async def test_the_name_of_a_folder_is_nothing_but_a_name() -> None:
    beach = hit(2)
    beach = replace(beach, photo=replace(beach.photo, path="trips/2019 Strand/a.jpg", file_name="a.jpg"))

    assert await read(FakeIndex([hit(1)], named=[beach]), "2019 strand") == ("2019 strand", {})
    assert (await read(FakeIndex([hit(1)], named=[beach]), "strand 2018"))[1] == {"taken_in": "2018"}
