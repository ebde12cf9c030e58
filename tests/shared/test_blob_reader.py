"""Pictures that are passed on as they are read, against Azurite."""

import pytest

from shared import blob_reader
from shared.errors import NotFound, Transient
from shared.storage import Storage
from tests.machine import Azurite
from tests.shared.test_storage import against, chunks, put

DATA = bytes(range(100))


def test_any_part_is_read_a_little_at_a_time(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob_reader, "PART", 7)

    async def work(storage: Storage) -> None:
        info = await put(storage, "reader/ä b.jpg", DATA)

        stored = await storage.find_original("reader/ä b.jpg")

        assert (stored.size, stored.etag, stored.last_modified) == (100, info.etag, info.last_modified)
        for first, last in ((0, 99), (0, 0), (13, 14), (0, 6), (7, 20), (99, 99)):
            parts = [each async for each in stored.read(first, last)]
            assert b"".join(parts) == DATA[first : last + 1]
            assert max(map(len, parts)) <= 7
        assert [each async for each in stored.read(0, -1)] == []
        await storage.delete("reader/ä b.jpg")

    against(azurite, work)


def test_a_derived_picture_is_found_by_id_and_size(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await storage.write_pictures("id9", preview=b"big", thumbnail=b"small")

        for size, data in (("preview", b"big"), ("thumbnail", b"small")):
            stored = await storage.find_derived("id9", size)
            assert b"".join([each async for each in stored.read(0, stored.size - 1)]) == data
        await storage.delete_pictures("id9")

    against(azurite, work)


def test_what_is_gone_is_not_found_and_two_versions_are_never_mixed(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_reader, "PART", 50)

    async def work(storage: Storage) -> None:
        with pytest.raises(NotFound, match="this picture is gone"):
            await storage.find_original("reader/none.jpg")
        with pytest.raises(NotFound, match="this picture is gone"):
            await storage.find_derived("none", "preview")

        await put(storage, "reader/replaced.jpg", DATA)
        parts = (await storage.find_original("reader/replaced.jpg")).read(0, 99)
        assert await anext(parts) == DATA[:50]
        await storage.upload("reader/replaced.jpg", chunks(b"x" * 100), limit=100)
        with pytest.raises(Transient):
            await anext(parts)
        await storage.delete("reader/replaced.jpg")

    against(azurite, work)
