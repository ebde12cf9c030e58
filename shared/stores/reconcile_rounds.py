"""
How far the timer `reconcile` has come with comparing container and index, and when it was last through: one blob.

Who works on it holds a lease on the blob, and nobody else can write it meanwhile; so two never do the same. A worker
that is killed loses the lease within half a minute, and whoever comes next goes on where it was.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from datetime import datetime, timedelta

from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient, BlobServiceClient
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.blob_lease import leased
from shared.errors import PreconditionFailed
from shared.log_text import error_label
from shared.storage_resources import StorageResources, ignore_missing, is_gone

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-settings"  # beside the keys
BLOB = "reconcile.json"
LATE = timedelta(days=1)  # without a round that ended, after which something must be wrong
LATE_SLICES = 3  # the same in runs of the timer, where it runs seldom
UNKNOWN_PAUSE = timedelta(days=3)  # between two runs of the timer, as long as there was only one
LOST = {409, 412}  # what a write is answered once another worker has the lease


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class ReconcileRound:
    """
    One comparison of everything, in as many slices as it takes; times are in ISO 8601, UTC.

    `step` is what is to be done next, from `cursor` on, which only that step can read. `counts` are what was found so
    far. Photos that were written before `known_until` were in no queue when it began; "" where nobody can tell.
    """

    began_at: str
    container: str
    step: str = ""
    cursor: str = ""
    counts: Mapping[str, float] = field(default_factory=dict)
    known_until: str = ""
    slices: int = 0
    ended_at: str = ""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class ReconcileRecord:
    """The round that is on its way, if any, and the `last` one that ended; `slice_at` is when a slice began last."""

    current: ReconcileRound | None = None
    last: ReconcileRound | None = None
    slice_at: str = ""
    pause: float = 0.0  # seconds from one slice to the next, when the timer ran last

    @property
    def ended_at(self) -> str:
        """When everything was last compared; empty if it never was."""
        return self.last.ended_at if self.last else ""

    def begun(self, now: str) -> "ReconcileRecord":
        """The same with a slice that begins now."""
        pause = _seconds_between(self.slice_at, now) if self.slice_at else 0.0
        return ReconcileRecord(current=self.current, last=self.last, slice_at=now, pause=pause)

    def warning(self, now: datetime) -> str:
        """What to say where no round has ended for longer than that takes; empty where all is well."""
        since = self.ended_at or (self.current.began_at if self.current else "")
        if not since:
            return ""
        age = now - datetime.fromisoformat(since)
        pause = timedelta(seconds=self.pause) if self.pause else UNKNOWN_PAUSE
        if age <= max(LATE, LATE_SLICES * pause):
            return ""
        what = "was last compared with the index" if self.ended_at else "is being compared with the index since"
        return (
            f"the container {what} {since}, {age.days} days ago: what events have missed is not found meanwhile. Look "
            "in the log for what keeps the timer `reconcile` from its end, or run `python -m ingest reconcile`"
        )


RECORD = TypeAdapter(ReconcileRecord)


class HeldRounds:
    """The record while this worker alone may change it."""

    def __init__(self, store: "ReconcileRounds", lease: BlobLeaseClient, record: ReconcileRecord) -> None:
        self._store = store
        self._lease = lease
        self.record = record

    async def write(self, record: ReconcileRecord) -> None:
        """Replace the record; PreconditionFailed once another worker has taken over, as after an outage."""
        await self._store.write(record, self._lease)
        self.record = record


class ReconcileRounds(StorageResources):
    """The store of the record. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._blob = self._container.get_blob_client(BLOB)
        super().__init__(SERVICE, self._container)

    async def read(self) -> ReconcileRecord:
        """The record as it is now; an empty one where there is none, or it is damaged, which begins a new round."""
        async with self.calls():
            with ignore_missing():
                content = await (await self._blob.download_blob()).readall()
                try:
                    return RECORD.validate_json(content) if content else ReconcileRecord()
                except ValidationError as error:
                    log.warning("how far reconcile has come cannot be read: %s", error_label(error))
        return ReconcileRecord()

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[HeldRounds | None]:
        """The record for this worker alone, within the block; None while another one has it."""
        async with leased(self._blob, self) as lease:
            yield HeldRounds(self, lease, await self.read()) if lease else None

    async def write(self, record: ReconcileRecord, lease: BlobLeaseClient) -> None:
        """Replace the record under a lease; PreconditionFailed if that was lost."""
        async with self.calls():
            try:
                await self._blob.upload_blob(RECORD.dump_json(record), overwrite=True, lease=lease)
            except HttpResponseError as error:
                if error.status_code not in LOST or is_gone(error):
                    raise
                raise PreconditionFailed("another instance compares container and index now") from error


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
