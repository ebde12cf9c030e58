"""A zip made as a stream is one that others read."""

import asyncio
import io
import shutil
import subprocess
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue.export import zip_records, zip_stream
from catalogue.export.zip_stream import ZipEntry
from tests.machine import missing


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def archive(entries: Sequence[ZipEntry]) -> bytes:
    async def each() -> AsyncIterator[ZipEntry]:
        for entry in entries:
            yield entry

    return b"".join([part async for part in zip_stream.zip_stream(each())])


def several() -> list[ZipEntry]:
    moment = datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)
    return [
        ZipEntry("Ümlaut/a.txt", stream(b"hello " * 100, b"world"), modified=moment),
        ZipEntry("b.jpg", stream(b"\xff\xd8", b"pixels"), size=8, compressed=False),
        ZipEntry("empty", stream(), modified=datetime(1970, 1, 1)),
    ]


@pytest.mark.parametrize("wide", [False, True])
def test_others_read_it_also_with_sizes_of_eight_bytes(
    wide: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wide:
        monkeypatch.setattr(zip_stream, "LARGE", 0)

    data = asyncio.run(archive(several()))

    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.namelist() == ["Ümlaut/a.txt", "b.jpg", "empty"]
        assert file.testzip() is None
        assert file.read("Ümlaut/a.txt") == b"hello " * 100 + b"world"
        assert file.read("b.jpg") == b"\xff\xd8pixels"
        assert file.getinfo("Ümlaut/a.txt").date_time == (2024, 5, 1, 10, 11, 12)
        assert file.getinfo("empty").date_time[0] == 1980
    if not shutil.which("unzip"):
        missing("unzip")
    path = tmp_path / "photos.zip"
    path.write_bytes(data)
    assert subprocess.run(["unzip", "-tq", path], capture_output=True, check=False).returncode == 0


async def test_it_may_have_more_files_than_the_old_fields_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_records, "MOST_FILES", 2)  # else it takes 65,536
    names = [f"{number}.txt" for number in range(5)]

    data = await archive([ZipEntry(name, stream(b"x")) for name in names])

    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.namelist() == names
        assert file.testzip() is None


async def test_an_empty_zip_is_one() -> None:
    assert zipfile.ZipFile(io.BytesIO(await archive([]))).namelist() == []


async def test_an_error_leaves_a_zip_without_its_end() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("storage is gone")

    parts = list[bytes]()

    async def collect() -> None:
        async for part in zip_stream.zip_stream(_of(ZipEntry("a", broken()))):
            parts.append(part)

    with pytest.raises(RuntimeError, match="storage is gone"):
        await collect()
    assert b"PK\5\6" not in b"".join(parts)


async def _of(entry: ZipEntry) -> AsyncIterator[ZipEntry]:
    yield entry
