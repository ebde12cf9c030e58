"""What people thought of answers and photos: one append blob of JSON lines a day, which all instances write to."""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from http.client import PRECONDITION_FAILED
from typing import Literal

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.errors import Throttled
from shared.photo import utc
from shared.storage_resources import StorageResources, ignore_missing, is_gone
from shared.stores.spending import until_tomorrow

log = logging.getLogger(__name__)

SERVICE = "blob storage"
CONTAINER = "photo-feedback"
MAX_DAY = 2_000_000  # bytes of one day, far below the 50,000 blocks that an append blob can have
KEPT = timedelta(days=365)

Verdict = Literal["up", "down"]
Judged = Literal["answer", "photo"]


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """
    One verdict on an answer, with the photos it cited, or on a photo among results.

    Photos are ids alone, so that a record tells nothing of a photo that was deleted. `question` is kept only where
    the setting FEEDBACK says so.
    """

    at: str
    verdict: Verdict
    about: Judged
    photos: tuple[str, ...] = ()
    question: str = ""


FEEDBACK = TypeAdapter(Feedback)


class FeedbackLog(StorageResources):
    """The store of verdicts. Create it once; the first verdict creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__(SERVICE, self._container)

    async def add(self, feedback: Feedback) -> None:
        """Append a verdict to its day; Throttled where that day's blob is full."""
        line = FEEDBACK.dump_json(feedback) + b"\n"
        day = date.fromisoformat(feedback.at[:10])
        async with self.calls():
            try:
                await self._append(day, line)
            except ResourceNotFoundError as error:
                if is_gone(error):
                    raise
                await self._begin(day)
                await self._append(day, line)

    async def all(self) -> AsyncIterator[Feedback]:
        """Every verdict, the oldest first; lines that are damaged are left out."""
        async with self.calls():
            pages = {day: await self._read(day) for day in await self._days()}
        for day, page in pages.items():
            for line in page.splitlines():
                try:
                    yield FEEDBACK.validate_json(line)
                except ValidationError:
                    log.warning("left out a damaged line of the feedback of %s", day)

    async def _append(self, day: date, line: bytes) -> None:
        try:
            await self._container.get_blob_client(f"{day}.jsonl").append_block(line, maxsize_condition=MAX_DAY)
        except HttpResponseError as error:
            if error.status_code != PRECONDITION_FAILED:  # the blob would become longer than that
                raise
            message = "there is no room for more feedback today: it begins anew tomorrow (UTC)"
            raise Throttled(message, wait=until_tomorrow(datetime.now(UTC))) from error

    async def _begin(self, day: date) -> None:
        """Create a day's blob, unless another instance was faster, and delete those that are too old."""
        with suppress(ResourceExistsError, ResourceModifiedError):
            await self._container.get_blob_client(f"{day}.jsonl").create_append_blob(
                match_condition=MatchConditions.IfMissing
            )
        for old in await self._days():
            if old < day - KEPT:
                with ignore_missing():
                    await self._container.get_blob_client(f"{old}.jsonl").delete_blob()

    async def _days(self) -> list[date]:
        """The days that have a blob; other blobs are none of ours."""
        days = [_day_of(blob.name) async for blob in self._container.list_blobs()]
        return sorted(day for day in days if day)

    async def _read(self, day: date) -> bytes:
        with ignore_missing():
            stream = await self._container.download_blob(f"{day}.jsonl")
            return await stream.readall()
        return b""


def _day_of(name: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(name.removesuffix(".jsonl")) if name.endswith(".jsonl") else None
    return None


def feedback_now(verdict: Verdict, about: Judged, photos: tuple[str, ...], question: str) -> Feedback:
    """A verdict that was given just now."""
    return Feedback(at=utc(datetime.now(UTC)), verdict=verdict, about=about, photos=photos, question=question)
