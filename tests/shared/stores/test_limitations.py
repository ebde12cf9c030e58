"""What models could not do lately, as instances tell each other, against Azurite."""

import asyncio

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.stores import limitations
from shared.stores.limitations import CONTAINER, Limitations
from tests.machine import Azurite


def test_one_instance_tells_what_another_came_upon(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            one, other = Limitations(blobs), Limitations(blobs)
            assert await other.recent() == []

            await one.add("m/tools", "no tools: request 1")
            await one.add("m/tools", "no tools: request 2")
            await one.add("m/temperature", "äöü has no effect")
            assert await other.recent() == ["no tools: request 2", "äöü has no effect"]

            monkeypatch.setattr(limitations, "LATELY", -limitations.LATELY)
            assert await other.recent() == []

            await blobs.delete_container(CONTAINER)

    asyncio.run(run())
