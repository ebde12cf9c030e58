"""A stored picture that is passed on as it is read, a part at a time, so that its size costs no memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.storage.blob.aio import BlobClient

from shared.errors import NotFound
from shared.storage_resources import StorageResources, ignore_missing

PART = 1_048_576  # bytes in one request to storage, and in memory


@dataclass(frozen=True)
class StoredPicture:
    """One version of a blob: what it is, and its bytes."""

    size: int
    etag: str
    last_modified: datetime
    content_type: str
    blob: BlobClient
    resources: StorageResources

    async def read(self, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`, both included; an error if the blob is replaced meanwhile."""
        for start in range(first, last + 1, PART):
            async with self.resources.calls():
                stream = await self.blob.download_blob(
                    offset=start,
                    length=min(PART, last + 1 - start),
                    etag=self.etag,
                    match_condition=MatchConditions.IfNotModified,
                )
                part = await stream.readall()
            yield part


async def find_picture(blob: BlobClient, resources: StorageResources) -> StoredPicture:
    """The version of a blob that is there now; NotFound if there is none."""
    async with resources.calls():
        with ignore_missing():
            properties = await blob.get_blob_properties()
            etag = f'"{properties.etag.strip(chr(34))}"'
            type_ = properties.content_settings.content_type or ""
            return StoredPicture(properties.size, etag, properties.last_modified, type_, blob, resources)
    raise NotFound("this picture is gone", param="id")
