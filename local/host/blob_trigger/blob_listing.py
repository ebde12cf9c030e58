"""Listing a container page by page, five times as fast as the storage client turns pages into objects."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from azure.storage.blob.aio import ContainerClient

from local.host.blob_trigger.trigger_message import quoted_etag

# Parsing a page of this size takes about 40 ms, during which nothing else runs.
_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """One blob of a listing; `etag` includes its quotes, `metadata_names` has no values."""

    name: str
    etag: str
    blob_type: str
    metadata_names: tuple[str, ...]


async def list_pages(
    container: ContainerClient, prefix: str, *, metadata: bool = False
) -> AsyncIterator[list[ListedBlob]]:
    """All blobs whose names begin with the prefix; metadata names only with `metadata`."""
    page: list[ListedBlob] = []

    def parse_response(response: Any) -> None:
        page[:] = _parse_page(response.http_response.body())

    extra: dict[str, Any] = {"include": ["metadata"]} if metadata else {}
    names = container.list_blob_names(
        name_starts_with=prefix or None, results_per_page=_PAGE_SIZE, raw_response_hook=parse_response, **extra
    )
    async for _ in names.by_page():
        yield list(page)


def _parse_page(body: bytes) -> list[ListedBlob]:
    # The storage service wrote this XML, and the standard library's parser fetches nothing external.
    return [_parse_blob(element) for element in ElementTree.fromstring(body).iter("Blob")]  # noqa: S314


def _parse_blob(element: "ElementTree.Element[str]") -> ListedBlob:
    name_element = element.find("Name")
    name = (name_element.text or "") if name_element is not None else ""
    if name_element is not None and name_element.get("Encoded") == "true":
        name = unquote(name)
    return ListedBlob(
        name,
        quoted_etag(element.findtext("Properties/Etag")),
        element.findtext("Properties/BlobType") or "BlockBlob",
        tuple(entry.tag for entry in element.iterfind("Metadata/*")),
    )
