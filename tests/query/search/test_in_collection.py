"""What it means to be in a collection."""

from typing import Any, cast

import pytest

from query.search.in_collection import clause_of, look_up
from query.search.library import Library
from shared.errors import NotFound
from shared.photo import photo_id
from shared.search.filters import Filters
from shared.search.search import Search
from shared.stores.collections import Collection
from tests.catalogue.fakes import FakeCollections
from tests.query.fakes import FakeIndex, FakeModels

ROME = Collection(id=photo_id("rome"), name="Rome")
SEA = Collection(id=photo_id("sea"), name="Sea", search={}, query={"q": 'sea "red boat"', "filters": {"rating": 4}})


def test_a_list_is_what_documents_name() -> None:
    assert clause_of(ROME) == f"collections/any(each: each eq '{ROME.id}')"


def test_a_saved_search_is_its_filters_and_all_of_its_words() -> None:
    clause = clause_of(SEA)

    assert "rating ge 4" in clause
    assert "search.ismatch('\"sea\"'" in clause
    assert "search.ismatch('\"red boat\"'" in clause


async def test_a_search_is_narrowed_to_a_collection_by_its_name_or_id() -> None:
    collections: Any = FakeCollections({each.id: each for each in (ROME, SEA)})
    index = FakeIndex()
    library = Library(cast(Any, index), cast(Any, FakeModels()), weight=1, collections=collections)

    for name in (ROME.id, "Rome"):
        await library.find(Search(filters=Filters(collection=name, has_text=True)))
        await library.count("", Filters(collection=name))

    assert [query.filter for query in index.queries] == [f"has_text and {clause_of(ROME)}", clause_of(ROME)] * 2
    with pytest.raises(NotFound, match="there is no collection 'Paris'"):
        await library.find(Search(filters=Filters(collection="Paris")))


async def test_a_library_of_one_collection_finds_and_counts_nothing_else() -> None:
    collections: Any = FakeCollections({each.id: each for each in (ROME, SEA)})
    index = FakeIndex()
    library = Library(cast(Any, index), cast(Any, FakeModels()), weight=1, collections=collections).in_collection(
        "Rome"
    )

    await library.find(Search(filters=Filters(has_text=True)))
    await library.count("", Filters(collection="Sea"))

    assert [query.filter for query in index.queries] == [f"has_text and {clause_of(ROME)}", clause_of(ROME)]


async def test_a_search_in_no_collection_looks_none_up() -> None:
    class Unasked(FakeCollections):
        async def find(self, name: str) -> Collection:
            raise AssertionError

    filters = Filters(has_text=True)
    collections: Any = Unasked()
    index: Any = None

    assert await look_up(filters, collections, index) is filters
