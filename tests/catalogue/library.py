"""A catalogue in memory: an index that answers what exports ask, and edits over it."""

import re
from collections.abc import Sequence
from typing import Any, cast

from catalogue.context import CatalogueContext
from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from tests.ingest.fakes import FakeEdits, FakeIndex, FakeTickets

AFTER = re.compile(r"id gt '(\w+)'")
AMONG = re.compile(r"search\.in\(id, '([\w,]*)', ','\)")
FOLDER = re.compile(r"folder eq '([^']*)'")


class ExportIndex(FakeIndex):
    """Lists photos by id, page by page."""

    def __init__(self, photos: Sequence[Photo] = ()) -> None:
        super().__init__()
        self.edits = FakeEdits()
        self.photos = {photo.id: photo for photo in photos}

    async def search(self, query: IndexQuery) -> SearchResults:
        self.searches.append(query)
        photos = [photo for photo in self.photos.values() if _passes(photo, query.filter or "")]
        photos.sort(key=lambda photo: photo.id)
        return SearchResults(len(photos), [Hit(photo) for photo in photos[query.skip : query.skip + query.top]])


def _passes(photo: Photo, filter_: str) -> bool:
    after, among, folder = (pattern.search(filter_) for pattern in (AFTER, AMONG, FOLDER))
    return (
        (not after or photo.id > after[1])
        and (not among or photo.id in among[1].split(","))
        and (not folder or photo.folder == folder[1])
    )


class Embedder:
    """Embeds every text as its length."""

    embedding_model, dimensions = "length", 2

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(len(text)), 1.0] for text in texts]


def catalogue_of(index: ExportIndex) -> CatalogueContext:
    """The catalogue over such an index."""
    parts: dict[str, Any] = {
        "edits": index.edits,
        "index": index,
        "models": Embedder(),
        "tickets": FakeTickets(),
        "refresh_tickets": FakeTickets(),
    }
    return CatalogueContext(**cast(Any, parts))
