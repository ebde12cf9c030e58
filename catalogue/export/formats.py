"""The formats of an export, by their names: what each makes of a stream of photos."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from catalogue.export.csv_rows import csv_rows
from catalogue.export.json_lines import json_lines
from catalogue.export.originals import originals
from catalogue.export.sidecars import sidecars
from catalogue.export.snippets import alt_snippets
from catalogue.export.xmp.properties import Property, properties_of
from catalogue.export.zip_stream import zip_stream
from shared.photo import Photo
from shared.storage import Storage

Format = Literal["csv", "jsonl", "xmp", "alt", "zip"]
Item = TypeVar("Item")
Stream = AsyncGenerator[Item, None]
SENT = 65_536  # bytes that are worth sending
EXTENSIONS: dict[Format, tuple[str, str]] = {
    "csv": ("photos.csv", "text/csv; charset=utf-8; header=present"),
    "jsonl": ("photos.jsonl", "application/jsonl"),
    "xmp": ("photos-xmp.zip", "application/zip"),
    "alt": ("photos-alt.html", "text/html; charset=utf-8"),
    "zip": ("photos.zip", "application/zip"),
}


@dataclass(frozen=True)
class Export:
    """
    An export: its format, and of originals whether their metadata is written into them.

    `model_of` tells the model that described a photo by the photo's recipe, and "" where that is not known.
    """

    format: Format
    metadata: bool = False
    model_of: Callable[[str], str] = lambda _: ""

    @property
    def file_name(self) -> str:
        return EXTENSIONS[self.format][0]

    @property
    def media_type(self) -> str:
        return EXTENSIONS[self.format][1]

    def write(self, photos: AsyncIterator[Photo], storage: Storage) -> Stream[bytes]:
        """The export, part by part."""
        if self.format == "xmp":
            return zip_stream(sidecars(photos, self._describe))
        if self.format == "zip":
            return zip_stream(originals(photos, storage, self._describe if self.metadata else None))
        writers = {"csv": csv_rows, "jsonl": json_lines, "alt": alt_snippets}
        return _in_parts(writers[self.format](photos))

    def _describe(self, photo: Photo) -> list[Property]:
        return properties_of(photo, model=self.model_of(photo.recipe))


async def _in_parts(lines: AsyncIterator[bytes]) -> Stream[bytes]:
    """Lines together in parts that are worth sending."""
    parts, size = list[bytes](), 0
    async for line in lines:
        parts.append(line)
        size += len(line)
        if size >= SENT:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)
