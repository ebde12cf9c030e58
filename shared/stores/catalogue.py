"""
`catalogue.json`: one blob that people write and every instance reads again within half a minute.

A new file is put in force once it has been checked, and once the index can hold its fields. One that is wrong changes
nothing: the last that was right stays in force, also in instances that start later, as a copy of it is kept. What is
wrong is in `fault`, which health, status and the doctor show.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.azure_errors import translated_errors
from shared.catalogue.definition import Catalogue, parse_catalogue
from shared.catalogue.in_force import EMPTY, catalogue, definitions_version, put_in_force
from shared.errors import BadRequest, PhotoError, PreconditionFailed, SettingsError
from shared.log_text import error_label
from shared.storage_resources import StorageResources
from shared.stores.access import AccessStore
from shared.stores.api_keys import QUICKLY
from shared.stores.vocabulary import VocabularyStore

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-settings"  # where it is by default, beside the keys
MAX_AGE = 30.0  # seconds for which an instance believes what it has read
PAUSE = 5.0  # seconds until the next try where storage did not answer

Adopt = Callable[[Catalogue], Awaitable[None]]


class CatalogueStore(StorageResources):
    """The store of the definitions. Create it once; nothing is created before something is saved."""

    def __init__(
        self,
        blobs: BlobServiceClient,
        *,
        address: str,
        adopt: Adopt,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`address` is `container/name`; `adopt` makes room in the index, or raises SettingsError."""
        name_of_container, _, name = address.partition("/")
        container = blobs.get_container_client(name_of_container)
        super().__init__(SERVICE, container)
        self.address = address
        self.fault = ""  # what is wrong with the file, as a sentence
        self._blob = container.get_blob_client(name)
        self._copy = container.get_blob_client(f"{name}.in-force")
        self._adopt = adopt
        self.vocabulary = VocabularyStore(blobs)  # these two are read again at the same times
        self.access = AccessStore(blobs)
        self._clock = clock
        self._next = float("-inf")
        self._is_known = False
        self._etag: str | None = None
        self._lock = asyncio.Lock()

    @property
    def etag(self) -> str | None:
        """Of the file that was read last; None where there is none."""
        return self._etag

    async def refresh(self) -> None:
        """Read the file again if that was a while ago; Transient while it has never been read and cannot be now."""
        if self._clock() < self._next:
            return
        async with self._lock:
            if self._clock() < self._next:
                return
            try:
                await self._read()
            except PhotoError as error:
                self._next = self._clock() + (PAUSE if self._is_known else 0)
                if not self._is_known:
                    raise
                log.warning("could not read the definitions of fields again: %s", error_label(error))
            else:
                self._next = self._clock() + MAX_AGE

    async def refresh_if_possible(self) -> None:
        """The same for those who can do without: a search works on while storage is down."""
        try:
            await self.refresh()
        except PhotoError as error:
            self._next = self._clock() + PAUSE
            log.warning("could not read the definitions of fields: %s", error_label(error))

    async def follow(self, version: str) -> None:
        """Know the definitions by which something was queued: where others are in force here, the file is read now."""
        await self.refresh()
        if version and version != definitions_version():
            await self.check()

    async def check(self) -> None:
        """Read the file now, whenever that was before."""
        self._next = float("-inf")
        await self.refresh()

    async def save(self, content: bytes, *, if_match: str | None = None) -> Catalogue:
        """
        Check the file, make room in the index and store it; BadRequest says what is wrong, and nothing is done.

        PreconditionFailed if the file there is has another etag than named.
        """
        conditions: dict[str, Any] = {}
        if if_match:
            conditions = {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
        try:
            new = parse_catalogue(content)
            await self._adopt(new)
        except (ValueError, SettingsError) as error:
            raise BadRequest(str(error)) from error
        async with self.calls():
            try:
                await self._blob.upload_blob(content, overwrite=True, **conditions)
            except (ResourceModifiedError, ResourceExistsError) as error:
                raise PreconditionFailed("the fields have changed since: read them again", param="If-Match") from error
        await self.check()
        return new

    async def _read(self) -> None:
        await self.access.read()  # first: whatever is wrong with the others, this must be known
        await self._read_fields()
        await self.vocabulary.read()

    async def _read_fields(self) -> None:
        async with translated_errors(SERVICE):
            try:
                etag = (await self._blob.get_blob_properties(**QUICKLY)).etag
                if self._is_known and etag == self._etag:
                    return
                content = await _content(self._blob)
            except ResourceNotFoundError:
                etag, content = None, None
        await self._use(content)
        self._etag, self._is_known = etag, True

    async def _use(self, content: bytes | None) -> None:
        """Put a file in force, or none, or say what is wrong with it."""
        if content is None:
            self._put_in_force(EMPTY)
            return
        try:
            new = parse_catalogue(content)
            await self._adopt(new)
        except (ValueError, SettingsError) as error:
            await self._stay(str(error))
            return
        self._put_in_force(new)
        await self._keep_copy(content)

    def _put_in_force(self, new: Catalogue) -> None:
        self.fault = ""
        if new != catalogue():
            put_in_force(new)
            log.info("other definitions of fields are in force")

    async def _stay(self, fault: str) -> None:
        """Leave in force what is, or what another instance had last, if this one has just begun."""
        if not self._is_known:
            await self._use_copy()
        self.fault = f"{self.address} is not used, and the definitions before it stay in force: {fault}"
        log.error("the definitions of fields are wrong and not used; status and doctor say how")

    async def _use_copy(self) -> None:
        async with translated_errors(SERVICE):
            try:
                content = await _content(self._copy)
            except ResourceNotFoundError:
                return
        try:
            last = parse_catalogue(content)
            await self._adopt(last)
        except (ValueError, SettingsError):  # of another version, or of another index
            return
        put_in_force(last)

    async def _keep_copy(self, content: bytes) -> None:
        """For instances that start while the file is wrong. Without it they would only begin without fields."""
        try:
            async with self.calls():
                await self._copy.upload_blob(content, overwrite=True)
        except PhotoError as error:
            log.warning("could not keep a copy of the definitions of fields: %s", error_label(error))


async def _content(blob: BlobClient) -> bytes:
    stream = await blob.download_blob(**QUICKLY)
    content: bytes = await stream.readall()
    return content
