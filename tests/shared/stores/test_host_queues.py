"""How many arrivals the Functions host has noticed and not handed over, as far as that can be read."""

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from azure.storage.queue import QueueClient, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient

from shared.stores import host_queues as module
from shared.stores.host_queues import HostQueues
from tests.machine import Azurite, free_port
from tests.shared.scripted_server import Answer, scripted_server


def message(container: str) -> str:
    """As the host writes them, indented."""
    return json.dumps({"Type": "BlobTrigger", "ContainerName": container, "BlobName": "a b.jpg"}, indent=2)


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """A prefix of its own, as the emulator is shared by all tests."""
    name = f"test-{uuid4().hex[:12]}-"
    monkeypatch.setattr(module, "PREFIX", name)
    return name


@contextmanager
def host_queue(azurite: Azurite, name: str, *contents: str) -> Iterator[QueueClient]:
    policy = TextBase64EncodePolicy()
    with QueueClient.from_connection_string(azurite.connection_string, name, message_encode_policy=policy) as queue:
        queue.create_queue()
        for each in contents:
            queue.send_message(each)
        yield queue
        queue.delete_queue()


def count(azurite: Azurite) -> int | None:
    async def run() -> int | None:
        async with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
            return await HostQueues(queues, container="photos").count()

    return asyncio.run(run())


def test_without_a_queue_nothing_waits(azurite: Azurite) -> None:
    assert count(azurite) == 0


def test_what_waits_and_what_is_in_progress_counts(azurite: Azurite, prefix: str) -> None:
    with host_queue(azurite, f"{prefix}host", message("photos"), message("photos"), message("photos")) as queue:
        queue.receive_message(visibility_timeout=600)
        assert count(azurite) == 3
        for _ in range(2):
            queue.receive_message(visibility_timeout=600)
        assert count(azurite) == 3


def test_the_queue_of_another_app_does_not_count(azurite: Azurite, prefix: str) -> None:
    with (
        host_queue(azurite, f"{prefix}ours", message("photos")),
        host_queue(azurite, f"{prefix}theirs", message("invoices"), message("invoices")),
    ):
        assert count(azurite) == 1


@pytest.mark.parametrize("content", ["not JSON", "[]", "[" * 5000, '{"BlobName": "a"}', '{"ContainerName": 3}'])
def test_a_message_that_says_nothing_counts(azurite: Azurite, prefix: str, content: str) -> None:
    with host_queue(azurite, f"{prefix}host", content):
        assert count(azurite) == 1


def test_a_message_that_is_not_base64_counts(azurite: Azurite, prefix: str) -> None:
    with QueueClient.from_connection_string(azurite.connection_string, f"{prefix}host") as queue:
        queue.create_queue()
        queue.send_message("{not base64}")
        assert count(azurite) == 1
        queue.delete_queue()


async def test_without_an_account_nobody_knows() -> None:
    assert await HostQueues(None, container="photos").count() is None


async def test_without_the_role_nobody_knows() -> None:
    credential = {"account_name": "a", "account_key": base64.b64encode(b"secret").decode()}
    async with (
        scripted_server(Answer(403)) as server,
        QueueServiceClient(f"{server.url}/a", credential, retry_total=0) as queues,
    ):
        assert await HostQueues(queues, container="photos").count() is None


async def test_an_account_that_cannot_be_reached_is_no_error() -> None:
    credential = {"account_name": "a", "account_key": base64.b64encode(b"secret").decode()}
    async with QueueServiceClient(f"http://127.0.0.1:{free_port()}/a", credential, retry_total=0) as queues:
        assert await HostQueues(queues, container="photos").count() is None
