"""
The action `export`: the originals of many photos as one zip, however large, for which a link is given.

Each slice is a part of the zip, sent to storage as blocks that nobody sees before the last slice puts them together. So
a slice that is done twice leaves one part, and of the zip no more than a block is in memory.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalogue.export.originals import left_out, zipped_originals
from catalogue.export.selection import photos_by_id
from catalogue.export.sidecars import Describe
from catalogue.export.zip_parts import LeftOut, ZipPart, chain, directory, part_name
from catalogue.export.zip_records import FileRecord
from catalogue.export.zip_stream import ZipEntry, zip_files
from catalogue.jobs.actions import SliceResult, refuse_others
from shared.access.roles import Role
from shared.blob_upload import BLOCK_SIZE
from shared.errors import BadRequest, NotFound, Transient
from shared.photo import utc
from shared.search.index import PhotoIndex
from shared.storage import Storage
from shared.stores.audit import AuditAction
from shared.stores.exports import FILE, Exports
from shared.stores.jobs import Job, PhotoFault

BLOCKS = 40_000  # of the 50,000 that a blob may have, as each slice ends with a small one
KEPT = timedelta(days=1)  # after the end of the job
UNKNOWN = "there is no photo {} any more"
GONE = "the file is gone, or was replaced while it was read"


@dataclass(frozen=True)
class ExportServices:
    """What an export is made of, and where it is kept; `describe` says what is written into files."""

    exports: Exports
    index: PhotoIndex
    storage: Storage
    describe: Describe


@dataclass(frozen=True)
class ExportAction:
    """Zips originals; with the parameter `metadata` with what the catalogue says of them."""

    services: Callable[[], ExportServices]
    name: str = "export"
    role: Role = Role.VIEWER
    audited: AuditAction = "exported"
    undoable: bool = False
    slice_size: int = 20
    follows_moves: bool = True

    async def check(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """`metadata`, which is false where nobody says otherwise."""
        refuse_others(self.name, parameters, frozenset({"metadata"}))
        metadata = parameters.get("metadata", False)
        if not isinstance(metadata, bool):
            raise BadRequest("metadata must be true or false", param="metadata")
        return {"metadata": metadata}

    async def work(self, ids: Sequence[str], job: Job) -> SliceResult:
        """Make a part of the zip, unless it was made already."""
        exports, name = self.services().exports, part_name(job.position, len(ids))
        if content := await exports.read_part(job.id, name):
            part = ZipPart.decode(content)
        else:
            part = await self._make(ids, job)
            await exports.write_part(job.id, name, part.encode())
        faults = [PhotoFault(each.id, GONE if each.path else UNKNOWN.format(each.id)) for each in part.left_out]
        missing = {each.id for each in faults}
        there = [each for each in ids if each not in missing]
        return SliceResult(len(there), 0, faults, there)

    async def undo(self, ids: Sequence[str], job: Job, by: str) -> SliceResult:
        """BadRequest: nothing of the photos was changed."""
        raise BadRequest("an export changes no photo, so that nothing of it can be undone")

    async def finish(self, job: Job) -> dict[str, Any]:
        """Put the parts together; what the result says of the file, which is there for a day."""
        exports = self.services().exports
        blocks, missing = list[str](), list[LeftOut]()
        names = chain(await exports.parts(job.id), job.total)
        async for part in _read(names, job, exports):
            blocks += part.blocks
            missing += part.left_out
        notes = await self._notes(missing, job)
        blocks += notes.blocks
        ending = directory(_followed_by(_read(names, job, exports), notes))
        blocks += [block.id for block in (await exports.stage(job.id, ending, block_size=BLOCK_SIZE)).blocks]
        await exports.commit(job.id, blocks)
        size = (await exports.find(job.id)).size
        return {"file_name": FILE, "size_bytes": size, "expires_at": utc(datetime.now(UTC) + KEPT)}

    async def _make(self, ids: Sequence[str], job: Job) -> ZipPart:
        services = self.services()
        photos = [each async for each in photos_by_id(services.index, ids)]
        there = {each.id for each in photos}
        missing = [LeftOut(each) for each in ids if each not in there]
        entries = zipped_originals(
            _each(photos),
            services.storage,
            services.describe if job.parameters["metadata"] else None,
            lambda photo: missing.append(LeftOut(photo.id, photo.path)),
        )
        size = block_size(sum(each.size_bytes for each in photos), len(ids) / job.total)
        return await self._stage(entries, job, size, missing)

    async def _notes(self, missing: Sequence[LeftOut], job: Job) -> ZipPart:
        """The last part: a text that names what is missing, if anything is."""
        paths = [each.path or each.id for each in missing]
        return await self._stage(_each([left_out(paths)] if paths else []), job, BLOCK_SIZE, [])

    async def _stage(self, entries: AsyncIterator[ZipEntry], job: Job, size: int, missing: list[LeftOut]) -> ZipPart:
        files = list[FileRecord]()
        try:
            async with aclosing(zip_files(entries, files.append)) as data:
                staged = await self.services().exports.stage(job.id, data, block_size=size)
        except NotFound as error:
            raise Transient(f"a photo was replaced while it was read: {error}") from error
        return ZipPart([block.id for block in staged.blocks], staged.size, files, missing)


def block_size(size: int, share: float) -> int:
    """How large blocks must be, so that a part of `size` bytes has its share of a blob's blocks, and no more."""
    return max(BLOCK_SIZE, int(size / (BLOCKS * share)))


async def _each(items: Sequence[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def _read(names: Sequence[str], job: Job, exports: Exports) -> AsyncIterator[ZipPart]:
    for name in names:
        content = await exports.read_part(job.id, name)
        if content is None:
            raise NotFound("a part of this export is gone: make it again")
        yield ZipPart.decode(content)


async def _followed_by(parts: AsyncIterable[ZipPart], last: ZipPart) -> AsyncIterator[ZipPart]:
    async for part in parts:
        yield part
    yield last
