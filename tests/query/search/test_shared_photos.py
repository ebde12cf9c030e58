"""Which photos a share shows: asked for as its maker and as its visitor, and never more than both see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from query.search.shared_photos import SharedPhotos, maker_of, visitor_of
from shared.access.caller import current_caller
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import NotFound
from shared.photo import Photo, photo_id
from shared.search.query import IndexQuery
from shared.search.results import Hit, IndexEntry, SearchResults
from shared.stores.collections import Collection
from shared.stores.shares import Share
from tests.catalogue.fakes import FakeCollections

PHOTOS = [Photo(id=photo_id(f"{name}.jpg"), path=f"{name}.jpg") for name in "abc"]
A, B, C = (each.id for each in PHOTOS)


@dataclass
class SightedIndex:
    """An index that notes who asks, and hides what `hidden` says from the maker."""

    hidden: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        return {each.photo.id: IndexEntry.of(each.photo) for each in self._seen() if each.photo.id in ids}

    async def search(self, query: IndexQuery) -> SearchResults:
        hits = [each for each in self._seen() if "id eq" not in str(query.filter) or each.photo.id in str(query.filter)]
        return SearchResults(len(hits), hits[query.skip : query.skip + query.top])

    def _seen(self) -> list[Hit]:
        self.asked.append(current_caller().name)
        is_maker, sight = current_caller().name == "ann", current_sight()
        return [Hit(each) for each in PHOTOS if sight.sees_document(each) and not (is_maker and each.id in self.hidden)]


def a_share(**fields: Any) -> Share:
    values = {"name": "n", "maker": "ann", "maker_id": "1", "maker_groups": ("g",), "maker_role": Role.ADMIN, **fields}
    return Share(id=photo_id("s"), token_digest="", expires_at="2999-01-01T00:00:00Z", created_at="", **values)


async def shown(share: Share, index: SightedIndex, *collections: Collection) -> SharedPhotos:
    store = FakeCollections({each.id: each for each in collections})
    return await SharedPhotos.of(share, cast(Any, store), cast(Any, index))


async def test_a_selection_is_shown_as_far_as_its_maker_sees_it() -> None:
    index = SightedIndex(hidden={B})
    photos = await shown(a_share(photos=(C, photo_id("gone.jpg"), B, A)), index)

    total, page = await photos.page(top=1, skip=1)

    assert (total, [each.id for each in page]) == (2, [A])
    assert index.asked == ["ann", f"share {photo_id('s')}"]
    assert await photos.photo(B) is None
    assert await photos.photo(photo_id("other.jpg")) is None
    assert (await photos.page(top=9, skip=9))[1] == []


async def test_who_asks_is_the_maker_as_they_were_and_a_visitor_who_sees_these_alone() -> None:
    share = a_share(photos=(A,), maker_role=Role.EDITOR)

    maker, visitor = maker_of(share), visitor_of(share, [A])

    assert (maker.name, maker.id, maker.role, maker.groups) == ("ann", "1", Role.EDITOR, frozenset("g"))
    assert (visitor.role, visitor.groups) == (Role.VIEWER, frozenset())
    assert visitor.sight
    assert [visitor.sight.sees_document(each) for each in PHOTOS] == [True, False, False]
    assert visitor_of(share).sight != visitor.sight


@pytest.mark.parametrize("search", [None, {"tag": "x"}])
async def test_a_collection_is_shown_as_it_is(search: dict[str, Any] | None) -> None:
    index = SightedIndex(hidden={B})
    collection = Collection(id=photo_id("c"), name="c", photos=(A, B) if search is None else (), search=search)
    photos = await shown(a_share(collection=collection.id), index, collection)

    total, page = await photos.page(top=9, skip=0)

    assert {each.id for each in page} == ({A} if search is None else {A, C})
    assert total == len(page)
    assert await photos.photo(B) is None
    assert (await photos.photo(A)) == PHOTOS[0]
    with pytest.raises(NotFound):
        await shown(a_share(collection=collection.id), index)
