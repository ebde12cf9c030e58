"""Everything in which a photo may have left something: each container, queue and index that is there."""

import gzip
import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

from tests.world import KEY, World

# The host's: which versions of which blobs its polling has seen. docs/deleting.md says so.
OF_THE_HOST = "azure-webjobs-hosts"
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
DEPTH = 3  # of what is packed into one another


def places_with(words: Sequence[str], world: World) -> dict[str, list[str]]:
    """The names of what holds one of these words, in whatever form, by container, queue or index."""
    needles = [form for word in words for form in forms(word)]
    places: dict[str, list[str]] = {}
    for place, name, content in everything(world):
        if any(needle in text for text in unpacked(content) for needle in needles):
            places.setdefault(place, []).append(name)
    return places


def forms(word: str) -> set[bytes]:
    """A word as it is, and as addresses, JSON and metadata have it."""
    data = word.encode()
    digest = bytes.fromhex(word) if re.fullmatch(r"(?:[0-9a-f]{2}){16,}", word) else data
    texts = {quote(word), quote(word, safe=""), json.dumps(word)[1:-1], b64encode(digest).decode().rstrip("=")}
    return {data, data.lower(), *(each.encode() for each in texts)}


def unpacked(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Content, in lower case as well, and what is compressed or encoded in it."""
    yield content
    yield content.lower()
    if not depth:
        return
    for inflate in (gzip.decompress, zlib.decompress):
        with suppress(OSError, EOFError, zlib.error):
            yield from unpacked(inflate(content), depth - 1)
    for text in BASE64.findall(content):
        padded = text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4)
        with suppress(ValueError):
            yield from unpacked(b64decode(padded.translate(bytes.maketrans(b"-_", b"+/"))), depth - 1)


def everything(world: World) -> Iterator[tuple[str, str, bytes]]:
    """Where it is, what it is called, and all that it says, one by one."""
    yield from _blobs(world)
    yield from _messages(world)
    yield from _documents(world)


def _blobs(world: World) -> Iterator[tuple[str, str, bytes]]:
    for each in world.blobs.list_containers(include_metadata=True):
        if each.name == OF_THE_HOST:
            continue
        container = world.blobs.get_container_client(each.name)
        for blob in container.list_blobs(include=["metadata", "snapshots", "deleted", "tags", "uncommittedblobs"]):
            whole = json.dumps([blob.name, blob.metadata, blob.tags], ensure_ascii=False).encode()
            stream = container.download_blob(blob.name, snapshot=blob.snapshot) if blob.etag else None
            yield each.name, blob.name, whole + b"\n"
            yield each.name, blob.name, stream.readall() if stream else b""
            for value in (blob.metadata or {}).values():
                yield each.name, blob.name, value.encode()


def _messages(world: World) -> Iterator[tuple[str, str, bytes]]:
    for each in world.queues():
        queue = world.queue(each.name)
        messages = queue.peek_messages(max_messages=32)
        count = queue.get_queue_properties().approximate_message_count
        assert count == len(messages), f"{each.name} has {count} messages that cannot be seen yet"
        for message in messages:
            yield each.name, message.id, str(message.content).encode()


def _documents(world: World) -> Iterator[tuple[str, str, bytes]]:
    for name in [each["name"] for each in _search(world, "GET", "/indexes")["value"]]:
        body = {"search": "*", "top": 1000}
        for document in _search(world, "POST", f"/indexes('{name}')/docs/search.post.search", body)["value"]:
            yield f"index {name}", document["id"], json.dumps(document, ensure_ascii=False).encode()


def _search(world: World, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    key = {"api-key": KEY}
    url = f"{world.search_url}{path}?api-version=2026-04-01"
    answer = httpx.request(method, url, json=body, headers=key, trust_env=False)
    answer.raise_for_status()
    return answer.json()
