"""The photos of an export, page by page, in the order that is asked for."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from catalogue.export import selection
from catalogue.export.selection import walk_photos
from shared.photo import photo_id
from shared.search.index import PhotoIndex
from tests.catalogue.export_photos import full_photo
from tests.local.search.server import ADMIN_KEY, SearchServer, running_server

DATES: dict[str, str | None] = {
    "a.jpg": "2024-05-01T10:00:00Z",
    "b.jpg": None,  # an old document
    "c.jpg": "2024-05-01T10:00:00Z",
    "d.jpg": "2023-01-01T00:00:00Z",
    "e.jpg": None,
    "f.jpg": "2026-01-01T00:00:00Z",
    "g.jpg": "2024-05-01T10:00:00Z",
}
BY_ID = sorted(DATES, key=photo_id)


@pytest.fixture(scope="module")
def server() -> Iterator[SearchServer]:
    with running_server() as server:
        yield server


def by_date(*, newest: bool) -> list[str]:
    undated = [path for path in BY_ID if not DATES[path]]
    dated = sorted((path for path in BY_ID if DATES[path]), key=lambda path: DATES[path] or "", reverse=newest)
    return dated + undated if newest else undated + dated


@pytest.mark.parametrize("page", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("sort", "order"),
    [("relevance", BY_ID), ("newest", by_date(newest=True)), ("oldest", by_date(newest=False))],
)
def test_photos_are_walked_in_order_whatever_the_size_of_a_page(
    page: int, sort: Any, order: list[str], server: SearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PAGE", page)

    async def run() -> list[str]:
        key = AzureKeyCredential(ADMIN_KEY)
        clients = SearchClient(server.endpoint, "photos", key), SearchIndexClient(server.endpoint, key)
        index = PhotoIndex(*clients, name="photos", dimensions=2, semantic=False)
        try:
            for path, date in {**DATES, "other/x.jpg": None}.items():
                await index.put(replace(full_photo(path), sorted_at=date, vector=[0.1, 0.2]))
            return [photo.path async for photo in walk_photos(index, "folder eq ''", sort)]
        finally:
            await index.close()

    assert asyncio.run(run()) == order
