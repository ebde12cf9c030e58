"""
How long comparing the container with the index takes, and in how much memory.

    python -m benchmarks reconcile [--photos 10000]

Small blobs in Azurite and documents in the search stand-in, of which one in a hundred is missing.
Azurite looks through all its names for each blob it takes: 100,000 are a matter of half an hour.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.storage.blob.aio import BlobServiceClient

from ingest.context import ingest_context
from ingest.reconcile import reconcile
from ingest.versions import STAMP
from shared.photo import Photo, folder_of, photo_id
from shared.services import services
from tests.machine import running_azurite
from tests.world import KEY, World, running_around, settings

VECTOR = [0.05] * 384


def main(arguments: list[str] | None = None) -> None:
    """Print what two rounds took: one that finds something missing, and one that finds it queued already."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reconcile")
    parser.add_argument("--photos", type=int, default=10_000)
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_azurite(memory=True) as azurite,
        running_around(azurite, Path(folder), fast=True, moved={}) as world,
    ):
        world.host.stop()
        os.environ.update(settings(world.azurite, world.models_url, world.search_url))
        asyncio.run(run(world, options.photos))


async def run(world: World, photos: int) -> None:
    await ingest_context().storage.ready()
    await ingest_context().index.ready()
    started = time.monotonic()
    etags = await upload(world, [f"bench/{number // 1000:03}/{number:06}.jpg" for number in range(photos)])
    index(world, etags)
    print(f"{photos:,} photos uploaded and indexed in {time.monotonic() - started:.0f} s", flush=True)
    for _ in range(2):
        before = memory()
        started = time.monotonic()
        report = await reconcile(ingest_context(), grace=timedelta())
        seconds = time.monotonic() - started
        more = memory() - before
        print(
            f"{photos:,} photos: {seconds * 10_000 / photos:.1f} s per 10,000, {more:.0f} MB more: {report}", flush=True
        )
    await services().close()


def memory() -> float:
    """The most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


async def upload(world: World, names: list[str]) -> dict[str, str]:
    """Small blobs, 16 at a time; their etags by name."""
    etags: dict[str, str] = {}
    todo = iter(names)
    async with BlobServiceClient.from_connection_string(world.azurite.connection_string) as account:
        container = account.get_container_client("photos")

        async def work() -> None:
            for name in todo:
                etags[name] = (await container.get_blob_client(name).upload_blob(b"small"))["etag"]

        await asyncio.gather(*(work() for _ in range(16)))
    return etags


def index(world: World, etags: dict[str, str]) -> None:
    """A document for each blob but every hundredth."""
    client = SearchClient(world.search_url, "photos", AzureKeyCredential(KEY))
    documents = [
        Photo(id=photo_id(name), path=name, folder=folder_of(name), etag=etag, vector=VECTOR, **STAMP).to_document()
        for number, (name, etag) in enumerate(etags.items())
        if number % 100
    ]
    for start in range(0, len(documents), 1000):
        client.upload_documents(documents[start : start + 1000])


if __name__ == "__main__":
    main()
