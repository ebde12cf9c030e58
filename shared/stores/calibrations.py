"""What similarity means in this library: one blob, measured by whichever instance comes first and read by all."""

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from shared.azure_errors import translated_errors
from shared.storage_resources import StorageResources
from shared.stores.api_keys import QUICKLY

SERVICE = "blob storage"
CONTAINER = "photo-settings"  # beside the keys
BLOB = "search-calibration.json"


class Calibrations(StorageResources):
    """The store of the record. Create it once; the first write creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, container)
        self._blob = container.get_blob_client(BLOB)

    async def read(self) -> bytes | None:
        """The record; None if there is none."""
        async with translated_errors(SERVICE):
            try:
                stream = await self._blob.download_blob(**QUICKLY)
                return bytes(await stream.readall())
            except ResourceNotFoundError:
                return None

    async def write(self, record: bytes) -> None:
        """Replace the record."""
        async with self.calls():
            await self._blob.upload_blob(record, overwrite=True)
