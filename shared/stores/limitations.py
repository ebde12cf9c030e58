"""What models could not do lately: one blob for each thing, so that one instance can tell what another came upon."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta

from azure.storage.blob.aio import BlobServiceClient

from shared.storage_resources import StorageResources, ignore_missing

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-limitations"
# A process that still comes upon it writes it again within an hour (WORKAROUND_SECONDS).
LATELY = timedelta(hours=2)


class Limitations(StorageResources):
    """The store of limitations. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    async def add(self, key: str, sentence: str) -> None:
        """Keep a sentence; another with the same key replaces it."""
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        async with self.calls():
            await self._container.upload_blob(f"{name}.txt", sentence.encode(), overwrite=True)

    async def recent(self) -> list[str]:
        """The sentences of the last two hours, in alphabetical order."""
        sentences = []
        async with self.calls():
            async for blob in self._container.list_blobs():
                if datetime.now(UTC) - blob.last_modified < LATELY:
                    sentences += await self._read(blob.name)
        return sorted(set(sentences))

    async def _read(self, name: str) -> list[str]:
        with ignore_missing():
            stream = await self._container.download_blob(name)
            return [(await stream.readall()).decode(errors="replace")]
        return []
