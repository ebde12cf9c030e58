"""Listing a container page by page, five times as fast as the storage client turns pages into objects."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from azure.core.exceptions import DecodeError
from azure.storage.blob.aio import ContainerClient

from local.host.blob_trigger.trigger_message import quoted_etag

# The emulator sorts the whole container for each page, and answers nobody else until it has written it out: 5,000
# blobs of 20,000 take it two seconds, 1,000 less than half a second, and all of them hardly longer.
_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """One blob of a listing; `etag` includes its quotes, `metadata_names` has no values."""

    name: str
    etag: str
    blob_type: str
    last_modified: str
    metadata_names: tuple[str, ...]


async def list_pages(
    container: ContainerClient, prefix: str, *, metadata: bool = False
) -> AsyncIterator[list[ListedBlob]]:
    """All blobs whose names begin with the prefix, metadata names only with `metadata`; DecodeError if it isn't XML."""
    body = b""

    def keep_body(response: Any) -> None:
        nonlocal body
        body = response.http_response.body()

    extra: dict[str, Any] = {"include": ["metadata"]} if metadata else {}
    names = container.list_blob_names(
        name_starts_with=prefix or None, results_per_page=_PAGE_SIZE, raw_response_hook=keep_body, **extra
    )
    async for _ in names.by_page():
        # In a thread, as it takes about 200 ms.
        yield await asyncio.to_thread(_parse_page, body)


def _parse_page(body: bytes) -> list[ListedBlob]:
    try:
        # The storage service wrote this XML, and the standard library's parser fetches nothing external.
        return [_parse_blob(element) for element in ElementTree.fromstring(body).iter("Blob")]  # noqa: S314
    except ElementTree.ParseError as error:
        raise DecodeError(f"a listing that is not XML: {error}") from error


def _parse_blob(element: "ElementTree.Element[str]") -> ListedBlob:
    name_element = element.find("Name")
    name = (name_element.text or "") if name_element is not None else ""
    if name_element is not None and name_element.get("Encoded") == "true":
        name = unquote(name)
    return ListedBlob(
        name,
        quoted_etag(element.findtext("Properties/Etag")),
        element.findtext("Properties/BlobType") or "BlockBlob",
        element.findtext("Properties/Last-Modified") or "",
        tuple(entry.tag for entry in element.iterfind("Metadata/*")),
    )
