"""All that is left at the end, read from where it is: containers, queues, indexes, and what the app says."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from tests.leftovers import OF_THE_HOST
from tests.soak.client import KEYS
from tests.soak.ledger import STRANGER
from tests.world import KEY, World

PAGE = 200


@dataclass(frozen=True)
class StoredBlob:
    """A blob: its name, etag without quotes, what it holds and the digest of that, and its metadata."""

    name: str
    etag: str
    data: bytes
    metadata: Mapping[str, str]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass(frozen=True)
class ModelCall:
    """A picture that was sent to be described: its digest, and when the call began and ended."""

    preview: str
    start: float
    end: float


@dataclass
class Inventory:
    """Everything. `live` and `beside` are names of indexes; `told` is what the stranger is shown, by path."""

    containers: dict[str, dict[str, StoredBlob]]
    queues: dict[str, int]
    indexes: dict[str, list[dict[str, Any]]]
    live: str
    beside: str | None
    dimensions: dict[str, int]
    found: dict[str, dict[str, Any]]
    told: dict[str, dict[str, Any]]
    status: dict[str, Any]
    failures: dict[str, dict[str, Any]]
    calls: Sequence[ModelCall] = field(default_factory=list)

    @property
    def photos(self) -> dict[str, StoredBlob]:
        return self.containers["photos"]

    def own(self, container: str) -> dict[str, StoredBlob]:
        return self.containers.get(container, {})


def take_inventory(world: World, calls: Sequence[ModelCall]) -> Inventory:
    """Read everything, in the hope that nothing changes meanwhile."""
    containers = _containers(world)
    record = containers.get("photo-settings", {}).get("index.json")
    live: dict[str, Any] = record.json["live"] if record else {"name": "photos", "embedding": {"dimensions": 384}}
    beside = record.json["beside"] if record else None
    return Inventory(
        containers=containers,
        queues=_queues(world),
        indexes={each["name"]: _documents(world, each["name"]) for each in _search(world, "GET", "")["value"]},
        live=live["name"],
        beside=beside and beside["name"],
        dimensions={each["name"]: each["embedding"]["dimensions"] for each in (live, beside) if each},
        found={each["path"]: each for each in world.all_photos()},
        told={each["path"]: each for each in _told(world, STRANGER)},
        status=world.get("/api/status"),
        failures=world.failures(),
        calls=list(calls),
    )


def _containers(world: World) -> dict[str, dict[str, StoredBlob]]:
    containers: dict[str, dict[str, StoredBlob]] = {}
    for each in world.blobs.list_containers():
        if each.name == OF_THE_HOST:
            continue
        container = world.blobs.get_container_client(each.name)
        containers[each.name] = {
            blob.name: StoredBlob(
                blob.name, blob.etag.strip('"'), container.download_blob(blob.name).readall(), blob.metadata or {}
            )
            for blob in container.list_blobs(include=["metadata"])
        }
    return containers


def _queues(world: World) -> dict[str, int]:
    names = [each.name for each in world.queues()]
    return {name: world.queue(name).get_queue_properties().approximate_message_count for name in names}


def _documents(world: World, index: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    while True:
        body = {"search": "*", "top": PAGE, "skip": len(documents), "orderby": "id"}
        page = _search(world, "POST", f"('{index}')/docs/search.post.search", body)["value"]
        documents += page
        if len(page) < PAGE:
            return documents


def _search(world: World, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    url = f"{world.search_url}/indexes{path}?api-version=2026-04-01"
    answer = httpx.request(method, url, json=body, headers={"api-key": KEY}, trust_env=False, timeout=60)
    answer.raise_for_status()
    return answer.json()


def _told(world: World, name: str) -> list[dict[str, Any]]:
    """All photos that somebody finds."""
    photos: list[dict[str, Any]] = []
    headers = {"api-key": KEYS[name]}
    while True:
        answer = world.http.get("/api/search", params={"top": PAGE, "skip": len(photos)}, headers=headers)
        answer.raise_for_status()
        page = answer.json()["photos"]
        photos += page
        if len(page) < PAGE:
            return photos


def read_calls(world: World) -> list[ModelCall]:
    """The calls by which a picture was described that were answered to the end."""
    calls = []
    for each in world.calls("vision"):
        if each["model"] == "stand-in-vision" and not each["cut_off"]:
            start = datetime.fromisoformat(each["at"]).timestamp()
            calls += [ModelCall(digest, start, start + each["seconds"]) for digest in each["image_digests"]]
    return calls
