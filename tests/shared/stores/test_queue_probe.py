"""The probe of rights to queues leaves nothing behind."""

import pytest
from azure.storage.queue.aio import QueueServiceClient

from shared.errors import Outage, Transient
from shared.stores.queue_probe import PREFIX, QueueProbe
from tests.machine import Azurite


async def test_a_queue_is_made_and_deleted(azurite: Azurite) -> None:
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        await QueueProbe(queues).run()

        assert [each async for each in queues.list_queues(name_starts_with=PREFIX)] == []


async def test_a_queue_whose_message_is_lost_is_deleted_too(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive_nothing(_: object) -> None:
        return None

    monkeypatch.setattr("azure.storage.queue.aio.QueueClient.receive_message", receive_nothing)
    async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        with pytest.raises(Transient, match="could not be received"):
            await QueueProbe(queues).run()

        assert [each async for each in queues.list_queues(name_starts_with=PREFIX)] == []


async def test_a_key_that_is_refused_is_an_outage(azurite: Azurite) -> None:
    wrong = azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=Abcd")
    async with QueueServiceClient.from_connection_string(wrong) as queues:
        with pytest.raises(Outage, match="refused our credentials"):
            await QueueProbe(queues).run()
