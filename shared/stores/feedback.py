"""
What people thought of answers and photos: one append blob of JSON lines a day, which all instances write to.

Where photos that are gone are taken out of a day, the rest of it is in a blob beside: `DAY.ETAG.jsonl`.
"""

import logging
import re
from collections.abc import AsyncIterator, Set
from contextlib import suppress
from dataclasses import replace
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
BLOB_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[0-9A-Za-z]+)?\.jsonl", re.ASCII)
DAY = len("2026-11-02")
PHOTO_ID = re.compile(rb"[0-9a-f]{32}")
QUOTE = '"'

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
            pages = [(day, await self._read(name)) for day, name in await self._days()]
        for day, page in pages:
            for line in page.splitlines():
                try:
                    yield FEEDBACK.validate_json(line)
                except ValidationError:
                    log.warning("left out a damaged line of the feedback of %s", day)

    async def forget_photos(self, ids: Set[str]) -> None:
        """
        Take photos that are gone out of every verdict, with the question; one on nothing else goes.

        What is left of a day is written beside it before the day goes. Its name tells of which version it is the rest,
        so that a kill in between leaves nothing twice.
        """
        async with self.calls():
            for _, name in await self._days():
                while not await self._forget(name, ids):
                    pass

    async def _forget(self, name: str, ids: Set[str]) -> bool:
        """False if somebody has appended a verdict meanwhile."""
        with ignore_missing():
            blob = self._container.get_blob_client(name)
            stream = await blob.download_blob()
            page, etag = await stream.readall(), stream.properties.etag
            if not _names(page, ids):
                return True
            # While a blob is appended to, Azurite may send fewer bytes than those that the etag is of.
            latest = await blob.get_blob_properties()
            if (latest.etag, latest.size) != (etag, len(page)):
                return False
            rest = b"".join(_line_without(line, ids) for line in page.splitlines(keepends=True))
            if rest:
                beside = f"{name[:DAY]}.{etag.strip(QUOTE)}.jsonl"
                await self._container.upload_blob(beside, rest, overwrite=True)
            try:
                await blob.delete_blob(etag=etag, match_condition=MatchConditions.IfNotModified)
            except ResourceModifiedError:
                if rest:
                    await self._container.delete_blob(beside)
                return False
        return True

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
        for old, name in await self._days():
            if old < day - KEPT:
                with ignore_missing():
                    await self._container.get_blob_client(name).delete_blob()

    async def _days(self) -> list[tuple[date, str]]:
        """The days that have a blob, and its name; other blobs are none of ours."""
        names = [blob.name async for blob in self._container.list_blobs()]
        return sorted((day, name) for name in names if (day := _day_of(name)))

    async def _read(self, name: str) -> bytes:
        with ignore_missing():
            stream = await self._container.download_blob(name)
            return await stream.readall()
        return b""


def _day_of(name: str) -> date | None:
    with suppress(ValueError):
        if BLOB_NAME.fullmatch(name):
            return date.fromisoformat(name[:DAY])
    return None


def _names(text: bytes, ids: Set[str]) -> bool:
    return not ids.isdisjoint(each.decode() for each in PHOTO_ID.findall(text))


def _line_without(line: bytes, ids: Set[str]) -> bytes:
    """A verdict without photos that are gone; nothing of one on no other, and of a line that cannot be read."""
    if not _names(line, ids):
        return line
    try:
        feedback = FEEDBACK.validate_json(line)
    except ValidationError:
        return b""
    photos = tuple(each for each in feedback.photos if each not in ids)
    return FEEDBACK.dump_json(replace(feedback, photos=photos, question="")) + b"\n" if photos else b""


def feedback_now(verdict: Verdict, about: Judged, photos: tuple[str, ...], question: str) -> Feedback:
    """A verdict that was given just now."""
    return Feedback(at=utc(datetime.now(UTC)), verdict=verdict, about=about, photos=photos, question=question)
