"""A small library as the last release's own code left it (`data/last_release/freeze.py`), put into a world."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from azure.storage.blob import ContentSettings
from azure.storage.queue import QueueServiceClient

from tests.machine import running_azurite
from tests.world import KEY, World, running_around

LIBRARY = Path(__file__).parent / "data" / "last_release" / "library.zip"
API = "api-version=2026-04-01"


@contextmanager
def running_last_release(folder: Path) -> Iterator[World]:
    """Today's app on the storage and the index of the last release. Events come by Event Grid, so nothing arrives."""
    with (
        running_azurite() as azurite,
        running_around(
            azurite, folder, fast=True, moved={"PHOTO_EVENTS": "eventgrid"}, before_app=restore, identity=False
        ) as world,
    ):
        yield world


def restore(world: World) -> None:
    """Put back containers, queues and index. Storage gives blobs new etags, so documents get those."""
    with zipfile.ZipFile(LIBRARY) as archive:
        etags = restore_blobs(world, archive)
        queues = QueueServiceClient.from_connection_string(world.azurite.connection_string)
        for name in json.loads(archive.read("queues.json")):
            queues.create_queue(name)
        index = json.loads(archive.read("index.json"))
    documents = [{**each, "etag": etags[each["path"]]} for each in index["documents"]]
    request(world, "PUT", "", index["definition"])
    request(world, "POST", "/docs/search.index", {"value": documents})


def restore_blobs(world: World, archive: zipfile.ZipFile) -> dict[str, str]:
    """The new etags of the photos, by name."""
    blobs = json.loads(archive.read("blobs.json"))
    for container in {each["container"] for each in blobs}:
        world.blobs.create_container(container)
    etags: dict[str, str] = {}
    for each in blobs:
        settings = ContentSettings(content_type=each["content_type"])
        client = world.blobs.get_blob_client(each["container"], each["name"])
        written = client.upload_blob(archive.read(each["file"]), content_settings=settings, metadata=each["metadata"])
        if each["container"] == "photos":
            etags[each["name"]] = written["etag"]
    return etags


def frozen_documents() -> dict[str, dict[str, Any]]:
    """The documents of the last release by path, with their vectors."""
    with zipfile.ZipFile(LIBRARY) as archive:
        return {each["path"]: each for each in json.loads(archive.read("index.json"))["documents"]}


def documents(world: World) -> dict[str, dict[str, Any]]:
    """The documents that are in the index now, by path, with their vectors."""
    body = {"search": "*", "top": 1000, "select": "*"}
    return {each["path"]: each for each in request(world, "POST", "/docs/search.post.search", body)["value"]}


def request(world: World, method: str, path: str, body: Any) -> Any:
    url = f"{world.search_url}/indexes('photos'){path}?{API}"
    answer = httpx.request(method, url, json=body, headers={"api-key": KEY}, trust_env=False, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json()
