"""The stand-in and the world that every test of batches begins with."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient
from openai import AsyncOpenAI

from shared.models import Models
from shared.models.batches import ModelBatches
from shared.stores.caption_batches import CaptionBatches
from tests.ingest.batch_captions.batch_world import DEPLOYMENT, NAMES, BatchWorld
from tests.ingest.fakes import fakes, jpeg
from tests.local.models.stand_in import VISION, ModelStandIn, running_stand_in
from tests.machine import Azurite


@pytest.fixture(scope="session")
def server() -> Iterator[ModelStandIn]:
    with running_stand_in("--fast") as stand_in:
        yield stand_in


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
            AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client,
        ):
            store, context = CaptionBatches(blobs), made.context
            for each in await store.all():
                await store.delete(each)
            for file in server.client.files.list():
                server.client.files.delete(file.id)
            models = Models(client, caption=VISION, chat="c", embedding="embedding", dimensions=2)
            models.embed = made.models.embed  # type: ignore[method-assign]
            context.models = models
            context.model_batches = ModelBatches(client, base_url=url)
            context.caption_batches = store
            yield BatchWorld(made, server, store, blobs)

    return world
