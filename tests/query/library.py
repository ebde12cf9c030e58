"""A fixed library of photos, put straight into the index and the storage of a running world."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shared.photo import Photo, folder_of, photo_id
from shared.services import Services
from shared.settings import load
from shared.storage import DERIVED
from tests.world import World, picture

GOLDEN = Path(__file__).with_name("golden")


def photo(path: str, **known: Any) -> Photo:
    """A photo whose plain facts follow from its path and from what is known."""
    facts = {
        "id": photo_id(path),
        "path": path,
        "folder": folder_of(path),
        "file_name": path.rpartition("/")[2],
        "alt_text": known.get("title", ""),
        "has_text": bool(known.get("text_in_photo")),
        "taken_at_source": "exif" if known.get("taken_at") else None,
        "digest": photo_id(f"digest of {path}"),
        "orientation": "landscape",
        "format": "JPEG",
        "width": 640,
        "height": 480,
    } | known
    if facts.get("location"):
        facts["location"] = tuple(facts["location"])
    return Photo(**facts)


def library() -> list[Photo]:
    """The photos of the golden conversations."""
    return [photo(**each) for each in json.loads((GOLDEN / "library.json").read_text(encoding="utf-8"))]


def described(one: Photo) -> str:
    """The text a photo is embedded by."""
    return " ".join([one.title, one.caption, " ".join(one.tags), one.text_in_photo, one.folder, one.city, one.country])


@dataclass(frozen=True)
class Shelf:
    """A running world whose index a test fills by hand; `environment` are the app's settings."""

    world: World
    environment: Mapping[str, str]

    def put(self, *photos: Photo) -> None:
        """Index the photos, with vectors by the model of the settings, and store a preview of each."""
        asyncio.run(self._index(photos))
        for number, one in enumerate(photos):
            for size in ("preview", "thumbnail"):
                blob = self.world.blobs.get_blob_client(DERIVED, f"{one.id}/{size}.jpg")
                blob.upload_blob(picture(number), overwrite=True)

    @contextmanager
    def holding(self, *photos: Photo) -> Iterator[None]:
        """These photos too, for a while."""
        self.put(*photos)
        try:
            yield
        finally:
            asyncio.run(self._remove(photos))

    async def _index(self, photos: Sequence[Photo]) -> None:
        async with self._services() as services:
            vectors = await services.models.embed([described(one) for one in photos])
            for one, vector in zip(photos, vectors, strict=True):
                await services.index.put(replace(one, vector=vector))

    async def _remove(self, photos: Sequence[Photo]) -> None:
        async with self._services() as services:
            for one in photos:
                await services.index.delete(one.id)

    @asynccontextmanager
    async def _services(self) -> AsyncIterator[Services]:
        services = Services(load(self.environment))
        try:
            yield services
        finally:
            await services.index.close()
            await services.models.close()
