"""
The secret that signs links to pictures: in one blob that all instances share, so that it needs no setting.

The first link makes it, on the condition that there is none. It is replaced every two days, by whichever instance
comes first. The one before it is still accepted: by the time it goes, every link that it signed has expired, as none
lives longer than a day. To make all links worthless at once, delete the blob; within a minute they are.
"""

import asyncio
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.azure_errors import translated_errors
from shared.redaction import remember_secret
from shared.storage_resources import StorageResources
from shared.stores.api_keys import QUICKLY, unless_changed

SERVICE = "blob storage"
CONTAINER = "photo-settings"  # beside the keys
BLOB = "link-secrets.json"
LENGTH = 32  # bytes, as many as SHA-256 has
LIFE = timedelta(days=2)  # longer than LINK_MINUTES can be
MAX_AGE = 60.0  # seconds for which an instance believes what it has read
MIN_AGE = 5.0  # a signature that fits no secret has them read again, but no more often than this


@dataclass(frozen=True)
class SecretFile:
    """The content of the blob, in base64: `current` signs, and `previous` is still accepted."""

    current: str
    made_at: datetime
    previous: str = ""


SECRET_FILE = TypeAdapter(SecretFile)


class LinkSecrets(StorageResources):
    """The store of the secret. Create it once; the first signature creates container and secret."""

    def __init__(self, blobs: BlobServiceClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, container)
        self._blob = container.get_blob_client(BLOB)
        self._clock = clock
        self._file: SecretFile | None = None
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def current(self) -> bytes:
        """The secret to sign with; it is made if there is none, or none that is young enough."""
        file = await self._recent(MAX_AGE)
        if file is None or _is_old(file):
            async with self._lock:
                file = await self._replace()
        return b64decode(file.current)

    async def accepted(self, *, anew: bool = False) -> list[bytes]:
        """The secrets that may have signed a link. Nothing is written; `anew` if none of those before fits."""
        file = await self._recent(MIN_AGE if anew else MAX_AGE)
        return [b64decode(each) for each in (file.current, file.previous) if each] if file else []

    async def _recent(self, max_age: float) -> SecretFile | None:
        if self._clock() - self._read_at < max_age:
            return self._file
        async with self._lock:
            if self._clock() - self._read_at >= max_age:
                start = self._clock()
                self._file, _ = await self._read()
                self._read_at = start
        return self._file

    async def _replace(self) -> SecretFile:
        """A new secret in place of the old one, unless another instance was faster."""
        while True:
            file, etag = await self._read()
            if file is None or _is_old(file):
                file = SecretFile(_new_secret(), datetime.now(UTC), file.current if file else "")
                async with self.calls():
                    try:
                        await self._blob.upload_blob(SECRET_FILE.dump_json(file), **unless_changed(etag))
                    except (ResourceModifiedError, ResourceExistsError):
                        continue
            self._file, self._read_at = file, self._clock()
            return file

    async def _read(self) -> tuple[SecretFile | None, str | None]:
        """The secrets and the etag of the blob; a damaged one counts as none, and is replaced."""
        async with translated_errors(SERVICE):
            try:
                stream = await self._blob.download_blob(**QUICKLY)
                return _parse(await stream.readall()), stream.properties.etag
            except ResourceNotFoundError:
                return None, None


def _parse(content: bytes) -> SecretFile | None:
    try:
        file = SECRET_FILE.validate_json(content)
        secret = b64decode(file.current, validate=True)
        b64decode(file.previous, validate=True)
    except (ValidationError, ValueError):
        return None
    if len(secret) < LENGTH or file.made_at.tzinfo is None:
        return None
    remember_secret(file.current)
    remember_secret(file.previous)
    return file


def _is_old(file: SecretFile) -> bool:
    return datetime.now(UTC) - file.made_at >= LIFE


def _new_secret() -> str:
    secret = b64encode(secrets.token_bytes(LENGTH)).decode()
    remember_secret(secret)
    return secret
