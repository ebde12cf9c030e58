"""Large exports as they are kept."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import NotFound
from shared.photo import photo_id
from shared.stores.exports import CONTAINER, Exports
from tests.machine import Azurite


async def once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def test_an_export_is_seen_when_it_is_whole_and_all_of_it_goes(azurite: Azurite) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            exports, id_ = Exports(blobs), photo_id("export")
            first = await exports.stage(id_, once(b"abcde"), block_size=2)
            second = await exports.stage(id_, once(b"fg"), block_size=2)
            assert (first.size, len(first.blocks)) == (5, 3)
            with pytest.raises(NotFound):
                await exports.find(id_)
            assert id_ in [each async for each in exports.all()]
            await exports.write_part(id_, "2", b"two")
            await exports.write_part(id_, "1", b"one")
            assert await exports.parts(id_) == ["1", "2"]
            assert await exports.read_part(id_, "1") == b"one"
            assert await exports.read_part(id_, "3") is None

            await exports.commit(id_, [block.id for block in (*second.blocks, *first.blocks)])

            file = await exports.find(id_)
            assert b"".join([part async for part in file.read(0, file.size - 1)]) == b"fgabcde"
            staged = photo_id("cancelled")
            await exports.stage(staged, once(b"abc"), block_size=2)
            for each in (id_, staged):
                await exports.delete(each)
            left = blobs.get_container_client(CONTAINER).list_blobs(include=["uncommittedblobs"])
            assert not {each.name async for each in left if each.name.startswith((id_, staged))}

    asyncio.run(run())
