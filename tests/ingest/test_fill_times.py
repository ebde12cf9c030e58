"""Photos that were indexed without all times get days and an order without being read again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import pytest

from ingest import fill_times as module
from ingest.fill_times import LACKING, fill_times
from ingest.reconcile import reconcile
from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from tests.ingest.fakes import fakes

OLD = {"taken_at": "2025-01-01T03:30:00Z", "taken_at_source": "exif", "taken_at_zone": "-05:00", "etag": "1"}


class FakeDocuments:
    """Documents by id, as the service holds them; `meanwhile` changes them after they were read."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self.documents = {each["id"]: {"path": each["id"], **each} for each in documents}
        self.meanwhile: dict[str, dict[str, Any]] = {}
        self.queries: list[IndexQuery] = []

    async def search(self, query: IndexQuery) -> SearchResults:
        self.queries.append(query)
        match = re.fullmatch(re.escape(LACKING) + r"(?: and id gt '(.*)')?", str(query.filter))
        assert match
        chosen = [
            {name: each.get(name) for name in query.fields}
            for id_, each in sorted(self.documents.items())
            if lacks_times(each) and id_ > (match[1] or "")
        ]
        for id_, fields in self.meanwhile.items():
            self.documents[id_] |= fields
        return SearchResults(len(chosen), [Hit(Photo.from_document(each)) for each in chosen[: query.top]])

    async def merge(self, documents: Sequence[Mapping[str, Any]]) -> int:
        for each in documents:
            self.documents[each["id"]] |= each
        return len(documents)


def lacks_times(document: Mapping[str, Any]) -> bool:
    former = not document.get("sorted_at") and document.get("taken_at")
    return bool(former or (document.get("taken_local") and not document.get("taken_until")))


async def filled(index: FakeDocuments) -> int:
    return await fill_times(cast(Any, index))


async def test_every_photo_of_the_last_release_is_filled_in_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    index = FakeDocuments([{"id": f"{number:02}", **OLD} for number in range(7)])

    assert await filled(index) == 7
    assert {each["taken_local"] for each in index.documents.values()} == {"2024-12-31T22:30:00Z"}
    assert {each["sorted_at"] for each in index.documents.values()} == {"2024-12-31T22:30:00Z"}
    assert {each["taken_until"] for each in index.documents.values()} == {"2024-12-31T22:30:01Z"}
    assert {each["taken_month"] for each in index.documents.values()} == {"2024-12"}
    assert [query.top for query in index.queries] == [3, 3, 3]


async def test_a_second_run_has_nothing_to_do() -> None:
    index = FakeDocuments([{"id": "a", **OLD}, {"id": "b"}])

    assert await filled(index) == 1
    assert await filled(index) == 0
    assert len(index.queries) == 2


async def test_a_photo_with_a_date_gets_the_period_that_is_known() -> None:
    local = "1969-01-01T00:00:00Z"
    index = FakeDocuments([{"id": "a", "taken_local": local, "taken_precision": "year", "sorted_at": local}])

    assert await filled(index) == 1
    assert await filled(index) == 0
    [document] = index.documents.values()
    assert (document["taken_until"], document["taken_month"]) == ("1970-01-01T00:00:00Z", "1969")
    assert (document["taken_local"], document["sorted_at"]) == (local, local)


async def test_undated_photos_lose_the_day_of_their_upload() -> None:
    index = FakeDocuments([{"id": "a", **OLD, "taken_at_source": "blob", "taken_at_zone": "+00:00"}])

    await filled(index)

    [document] = index.documents.values()
    assert (document["taken_local"], document["taken_at"], document["taken_at_source"]) == (None, None, None)
    assert document["arrived_at"] == document["sorted_at"] == OLD["taken_at"]


async def test_a_photo_that_was_indexed_anew_meanwhile_looks_out_of_date() -> None:
    index = FakeDocuments([{"id": "a", "digest": "old", **OLD}])
    index.meanwhile = {"a": {"etag": "2", "digest": "new", "sorted_at": "2026-01-01T00:00:00Z"}}

    await filled(index)

    assert (index.documents["a"]["etag"], index.documents["a"]["digest"]) == ("1", "old")


async def test_reconciling_begins_with_the_times_of_the_last_release() -> None:
    world = fakes()

    await reconcile(world.context)

    assert world.index.searches[0].filter == LACKING
