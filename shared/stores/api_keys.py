"""The keys that people have made, hashed, in one blob that all instances read anew every few seconds."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.api_keys import ApiKey
from shared.azure_errors import translated_errors
from shared.errors import BadRequest, NotFound, SettingsError
from shared.storage_resources import StorageResources

SERVICE = "blob storage"
CONTAINER = "photo-settings"
BLOB = "api-keys.json"
MAX_AGE = 10.0  # seconds for which an instance believes what it has read: a revoked key works no longer than that
# A request waits for this, so it is not tried for long; whoever asks comes again.
QUICKLY: dict[str, Any] = {"retry_total": 1, "connection_timeout": 2, "read_timeout": 3}


@dataclass(frozen=True)
class KeyFile:
    """The content of the blob."""

    keys: tuple[ApiKey, ...] = ()


KEY_FILE = TypeAdapter(KeyFile)


class ApiKeyStore(StorageResources):
    """The store of keys. Create it once; the first key creates the container."""

    def __init__(self, blobs: BlobServiceClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, container)
        self._blob = container.get_blob_client(BLOB)
        self._clock = clock
        self._recent: tuple[ApiKey, ...] = ()
        self._expiry = float("-inf")
        self._reading: asyncio.Future[None] | None = None

    async def recent(self) -> tuple[ApiKey, ...]:
        """
        The keys as they were at most `MAX_AGE` seconds ago.

        An error where they cannot be read, whatever was read before: a key may have been revoked since.
        """
        if self._clock() >= self._expiry:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.ensure_future(self._refresh())
            await asyncio.shield(self._reading)
        return self._recent

    async def _refresh(self) -> None:
        start = self._clock()
        self._recent = await self.all()
        self._expiry = start + MAX_AGE

    async def check(self) -> None:
        """Whether the keys can be read; SettingsError if what is kept of them is damaged."""
        await super().check()
        await self.all()

    async def all(self) -> tuple[ApiKey, ...]:
        """The keys as they are now."""
        return (await self._read())[0]

    async def add(self, key: ApiKey) -> None:
        """Keep a key; BadRequest if there is one of its name."""

        def added(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
            if any(each.name == key.name for each in keys):
                raise BadRequest(f"there is a key named {key.name!r}: revoke it first, or choose another name")
            return (*keys, key)

        await self._change(added)

    async def revoke(self, name: str) -> None:
        """Forget a key; NotFound if there is none of this name."""

        def remaining(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
            rest = tuple(each for each in keys if each.name != name)
            if len(rest) == len(keys):
                raise NotFound(f"there is no key named {name!r}")
            return rest

        await self._change(remaining)

    async def _change(self, change: Callable[[tuple[ApiKey, ...]], tuple[ApiKey, ...]]) -> None:
        """Write what `change` makes of the keys, again if somebody else has written meanwhile."""
        while True:
            keys, etag = await self._read()
            content = KEY_FILE.dump_json(KeyFile(change(keys)))
            async with self.calls():
                try:
                    await self._blob.upload_blob(content, **unless_changed(etag))
                except (ResourceModifiedError, ResourceExistsError):
                    continue
                return

    async def _read(self) -> tuple[tuple[ApiKey, ...], str | None]:
        """The keys and the etag of the blob; there are none before the first is made."""
        async with translated_errors(SERVICE):
            try:
                stream = await self._blob.download_blob(**QUICKLY)
                return _parse(await stream.readall()), stream.properties.etag
            except ResourceNotFoundError:
                return (), None


def _parse(content: bytes) -> tuple[ApiKey, ...]:
    try:
        return KEY_FILE.validate_json(content).keys
    except ValidationError:
        raise SettingsError(
            f"the keys cannot be read: the blob {BLOB} in the container {CONTAINER} is damaged. Restore it, or delete "
            "it and make the keys anew"
        ) from None


def unless_changed(etag: str | None) -> dict[str, Any]:
    """The condition that nobody has written since the blob had this etag, or that there is none yet."""
    if etag is None:
        return {"overwrite": False}
    return {"overwrite": True, "etag": etag, "match_condition": MatchConditions.IfNotModified}
