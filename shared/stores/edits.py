"""The edits of photos: a blob for each photo that somebody has edited, named by its id."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import TypeAdapter, ValidationError

from shared.edits import PhotoEdits
from shared.log_text import error_label
from shared.photo import is_photo_id
from shared.storage_resources import StorageResources, ignore_missing, is_gone, pages_of

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-edits"
EDITS = TypeAdapter(PhotoEdits)


class Edits(StorageResources):
    """The store of edits. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    async def read(self, id_: str) -> PhotoEdits:
        """The edits of a photo; without etag where there are none."""
        async with self.calls():
            with ignore_missing():
                stream = await self._blob(id_).download_blob()
                return _decode(await stream.readall(), id_, stream.properties.etag)
        return PhotoEdits(id=id_)

    async def etag(self, id_: str) -> str:
        """The etag of a photo's edits; empty where there are none."""
        async with self.calls():
            with ignore_missing():
                return _quote((await self._blob(id_).get_blob_properties()).etag)
        return ""

    async def write(self, edits: PhotoEdits) -> PhotoEdits | None:
        """Write edits over those that were read, and return them with their new etag; None if others came first."""
        condition: dict[str, Any] = {"overwrite": False}
        if edits.etag:
            condition = {"overwrite": True, "etag": edits.etag, "match_condition": MatchConditions.IfNotModified}
        async with self.calls():
            try:
                written = await self._blob(edits.id).upload_blob(_encode(edits), **condition)
            except (ResourceExistsError, ResourceModifiedError):
                return None
            except ResourceNotFoundError as error:  # deleted since it was read
                if is_gone(error):
                    raise
                return None
        return replace(edits, etag=_quote(written["etag"]))

    async def delete(self, id_: str) -> None:
        """Delete the edits of a photo with their history; if there are none, that is fine."""
        async with self.calls():
            with ignore_missing():
                await self._blob(id_).delete_blob(delete_snapshots="include")

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[tuple[str, str]], str]]:
        """
        The id of every photo that has edits, and their etag, in the order of ids, 1,000 at a time.

        Each page comes with where to go on `after` it; "" at the end.
        """
        async with self.calls():
            async for blobs, end in pages_of(self._container.list_blobs(results_per_page=1000), after):
                ids = [(each.name.removesuffix(".json"), _quote(each.etag)) for each in blobs]
                yield [each for each in ids if is_photo_id(each[0])], end

    def _blob(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}.json")


def _encode(edits: PhotoEdits) -> bytes:
    return EDITS.dump_json(replace(edits, etag=""), exclude_defaults=False)


def _decode(data: bytes, id_: str, etag: str) -> PhotoEdits:
    """The edits in a blob; none where it is damaged, which is said in the log."""
    try:
        edits = EDITS.validate_json(data)
    except ValidationError as error:
        log.warning("edits that were kept cannot be read, and count as none: %s", error_label(error))
        edits = PhotoEdits(id=id_)
    return replace(edits, id=id_, etag=_quote(etag))


def _quote(etag: str) -> str:
    """The etag in quotes: listings give it bare, everything else gives it in quotes."""
    return f'"{etag.strip(chr(34))}"'
