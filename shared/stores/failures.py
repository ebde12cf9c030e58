"""Failure records: one blob for each photo that is being retried or has been given up."""

import asyncio
import logging
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Literal

from azure.core.pipeline.transport import AsyncHttpResponse
from azure.storage.blob import BlobProperties, StorageErrorCode
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from shared.access.uploader import Uploader
from shared.batched_calls import BatchedCalls
from shared.errors import NotFound, PhotoError
from shared.log_text import error_label, photo_label
from shared.photo import photo_id, utc
from shared.storage_resources import StorageResources, ignore_missing, pages_of
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-failures"
STRAY = "(blob) "  # before the name of a blob among the records that is none
CLEARED_TOGETHER = 256  # records in one request, as many as Azure Storage takes
LINGER = 0.5  # seconds that the first of them waits for others
ALONE_AFTER = 1.0  # seconds without another, after which one is cleared at once
SETTLED = {HTTPStatus.ACCEPTED, HTTPStatus.NOT_FOUND}  # of a delete: there was one, there was none
MAX_REASON = 500  # characters
MAX_LAST_ERROR = 1000
MAX_RECORD = 100_000  # bytes
MAX_METADATA = 8_000  # of the 8 KB that Azure Storage takes with a blob
LONGEST_BACKLOG = timedelta(hours=12)  # that a ticket which is due may wait for its turn

State = Literal["retrying", "failed"]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """
    A photo that is waiting to be retried or has been given up. `reason` is for people to read.

    `owner` tells who has uploaded it: the id of a person, or `key:NAME`, of which `uploaded_by` is the name; both are
    empty where it came without a person.
    """

    id: str
    path: str
    state: State
    reason: str
    attempts: int
    next_attempt_at: str | None = None
    last_error: str = ""
    digest: str = ""  # of its bytes, once they may have been described
    unreadable: bool = False  # a message or a blob that names no photo; `path` holds its text or name
    owner: str = ""
    uploaded_by: str = ""

    @classmethod
    def of(
        cls,
        ticket: Ticket,
        reason: str,
        *,
        error: str = "",
        due: datetime | None = None,
        digest: str = "",
        unreadable: bool = False,
    ) -> "Failure":
        """The record of a ticket: retrying when it has a due time, else failed."""
        return cls(
            id=ticket.id,
            path=ticket.name,
            state="retrying" if due else "failed",
            reason=reason[:MAX_REASON],
            attempts=ticket.attempt,
            next_attempt_at=utc(due) if due else None,
            last_error=(error or reason)[:MAX_LAST_ERROR],
            digest=digest,
            unreadable=unreadable,
        )

    @classmethod
    def of_stray_blob(cls, name: str) -> "Failure":
        """What stands for a blob among the records that is none."""
        reason = f"the blob {name[:200]} in the container {CONTAINER} is not a failure record: delete it there"
        return cls.of(Ticket(STRAY + name), reason, unreadable=True)

    def encode(self) -> str:
        return FAILURE.dump_json(self).decode()

    @classmethod
    def decode(cls, text: str) -> "Failure":
        return FAILURE.validate_json(text)

    def is_overdue(self, now: datetime) -> bool:
        """Whether the next attempt should have begun hours ago: its ticket must be lost."""
        try:
            return (
                bool(self.next_attempt_at) and now - datetime.fromisoformat(str(self.next_attempt_at)) > LONGEST_BACKLOG
            )
        except (ValueError, TypeError):  # not a time, or one without a zone: nothing the app has written
            return True

    @property
    def is_held(self) -> bool:
        """Whether the photo waits for a batch, and has no ticket."""
        return self.state == "retrying" and self.attempts == 0

    def ticket(self) -> Ticket:
        """A fresh ticket, as if the photo had just arrived."""
        return Ticket(self.path, since=utc(datetime.now(UTC)))


FAILURE = TypeAdapter(Failure)


def _status(part: AsyncHttpResponse) -> int:
    """The status of a part of a batch's answer, in which no container is not the same as no blob."""
    is_lost = part.headers.get("x-ms-error-code", "") == StorageErrorCode.CONTAINER_NOT_FOUND
    return HTTPStatus.GONE if is_lost else part.status_code


class FailureRecords(StorageResources):
    """
    The store of failure records. Create it once; `ready()` creates the container.

    `uploader` tells whose a photo is, by its path.
    """

    def __init__(
        self, blobs: BlobServiceClient, *, uploader: Callable[[str], Awaitable[Uploader]] | None = None
    ) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._uploader = uploader
        self._cleared = BatchedCalls(
            self._clear_together, most=CLEARED_TOGETHER, linger=LINGER, alone_after=ALONE_AFTER, key=str
        )
        super().__init__(SERVICE, self._container)

    async def write(self, failure: Failure) -> None:
        """Write or replace the failure record of one photo, with the name of whoever has uploaded it."""
        text = (await self._owned(failure)).encode()
        async with self.calls():
            # Listings return metadata, so one request reads a whole page of failures, but for those that are too long.
            packed = _pack(text)
            metadata = {"record": packed} if len(packed) <= MAX_METADATA else {}
            await self._blob(failure.id).upload_blob(text.encode(), overwrite=True, metadata=metadata)

    async def _owned(self, failure: Failure) -> Failure:
        if not self._uploader or failure.owner or failure.unreadable:
            return failure
        try:
            uploader = await self._uploader(failure.path)
        except PhotoError as error:  # admins see it all the same
            log.warning("could not tell who has uploaded %s: %s", photo_label(failure.path), error_label(error))
            return failure
        return replace(failure, owner=uploader.owner, uploaded_by=uploader.name)

    async def clear(self, id_: str, *, with_others: bool = False) -> bool:
        """
        Delete a failure record, because the photo is searchable or gone; False if there is none.

        `with_others` in one request with those that are cleared within a moment: most photos have no record.
        """
        if with_others:
            return await self._cleared(id_)
        async with self.calls():
            with ignore_missing():
                await self._blob(id_).delete_blob()
                return True
        return False

    async def _clear_together(self, ids: Sequence[str]) -> list[bool | PhotoError]:
        statuses = await self._deleted_together([f"{id_}.json" for id_ in ids]) if len(ids) > 1 else []
        if len(statuses) == len(ids):
            return await asyncio.gather(*map(self._outcome, ids, statuses))
        # One alone, or a batch that is refused as a whole, which is answered by one part, or none.
        return await asyncio.gather(*map(self._outcome, ids))

    async def _deleted_together(self, names: Sequence[str]) -> list[int]:
        """The status of each delete, in the order of the names; none where the answer is not one of a batch."""
        async with self.calls():
            try:
                parts = await self._container.delete_blobs(*names, raise_on_any_failure=False)
                return [_status(part) async for part in parts]
            except (ValueError, AttributeError):
                return []

    async def _outcome(self, id_: str, status: int | None = None) -> bool | PhotoError:
        """Whether a record was deleted; one that was not settled among others is deleted alone, which says why not."""
        try:
            return status == HTTPStatus.ACCEPTED if status in SETTLED else await self.clear(id_)
        except PhotoError as error:
            return error

    async def dismiss(self, failure: Failure) -> None:
        """Forget a failure of no photo: its record, or the blob among the records that is none."""
        stray = failure.path.removeprefix(STRAY) if failure.unreadable and failure.path.startswith(STRAY) else ""
        await self.clear(failure.id)
        if stray and photo_id(failure.path) == failure.id:
            async with self.calls():
                with ignore_missing():
                    await self._container.delete_blob(stray)

    async def read(self, id_: str) -> Failure:
        """One failure record; NotFound when that photo is not failing, or its record is damaged."""
        async with self.calls():
            if failure := await self._download(f"{id_}.json"):
                return failure
        raise NotFound(f"no failure is recorded for {id_}", param="id")

    async def all(self) -> AsyncIterator[Failure]:
        """Every failure record, in no particular order; what is in the container but none becomes one that says so."""
        async with self.calls():
            async for blob in self._container.list_blobs(include=["metadata"]):
                yield await self._of_blob(blob)

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[Failure], str]]:
        """The same, a thousand at a time, each with where to go on `after` it; "" at the end."""
        async with self.calls():
            listing = self._container.list_blobs(include=["metadata"], results_per_page=1000)
            async for blobs, end in pages_of(listing, after):
                yield [await self._of_blob(each) for each in blobs], end

    async def _of_blob(self, blob: BlobProperties) -> Failure:
        return _unpack((blob.metadata or {}).get("record", "")) or await self._read_body(blob)

    async def _read_body(self, blob: BlobProperties) -> Failure:
        """The record in a blob whose metadata holds none, as a copy may have lost it."""
        failure = await self._download(blob.name) if blob.size <= MAX_RECORD else None
        return failure or Failure.of_stray_blob(blob.name)

    async def _download(self, name: str) -> Failure | None:
        """The record in a blob; None when it is gone or is no record."""
        with ignore_missing(), suppress(ValueError):
            return Failure.decode((await (await self._container.download_blob(name)).readall()).decode())
        return None

    def _blob(self, id_: str) -> BlobClient:
        return self._container.get_blob_client(f"{id_}.json")


def _pack(text: str) -> str:
    """The text as metadata can hold it: in ASCII, and within 8 KB for all but the oddest of names and reasons."""
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _unpack(packed: str) -> Failure | None:
    """The record in a blob's metadata; None where there is none, or it is damaged."""
    with suppress(ValueError, zlib.error):
        return Failure.decode(zlib.decompress(b64decode(packed)).decode())
    return None
