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

from ingest.image import FORMATS
from ingest.studio import Studio
from shared.errors import PhotoError
from shared.photo import photo_id

AT_ONCE = 8  # uploads
CHUNK = 4_000_000  # bytes
GONE_QUIET = 30.0  # seconds between two words about photos that are waited for


@dataclass(frozen=True)
class Local:
    """A picture on disk and the name it gets in the container."""

    file: Path
    name: str
    md5: str
    size: int


@dataclass
class Imported:
    """What became of a folder's files."""

    uploaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


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
        return "it is no image"
    except OSError as error:
        return f"it cannot be read: {error}"
    except Exception:  # a damaged header; the app says what is wrong with the rest
        return None
    return None


def local(file: Path, folder: Path, prefix: str) -> Local:
    """Read a file once for its MD5, which is what the container can compare."""
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).digest()
    name = "/".join(part for part in (prefix.strip("/"), file.relative_to(folder).as_posix()) if part)
    return Local(file, name, base64.b64encode(md5).decode(), file.stat().st_size)


async def upload(folder: Path, prefix: str, studio: Studio, *, say: Callable[[str], None]) -> Imported:
    """Upload what is new or changed; a second run uploads nothing. Files that are no images are skipped and said."""
    done = Imported()
    known = {each.name: each.md5 async for each in studio.storage.originals(prefix.strip("/"))}
    todo: Iterator[Path] = iter(files(folder))
    total = len(files(folder))

    async def work() -> None:
        for file in todo:
            await _one(file, folder, prefix, known, studio, done)
            say(_bar(done, total))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return done


async def _one(
    file: Path, folder: Path, prefix: str, known: dict[str, str | None], studio: Studio, done: Imported
) -> None:
    if reason := await asyncio.to_thread(why_not, file):
        done.skipped[str(file.relative_to(folder))] = reason
        return
    found = await asyncio.to_thread(local, file, folder, prefix)
    if known.get(found.name) == found.md5:
        done.unchanged.append(found.name)
        return
    try:
        limit = studio.settings.max_photo_bytes
        await studio.storage.upload(found.name, _chunks(file), limit=limit, md5=found.md5)
    except PhotoError as error:
        done.broken[found.name] = str(error)
    else:
        done.uploaded.append(found.name)


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as stream:
        while data := await asyncio.to_thread(stream.read, CHUNK):
            yield data


def _bar(done: Imported, total: int) -> str:
    finished = len(done.uploaded) + len(done.unchanged) + len(done.skipped) + len(done.broken)
    filled = 30 * finished // max(1, total)
    return f"[{'#' * filled}{'.' * (30 - filled)}] {finished} of {total} files, {len(done.uploaded)} uploaded"


async def follow(names: Iterable[str], studio: Studio, *, say: Callable[[str], None]) -> dict[str, str]:
    """Wait until each of these photos is searchable or given up; the reasons of the latter, by name."""
    waiting, failed = set(names), dict[str, str]()
    total = len(waiting)
    while waiting:
        waiting -= await _searchable(waiting, studio)
        records = {each.path: each async for each in studio.ledger.failures()}
        given_up = {name for name in waiting if name in records and records[name].state == "failed"}
        failed |= {name: records[name].reason for name in given_up}
        waiting -= given_up
        retrying = sum(1 for name in waiting if name in records)
        say(f"{total - len(waiting) - len(failed)} of {total} searchable, {retrying} retrying, {len(failed)} failed")
        if waiting:
            await asyncio.sleep(1)
    return failed


async def _searchable(names: set[str], studio: Studio) -> set[str]:
    """Those of the names whose present content is indexed."""
    done = set()
    listed = sorted(names)
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        stamps = await studio.index.stamps([photo_id(name) for name in part])
        for name in part:
            stamp = stamps.get(photo_id(name))
            seen = await studio.storage.look(name) if stamp else None
            if stamp and (seen is None or seen.etag == stamp.etag):
                done.add(name)
    return done
