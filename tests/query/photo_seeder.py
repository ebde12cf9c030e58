"""Puts photos straight into the index and the storage of a running world."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

from PIL import Image

from ingest.thumbnail import encode_thumbnail, shrunk
from shared.photo import Photo
from shared.services import Services
from shared.settings import load
from tests.world import World, picture


def embedding_text(photo: Photo) -> str:
    """The text that a photo's vector is made from."""
    words = [photo.title, photo.caption, *photo.tags, photo.text_in_photo, photo.city, photo.country]
    return " ".join(words)


@dataclass(frozen=True)
class PhotoSeeder:
    """Fills the index of a running world; `environment` has the app's settings."""

    world: World
    environment: Mapping[str, str]

    def put(self, *photos: Photo) -> None:
        """Index the photos, with vectors by the model of the settings, and store the pictures of each."""
        asyncio.run(self._index(photos))

    @contextmanager
    def extra_photos(self, *photos: Photo) -> Iterator[None]:
        """The library with these photos added for a while."""
        self.put(*photos)
        try:
            yield
        finally:
            asyncio.run(self._remove(photos))

    async def _index(self, photos: Sequence[Photo]) -> None:
        async with self._services() as services:
            vectors = await services.models.embed([embedding_text(photo) for photo in photos])
            for number, (photo, vector) in enumerate(zip(photos, vectors, strict=True)):
                await services.index.put(replace(photo, vector=vector))
                preview = picture(number)
                with Image.open(io.BytesIO(preview)) as opened:
                    thumbnail = encode_thumbnail(shrunk(opened, services.settings.thumbnail_side))
                await services.storage.write_pictures(photo.id, preview=preview, thumbnail=thumbnail)

    async def _remove(self, photos: Sequence[Photo]) -> None:
        async with self._services() as services:
            for photo in photos:
                await services.index.delete(photo.id)

    @asynccontextmanager
    async def _services(self) -> AsyncIterator[Services]:
        services = Services(load(self.environment))
        try:
            yield services
        finally:
            await services.close()
