"""
Edits from a CSV file that was exported and edited in a spreadsheet.

Each row is a photo. One that has changed since the export is listed and left alone, and so is a row with anything wrong
in it, as a whole. What is written is written as any other edit is, so it lasts, and can be undone photo by photo.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from catalogue.context import CatalogueContext
from catalogue.csv_import.differences import check_facts, edits_in, etag_of, id_of
from catalogue.csv_import.table import Row
from catalogue.editing import PlaceOf, edit, record_etag
from catalogue.export.selection import photos_by_id
from shared.errors import BadRequest, NotFound, Permanent, PreconditionFailed, Transient
from shared.photo import Photo, is_photo_id
from shared.photo_sources import CUSTOM

BATCH = 200  # rows whose photos are read in one request
AT_ONCE = 8  # photos that are written at the same time
State = Literal["changed", "unchanged", "stale", "failed", "left"]


@dataclass(frozen=True)
class RowResult:
    """
    What became of a row. Of one that is `changed`, `before` and `after` have the fields that it changes.

    A `stale` row is of a photo that has changed since the export; `left` is what there was no more time for.
    """

    row: int
    id: str
    path: str
    state: State
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class CsvImport:
    """
    How to import, and in whose name. With `dry_run` nothing is written, and after `deadline` nothing more.

    `place_of` gives the city, state and country of a new location.
    """

    context: CatalogueContext
    by: str
    dry_run: bool = False
    deadline: float | None = None
    place_of: PlaceOf | None = None

    async def run(self, rows: Iterator[Row]) -> AsyncIterator[RowResult]:
        """The result of each row, in their order."""
        seen: dict[str, int] = {}
        gate = asyncio.Semaphore(AT_ONCE)
        while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
            ids = [id_of(row.cells) for row in batch]
            valid = list(dict.fromkeys(id_ for id_ in ids if is_photo_id(id_)))
            photos = {photo.id: photo async for photo in photos_by_id(self.context.index, valid)}
            work = []
            for row, id_ in zip(batch, ids, strict=True):
                first = seen.setdefault(id_, row.number)
                work.append(self._result(row, id_, photos.get(id_), first, gate))
            for result in await asyncio.gather(*work):
                yield result

    async def _result(self, row: Row, id_: str, photo: Photo | None, first: int, gate: asyncio.Semaphore) -> RowResult:
        path = photo.path if photo else ""
        try:
            if fault := row.fault or _fault(id_, photo, first, row):
                return RowResult(row.number, id_, path, "failed", reason=fault)
            assert photo
            async with gate:
                return await self._edited(row, photo)
        except PreconditionFailed as error:
            return RowResult(row.number, id_, path, "stale", reason=str(error))
        except (Permanent, Transient) as error:
            return RowResult(row.number, id_, path, "failed", reason=str(error))

    async def _edited(self, row: Row, photo: Photo) -> RowResult:
        etag = f'"{etag_of(row.cells)}"'
        values = _values_of(row, photo, is_fresh=etag == record_etag(photo))
        if not values:
            return RowResult(row.number, photo.id, photo.path, "unchanged")
        if self.deadline is not None and time.monotonic() > self.deadline:
            return RowResult(row.number, photo.id, photo.path, "left", reason="there was no more time for it")
        if not self.dry_run:
            await self._write(photo, values, etag)
        record = photo.record()
        record |= {f"{CUSTOM}{name}": value for name, value in photo.custom.items()}
        before = {name: record.get(name) for name in values}
        return RowResult(row.number, photo.id, photo.path, "changed", before, values)

    async def _write(self, photo: Photo, values: Mapping[str, Any], etag: str) -> None:
        location = values.get("location")
        place = await self.place_of(location) if location and self.place_of else None
        await edit(photo.id, values, by=self.by, context=self.context, if_match=frozenset({etag}), place=place)


def _values_of(row: Row, photo: Photo, *, is_fresh: bool) -> dict[str, Any]:
    """
    The edits in a row.

    PreconditionFailed if the photo has changed since, unless it has become what the row says.
    """
    if is_fresh:
        check_facts(row.cells, photo)
        return edits_in(row.cells, photo)
    with suppress(BadRequest):
        if not edits_in(row.cells, photo):
            return {}
    raise PreconditionFailed("the photo has changed since it was exported: export it again, and edit that")


def _fault(id_: str, photo: Photo | None, first: int, row: Row) -> str:
    if not is_photo_id(id_):
        return f"{id_[:40]!r} is not the id of a photo"
    if photo is None:
        return str(NotFound(f"there is no photo {id_}"))
    return f"row {first} is of the same photo" if first != row.number else ""
