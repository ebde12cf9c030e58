"""
What a new photo costs this process beyond its pictures and the bare calls of the SDKs.

    python -m benchmarks ingest_cpu [--rounds 40] [--flight 1]

In turns, some photos go through the real pipeline and as many through the same steps made bare: the JPEG is decoded,
shrunk and encoded twice, and the requests that the pipeline makes are made with the same clients and the same content,
in the same order, with nothing around them. Processor time of this process is compared, so a busy machine matters
little.
"""

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from azure.core.exceptions import ResourceNotFoundError

from benchmarks.ingest import bare_steps, picture
from benchmarks.ingest_calls import prepare
from ingest import handlers
from ingest.context import ingest_context
from shared.photo import photo_id
from shared.services import Services, services
from shared.stores.tickets import Ticket
from tests.world import World, running_world, settings

WARM_UP = 3  # photos of each kind


def main(arguments: list[str] | None = None) -> None:
    """Print the processor time of both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest_cpu")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--flight", type=int, default=1, help="photos of a round, which are in flight together")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder)) as world:
        world.host.stop()
        changes = {"PHOTO_EVENTS": "eventgrid"}
        os.environ.update(settings(world.azurite, world.models_url, world.search_url) | changes)
        asyncio.run(compare(world, options.rounds, options.flight))


async def compare(world: World, rounds: int, flight: int) -> None:
    count = (rounds + WARM_UP) * flight
    names = [f"calls/{number:04}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        world.drop(name, picture(number % 5) + number.to_bytes(4, "big"))
    await prepare(names)
    bodies: list[tuple[str, Any]] = []
    with noting_models(bodies):
        await handlers.retry_due(Ticket(names[0]).encode())
    bare = await BareCalls.like(names, bodies)
    ours, theirs = list[float](), list[float]()
    for number in range(1, rounds + WARM_UP):
        group = names[number * flight : (number + 1) * flight]
        ours.append(await processor_time(group, lambda name: handlers.retry_due(Ticket(name).encode())))
        theirs.append(await processor_time(group, bare.run))
    ours, theirs = ours[WARM_UP:], theirs[WARM_UP:]
    beyond = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"{len(ours)} rounds of {flight}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; medians (quartiles)"
    )
    for title, values in (("the pipeline", ours), ("the bare steps", theirs), ("beyond", beyond)):
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"  {title:15} {middle * 1000:6.1f} ms of CPU a photo ({low * 1000:.1f} to {high * 1000:.1f})")
    await services().close()


async def processor_time(names: Sequence[str], work: Callable[[str], Awaitable[object]]) -> float:
    """Seconds of this process's CPU for each."""
    started = time.process_time()
    await asyncio.gather(*map(work, names))
    return (time.process_time() - started) / len(names)


class noting_models:  # noqa: N801 - a context manager, used like a function
    """Notes the JSON that is sent to models, by path."""

    def __init__(self, bodies: list[tuple[str, Any]]) -> None:
        self._bodies = bodies
        self._send = httpx2.AsyncClient.send

    def __enter__(self) -> None:
        bodies, forward = self._bodies, self._send

        async def send(self: httpx2.AsyncClient, request: httpx2.Request, **options: Any) -> httpx2.Response:
            bodies.append((request.url.path, json.loads(request.content)))
            return await forward(self, request, **options)

        httpx2.AsyncClient.send = send  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        httpx2.AsyncClient.send = self._send  # type: ignore[method-assign]


@dataclass
class BareCalls:
    """The requests of a new photo, by the clients of the SDKs alone, with the content that the pipeline sends."""

    clients: Services
    chat: dict[str, Any]
    embedding: dict[str, Any]
    document: dict[str, Any]
    collected: frozenset[str]  # the names of photos that are in a collection

    @classmethod
    async def like(cls, names: Sequence[str], bodies: Sequence[tuple[str, Any]]) -> "BareCalls":
        [chat] = [body for path, body in bodies if path.endswith("/completions")]
        [embedding] = [body for path, body in bodies if path.endswith("/embeddings")]
        embedding.pop("encoding_format", None)  # the SDK asks for base64, and reads it, where it is left to choose
        photo = await ingest_context().index.get(photo_id(names[0]), with_vector=True)
        assert photo
        index = ingest_context().index
        document = photo.to_document() | index.words_of(photo)
        return cls(services(), chat, embedding, document, frozenset(names[::2]))

    async def run(self, name: str) -> None:
        """Make them, one after the other."""
        account, id_ = self.clients._accounts[0], photo_id(f"bare {name}")
        documents = self.clients.live_index._now._documents
        openai = self.clients.models._client
        photos, derived = (account.get_container_client(each) for each in ("photos", "photo-derived"))
        prefix = name.removesuffix("jpg")
        [_ async for _ in photos.list_blobs(name_starts_with=prefix, include=["metadata"])]
        with suppress(ResourceNotFoundError):
            await documents.get_document(id_)
        data = await (await photos.download_blob(name, max_concurrency=2)).readall()
        preview, thumbnail = await asyncio.to_thread(bare_steps, data)
        digest = hashlib.sha256(data).hexdigest()
        description = account.get_blob_client("photo-descriptions", f"{digest}/bare.json")
        await description.upload_blob(b"", overwrite=True, metadata={"worker": id_})
        await derived.upload_blob(f"{id_}/preview.jpg", preview, overwrite=True)
        await derived.upload_blob(f"{id_}/thumbnail.jpg", thumbnail, overwrite=True)
        answer = await openai.chat.completions.create(**self.chat)
        text = (answer.choices[0].message.content or "").encode()
        await description.upload_blob(text, overwrite=True)
        await account.get_blob_client("photo-spending", "bare.json").upload_blob(b"{}" * 50, overwrite=True)
        edits = account.get_blob_client("photo-edits", f"{photo_id(name)}.json")
        await (await edits.download_blob()).readall()
        vector = (await openai.embeddings.create(**self.embedding)).data[0].embedding
        await photos.get_blob_client(name).get_blob_properties()
        await derived.get_blob_client(f"{id_}/preview.jpg").get_blob_properties()
        await documents.upload_documents([{**self.document, "id": id_, "vector": vector}])
        [_ async for _ in photos.list_blobs(name_starts_with=prefix, include=["metadata"])]
        if name in self.collected:
            [_ async for _ in account.get_container_client("photo-collections").list_blobs()]
        with suppress(ResourceNotFoundError):
            await account.get_blob_client("photo-failures", f"{id_}.json").delete_blob()


if __name__ == "__main__":
    main()
