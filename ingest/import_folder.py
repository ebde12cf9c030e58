"""Uploads a folder tree, in parallel and without replacing anything unasked, and waits until it is searchable."""

import asyncio
import base64
import hashlib
import mmap
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingest.batch_hold import drop_hold, hold
from ingest.context import IngestContext
from ingest.decoding.media_types import sniff_media_type
from ingest.decoding.size_limits import upload_limit
from ingest.decoding.sniff import PHOTO_EXTENSIONS, recognize
from ingest.facts.sidecar_names import is_sidecar
from ingest.ignored_files import is_ignored
from ingest.live_photo import has_movie_name, is_from_camera, may_be_movie
from shared.blob_name import fault_in_name
from shared.errors import PhotoError, PreconditionFailed, SameBytes
from shared.photo import photo_id
from shared.storage import BlobInfo

PARALLEL_UPLOADS = 8
CHUNK_SIZE = 4_000_000  # bytes


@dataclass(frozen=True)
class LocalFile:
    """A file on disk, its name in the container, and its MD5 in base64."""

    file: Path
    name: str
    md5: str
    size: int


@dataclass
class ImportReport:
    """What became of a folder's files."""

    uploaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)  # there already with other bytes, and left alone
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def list_files(folder: Path) -> list[Path]:
    """Every file below a folder, sorted by name, without hidden files and folders and what programs leave in them."""
    files = (each for each in folder.rglob("*") if each.is_file() and not is_ignored(each.name))
    return sorted(each for each in files if not any(part.startswith(".") for part in each.relative_to(folder).parts))


def reason_to_skip(file: Path, pictures: Set[Path] = frozenset()) -> str | None:
    """Why a file is not worth uploading; None when it looks like an image we can read, or belongs to one."""
    try:
        if file.stat().st_size == 0:
            return "it is empty"
        if is_sidecar(file.name) or _is_movie_of(file, pictures):
            return None
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return recognize(data, file.name).refusal or None
    except OSError as error:
        return f"it cannot be read: {error}"


def _is_movie_of(file: Path, pictures: Set[Path]) -> bool:
    """Whether a file is the movie of one of these pictures, which are named without their extensions."""
    if not may_be_movie(file.name, file.stat().st_size) or pictures.isdisjoint({file, file.with_suffix("")}):
        return False
    with file.open("rb") as stream:
        return is_from_camera(stream.read(12), file.name)


def name_of(file: Path, folder: Path, prefix: str) -> str:
    """The name of a file in the container."""
    return "/".join(part for part in (prefix.strip("/"), file.relative_to(folder).as_posix()) if part)


def local_file(file: Path, folder: Path, prefix: str) -> LocalFile:
    """Read a file for its MD5, by which the container tells whether it has changed."""
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).digest()
    return LocalFile(file, name_of(file, folder, prefix), base64.b64encode(md5).decode(), file.stat().st_size)


async def upload(
    folder: Path,
    prefix: str,
    context: IngestContext,
    *,
    progress: Callable[[str], None],
    replace: bool = False,
    for_batch: bool = False,
) -> ImportReport:
    """
    Upload what is new; a second run uploads nothing. What isn't an image is skipped, with a reason.

    A file whose name is there with other bytes is left alone; with `replace` it replaces the version that was listed.
    With `for_batch` photos wait for somebody who has them described in a batch, or for a day.
    """
    report = ImportReport()
    originals = {each.name: each async for each in context.storage.originals(prefix.strip("/"))}
    files = list_files(folder)
    pictures = {each.with_suffix("") for each in files if each.suffix.lower() in PHOTO_EXTENSIONS}
    # What belongs to a photo goes first: a photo that finds its sidecars there is read only once.
    remaining: Iterator[Path] = iter(sorted(files, key=lambda each: not _goes_along(each.name)))

    async def work() -> None:
        for file in remaining:
            await _upload_one(
                file, folder, prefix, pictures, originals, context, report, replace=replace, for_batch=for_batch
            )
            progress(_progress_bar(report, len(files)))

    await asyncio.gather(*(work() for _ in range(PARALLEL_UPLOADS)))
    return report


async def _upload_one(
    file: Path,
    folder: Path,
    prefix: str,
    pictures: Set[Path],
    originals: dict[str, BlobInfo],
    context: IngestContext,
    report: ImportReport,
    *,
    replace: bool,
    for_batch: bool,
) -> None:
    if reason := await asyncio.to_thread(reason_to_skip, file, pictures):
        report.skipped[_printable(str(file.relative_to(folder)))] = reason
        return
    name = name_of(file, folder, prefix)
    if fault := fault_in_name(name):
        report.failed[_printable(name)] = f"{fault}; rename it"
        return
    local = await asyncio.to_thread(local_file, file, folder, prefix)
    try:
        await _send(local, originals.get(local.name), context, replace=replace, for_batch=for_batch)
    except SameBytes:
        report.unchanged.append(local.name)
    except PreconditionFailed:
        report.different.append(local.name)
    except PhotoError as error:
        report.failed[local.name] = str(error)
    else:
        report.uploaded.append(local.name)


async def _send(
    local: LocalFile, existing: BlobInfo | None, context: IngestContext, *, replace: bool, for_batch: bool
) -> None:
    """Upload a file if its name is free, or to replace what was `existing`; storage checks that it is still so."""
    if existing and await _is_same(local, existing, context):
        raise SameBytes("this very file is already there")
    if existing and not replace:
        raise PreconditionFailed("another file of this name is already there")
    limit = upload_limit(local.name, context.settings)
    content_type, data = await sniff_media_type(_chunks(local.file), local.name)
    waits = for_batch and not _goes_along(local.name)
    if waits:  # before it is there, so that its arrival finds it held
        await hold(local.name, context)
    try:
        await context.storage.upload(
            local.name,
            data,
            limit=limit.bytes,
            setting=limit.setting,
            content_type=content_type,
            if_match=existing.etag if existing else None,
            if_none_match=existing is None,
            for_batch=waits,
        )
    except PhotoError:
        with suppress(PhotoError):  # it is found out by reconcile, too
            if waits:
                await drop_hold(local.name, context)
        raise


async def _is_same(local: LocalFile, existing: BlobInfo, context: IngestContext) -> bool:
    """Whether a file has the bytes of an original, which is read only if storage doesn't know its MD5."""
    if existing.size != local.size:
        return False
    if existing.md5:
        return existing.md5 == local.md5
    return await context.storage.digest(existing) == await asyncio.to_thread(_sha256, local.file)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _printable(name: str) -> str:
    """A name of which no byte or character can upset a terminal."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as stream:
        while data := await asyncio.to_thread(stream.read, CHUNK_SIZE):
            yield data


def _progress_bar(report: ImportReport, total: int) -> str:
    outcomes = (report.uploaded, report.unchanged, report.different, report.skipped, report.failed)
    finished = sum(len(each) for each in outcomes)
    filled = 30 * finished // max(1, total)
    return f"[{'#' * filled}{'.' * (30 - filled)}] {finished} of {total} files, {len(report.uploaded)} uploaded"


def _goes_along(name: str) -> bool:
    """Whether a file that was uploaded belongs to a photo: the videos of this folder that don't were skipped."""
    return is_sidecar(name) or has_movie_name(name)


async def follow(names: Iterable[str], context: IngestContext, *, progress: Callable[[str], None]) -> dict[str, str]:
    """
    Wait until each of these photos is searchable or given up; return why, by name, for those given up.

    Files that belong to photos are not waited for.
    """
    waiting, failed = {name for name in names if not _goes_along(name)}, dict[str, str]()
    total = len(waiting)
    while waiting:
        waiting -= await _find_searchable(waiting, context)
        records = {each.path: each async for each in context.failures.all()}
        given_up = {name for name in waiting if name in records and records[name].state == "failed"}
        failed |= {name: records[name].reason for name in given_up}
        waiting -= given_up
        retrying = sum(1 for name in waiting if name in records)
        progress(
            f"{total - len(waiting) - len(failed)} of {total} searchable, {retrying} retrying, {len(failed)} failed"
        )
        if waiting:
            await asyncio.sleep(1)
    return failed


async def _find_searchable(names: set[str], context: IngestContext) -> set[str]:
    """Those names whose present content is indexed."""
    searchable = set()
    ordered = sorted(names)
    for start in range(0, len(ordered), 500):
        batch = ordered[start : start + 500]
        entries = await context.index.entries([photo_id(name) for name in batch])
        for name in batch:
            entry = entries.get(photo_id(name))
            original = await context.storage.stat(name) if entry else None
            if entry and (original is None or original.etag == entry.etag):
                searchable.add(name)
    return searchable
