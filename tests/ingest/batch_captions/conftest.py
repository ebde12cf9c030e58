"""The stand-in and the world that every test of batches begins with."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from openai import AsyncOpenAI, ConflictError

from shared.models import Models
from shared.models.batches import ModelBatches
from shared.models.wire import http_client
from shared.stores.caption_batches import CaptionBatches
from shared.stores.spending import CONTAINER as SPENDING
from shared.stores.usage import CONTAINER as USAGE
from tests.ingest.batch_captions.batch_world import DEPLOYMENT, NAMES, BatchWorld
from tests.ingest.fakes import fakes, jpeg
from tests.local.models.stand_in import VISION, ModelStandIn, running_stand_in
from tests.machine import Azurite, eventually


@pytest.fixture(scope="session")
def server() -> Iterator[ModelStandIn]:
    with running_stand_in("--fast") as stand_in:
        yield stand_in


def end_batches(server: ModelStandIn) -> None:
    """End what a test has left under way at the server: the next one counts its own calls alone."""
    for each in server.client.batches.list():
        if each.status in {"validating", "in_progress"}:
            with suppress(ConflictError):  # it has just ended
                server.client.batches.cancel(each.id)

    def assert_nothing_in_flight() -> None:
        assert server.http.get("/__health").json()["under_way"] == 0

    eventually(assert_nothing_in_flight, timeout=45)


async def _empty(container: ContainerClient) -> None:
    """Other tests have spent something today, too."""
    if await container.exists():
        for each in [each async for each in container.list_blob_names()]:
            await container.delete_blob(each)


@pytest.fixture
def world_of(server: ModelStandIn, azurite: Azurite) -> Any:
    @asynccontextmanager
    async def world(photos: int = len(NAMES), **settings: str) -> AsyncIterator[BatchWorld]:
        server.reset()
        server.http.post("/__options", json={"describe": "fast"})
        settings = {"BATCH_MODEL": DEPLOYMENT, "CAPTION_MODEL": VISION} | settings
        made = fakes(**settings)
        for number, name in enumerate(NAMES[:photos]):
            made.storage.put(name, jpeg(number))
        url = f"{server.url}/v1"
        async with (
            BlobServiceClient.from_connection_string(azurite.connection_string) as blobs,
            AsyncOpenAI(base_url=url, api_key="any", max_retries=0, http_client=http_client()) as client,
        ):
            store, context = CaptionBatches(blobs), made.context
            for container in (SPENDING, USAGE):
                await _empty(blobs.get_container_client(container))
            for each in await store.all():
                await store.delete(each)
            for file in server.client.files.list():
                server.client.files.delete(file.id)
            models = Models(client, caption=VISION, chat="c", embedding="embedding", dimensions=2)
            models.embed = made.models.embed  # type: ignore[method-assign]
            context.models = models
            context.model_batches = ModelBatches(client, base_url=url)
            context.caption_batches = store
            try:
                yield BatchWorld(made, server, store, blobs)
            finally:
                end_batches(server)

    return world
