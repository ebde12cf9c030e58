"""Listing a container page by page, five times as fast as the storage client turns pages into objects."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from azure.storage.blob.aio import ContainerClient

from .blob_queue import quoted

# A page of this size is read in about 40 ms, which is how long it may hold up everything else.
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """One blob of a listing; `etag` carries its quotes."""

    name: str
    etag: str
    blob_type: str
    metadata: tuple[str, ...]


async def list_pages(container: ContainerClient, prefix: str, *, metadata: bool = False) -> AsyncIterator[list[Listed]]:
    """All blobs whose names begin with the prefix; names of metadata only where asked for."""
    page: list[Listed] = []

    def read(response: Any) -> None:
        page[:] = _read(response.http_response.body())

    extra: dict[str, Any] = {"include": ["metadata"]} if metadata else {}
    names = container.list_blob_names(
        name_starts_with=prefix or None, results_per_page=_PAGE, raw_response_hook=read, **extra
    )
    async for _ in names.by_page():
        yield list(page)


def _read(body: bytes) -> list[Listed]:
    # The storage service wrote it; the standard library's parser fetches nothing from outside.
    return [_listed(blob) for blob in ElementTree.fromstring(body).iter("Blob")]  # noqa: S314


def _listed(blob: "ElementTree.Element[str]") -> Listed:
    found = blob.find("Name")
    name = (found.text or "") if found is not None else ""
    if found is not None and found.get("Encoded") == "true":
        name = unquote(name)
    return Listed(
        name,
        quoted(blob.findtext("Properties/Etag")),
        blob.findtext("Properties/BlobType") or "BlockBlob",
        tuple(entry.tag for entry in blob.iterfind("Metadata/*")),
    )
