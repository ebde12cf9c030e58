"""
Which index the library is in, and which model embedded it: one blob that all instances read anew every few seconds.

There is none before the library is moved for the first time (`python -m ingest migrate`): then the settings say it, as
they do where they name an index that the record does not know of.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError

from shared.azure_errors import translated_errors
from shared.embedded_index import EmbeddedIndex, IndexRecord, index_in_use
from shared.errors import PhotoError, PreconditionFailed, SettingsError
from shared.log_text import error_label
from shared.storage_resources import StorageResources
from shared.stores.api_keys import QUICKLY, unless_changed

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-settings"  # beside the keys
BLOB = "index.json"
MAX_AGE = 5.0  # seconds for which an instance believes what it has read
PAUSE = 5.0  # seconds until the next try where storage did not answer
RECORD = TypeAdapter(IndexRecord)


class IndexRecordStore(StorageResources):
    """The store of the record. Create it once; nothing is created before something is written."""

    def __init__(
        self, blobs: BlobServiceClient, *, configured: EmbeddedIndex, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`configured` is what the settings say."""
        container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, container)
        self._blob = container.get_blob_client(BLOB)
        self.configured = configured
        self.known = IndexRecord(configured)  # what was read last, or the settings say
        self._clock = clock
        self._read_at = float("-inf")
        self._pause_until = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def in_use(self) -> EmbeddedIndex:
        """The index that what runs now began with, or else the one of now as far as it is known."""
        return index_in_use() or self.known.live

    async def recent(self) -> IndexRecord:
        """
        The record as it was at most `MAX_AGE` seconds ago; Transient where it cannot be read.

        Whoever writes documents needs it: an index that is being filled would miss what is written without it.
        """
        if self._clock() - self._read_at >= MAX_AGE:
            async with self._lock:
                if self._clock() - self._read_at >= MAX_AGE:
                    start = self._clock()
                    record, _ = await self.read()
                    self.known, self._read_at = self._in_force(record), start
        return self.known

    async def refresh_if_possible(self) -> None:
        """The same for searches, which work on while storage is down: both indexes stay for a while after a move."""
        if self._clock() < self._pause_until:
            return
        try:
            await self.recent()
        except (PhotoError, SettingsError) as error:
            self._pause_until = self._clock() + PAUSE
            log.warning("could not read which index the library is in: %s", error_label(error))

    async def now(self) -> IndexRecord:
        """The record as it is now."""
        self._read_at = float("-inf")
        return await self.recent()

    async def read(self) -> tuple[IndexRecord | None, str | None]:
        """What is stored, whatever the settings say, and its etag; SettingsError if it is damaged."""
        async with translated_errors(SERVICE):
            try:
                stream = await self._blob.download_blob(**QUICKLY)
                return _parse(await stream.readall()), stream.properties.etag
            except ResourceNotFoundError:
                return None, None

    async def write(self, record: IndexRecord, *, etag: str | None) -> None:
        """Replace the record that had this etag, if any; PreconditionFailed if somebody else has done so."""
        async with self.calls():
            try:
                await self._blob.upload_blob(RECORD.dump_json(record), **unless_changed(etag))
            except (ResourceModifiedError, ResourceExistsError):
                raise PreconditionFailed("somebody else is moving the library as well: look what they do") from None
        await self.now()

    def _in_force(self, record: IndexRecord | None) -> IndexRecord:
        return record if record and record.knows(self.configured.name) else IndexRecord(self.configured)


def _parse(content: bytes) -> IndexRecord:
    try:
        return RECORD.validate_json(content)
    except ValidationError:
        raise SettingsError(
            f"which index the library is in cannot be read: the blob {BLOB} in the container {CONTAINER} is damaged. "
            "Restore it, or delete it and name the index and its embedding model in the settings"
        ) from None
