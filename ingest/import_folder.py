"""A folder tree into the container: in parallel, only what is new or changed, and then until it is searchable."""

import asyncio
import base64
import hashlib
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from ingest.context import IngestContext
from ingest.image import FORMATS
from shared.errors import PhotoError
from shared.photo import photo_id

AT_ONCE = 8  # uploads
CHUNK = 4_000_000  # bytes
GONE_QUIET = 30.0  # seconds between two words about photos that are waited for


@dataclass(frozen=True)
class LocalFile:
    """A picture on disk and the name it gets in the container."""

    file: Path
    name: str
    md5: str
    size: int


@dataclass
class ImportReport:
    """What became of a folder's files."""

    uploaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def files(folder: Path) -> list[Path]:
    """Every file below a folder, in the order of names; hidden ones are left out."""
    found = (each for each in folder.rglob("*") if each.is_file())
    return sorted(each for each in found if not any(part.startswith(".") for part in each.relative_to(folder).parts))


def why_not(file: Path) -> str | None:
    """Why a file is not worth uploading; None when it looks like an image we read."""
    try:
        if file.stat().st_size == 0:
            return "it is empty"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Pillow.open(file, formats=FORMATS).close()
    except UnidentifiedImageError:
        return "it is not an image"
    except OSError as error:
        return f"it cannot be read: {error}"
    except Exception:  # a damaged header; the app says what is wrong with the rest
        return None
    return None


def local_file(file: Path, folder: Path, prefix: str) -> LocalFile:
    """Read a file once for its MD5, which is what the container can compare."""
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).digest()
    name = "/".join(part for part in (prefix.strip("/"), file.relative_to(folder).as_posix()) if part)
    return LocalFile(file, name, base64.b64encode(md5).decode(), file.stat().st_size)


async def upload(folder: Path, prefix: str, context: IngestContext, *, progress: Callable[[str], None]) -> ImportReport:
    """Upload what is new or changed, so a second run uploads nothing. Skip what isn't an image, with the reason."""
    report = ImportReport()
    known = {each.name: each.md5 async for each in context.storage.originals(prefix.strip("/"))}
    todo: Iterator[Path] = iter(files(folder))
    total = len(files(folder))

    async def work() -> None:
        for file in todo:
            await _one(file, folder, prefix, known, context, report)
            progress(_bar(report, total))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return report


async def _one(
    file: Path, folder: Path, prefix: str, known: dict[str, str | None], context: IngestContext, report: ImportReport
) -> None:
    if reason := await asyncio.to_thread(why_not, file):
        report.skipped[str(file.relative_to(folder))] = reason
        return
    found = await asyncio.to_thread(local_file, file, folder, prefix)
    if known.get(found.name) == found.md5:
        report.unchanged.append(found.name)
        return
    try:
        limit = context.settings.max_photo_bytes
        await context.storage.upload(found.name, _chunks(file), limit=limit, md5=found.md5)
    except PhotoError as error:
        report.failed[found.name] = str(error)
    else:
        report.uploaded.append(found.name)


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as stream:
        while data := await asyncio.to_thread(stream.read, CHUNK):
            yield data


def _bar(report: ImportReport, total: int) -> str:
    finished = len(report.uploaded) + len(report.unchanged) + len(report.skipped) + len(report.failed)
    filled = 30 * finished // max(1, total)
    return f"[{'#' * filled}{'.' * (30 - filled)}] {finished} of {total} files, {len(report.uploaded)} uploaded"


async def follow(names: Iterable[str], context: IngestContext, *, progress: Callable[[str], None]) -> dict[str, str]:
    """Wait until each of these photos is searchable or given up; the reasons of the latter, by name."""
    waiting, failed = set(names), dict[str, str]()
    total = len(waiting)
    while waiting:
        waiting -= await _searchable(waiting, context)
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


async def _searchable(names: set[str], context: IngestContext) -> set[str]:
    """Those of the names whose present content is indexed."""
    done = set()
    listed = sorted(names)
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        entries = await context.index.entries([photo_id(name) for name in part])
        for name in part:
            entry = entries.get(photo_id(name))
            seen = await context.storage.stat(name) if entry else None
            if entry and (seen is None or seen.etag == entry.etag):
                done.add(name)
    return done
