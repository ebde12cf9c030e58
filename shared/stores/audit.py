"""
Who did what, and when: append blobs of JSON lines, which all instances write to and nobody rewrites.

A record names photos by their ids alone. Each day begins a blob of its own, a part; one that is full is followed by the
next of its day. What was sent twice, as its answer was lost, is there twice.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from http.client import CONFLICT, PRECONDITION_FAILED
from typing import Any, Literal

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.storage_resources import StorageResources, ignore_missing, is_gone

log = logging.getLogger(__name__)

CONTAINER = "photo-audit"
MAX_PART = 8_000_000  # bytes of one blob, which is read whole; it could have 50,000 blocks
MAX_BLOCK = 1_000_000  # bytes of one request
# Whoever has done something waits for this, so it is not tried for long.
QUICKLY: dict[str, Any] = {"retry_total": 2, "connection_timeout": 2, "read_timeout": 5}

AuditAction = Literal[
    "uploaded", "edited", "moved", "deleted", "restored", "exported", "retried", "recaptioned", "emptied", "shared",
    "unshared", "collected", "job_made", "job_cancelled", "job_undone", "vocabulary_changed", "fields_changed",
    "rules_changed", "keys_changed", "migrated", "index_removed", "refused",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="ignore"))
class AuditRecord:
    """
    Something that was done: by whom, with their id and the role they had, to which photos, by their ids.

    `about` is something else, by its kind and id, such as `collection:ID` or `key:NAME`. `count` is how many photos
    it was, or how often it happened, where `photos` does not say so. `job` is the id of the job that did it.
    """

    at: str
    action: str
    by: str
    by_id: str = ""
    role: str = ""
    photos: tuple[str, ...] = ()
    about: str = ""
    count: int = 0
    job: str = ""


AUDIT_RECORD = TypeAdapter(AuditRecord)


@dataclass(frozen=True, order=True)
class AuditPart:
    """One blob: the `number`th of its day."""

    day: date
    number: int = 1

    @property
    def name(self) -> str:
        return f"{self.day}.{self.number:04d}.jsonl"

    @classmethod
    def parse(cls, name: str) -> "AuditPart | None":
        """The part of a blob's name; None for a blob of others."""
        day, _, rest = name.partition(".")
        number, _, ending = rest.partition(".")
        with suppress(ValueError):
            part = cls(date.fromisoformat(day), int(number))
            return part if ending == "jsonl" and part.name == name else None
        return None


class AuditLog(StorageResources):
    """The store of what was done. Create it once; the first record creates the container."""

    def __init__(self, blobs: BlobServiceClient, *, max_part: int = MAX_PART) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._max_part = max_part
        self._part = AuditPart(date.min)
        super().__init__("blob storage", self._container)

    async def append(self, records: Sequence[AuditRecord]) -> None:
        """Append records to the part of today, in as few requests as possible."""
        for block in _blocks(records):
            async with self.calls():
                await self._append(block)

    async def _append(self, block: bytes) -> None:
        part = max(self._part, AuditPart(datetime.now(UTC).date()))
        while not await self._append_to(part, block):
            part = AuditPart(part.day, part.number + 1)
        self._part = part

    async def _append_to(self, part: AuditPart, block: bytes) -> bool:
        """Whether there was room for a block in this part, which is created if need be."""
        blob = self._container.get_blob_client(part.name)
        try:
            try:
                await blob.append_block(block, maxsize_condition=self._max_part, **QUICKLY)
            except ResourceNotFoundError as error:
                if is_gone(error):
                    raise
                with suppress(ResourceExistsError, ResourceModifiedError):  # another instance was faster
                    await blob.create_append_blob(match_condition=MatchConditions.IfMissing, **QUICKLY)
                await blob.append_block(block, maxsize_condition=self._max_part, **QUICKLY)
        except HttpResponseError as error:
            if error.status_code not in {PRECONDITION_FAILED, CONFLICT} or is_gone(error):
                raise
            return False  # it would become too long, or have too many blocks
        return True

    async def parts(self) -> list[AuditPart]:
        """Every part, the oldest first; other blobs are none of ours."""
        async with self.calls():
            return sorted([part async for blob in self._container.list_blobs() if (part := AuditPart.parse(blob.name))])

    async def read(self, part: AuditPart) -> list[AuditRecord | None]:
        """The records of a part in their order, None for a line that is damaged; none if it is gone."""
        async with self.calls():
            with ignore_missing():
                content = await (await self._container.download_blob(part.name)).readall()
                return [_parse(line, part) for line in content.splitlines()]
        return []

    async def walk(self, first: date, last: date) -> AsyncIterator[AuditRecord]:
        """Every record of these days, the oldest first."""
        for part in await self.parts():
            if first <= part.day <= last:
                for record in await self.read(part):
                    if record:
                        yield record

    async def delete_before(self, day: date) -> int:
        """Delete what is older, and return how many blobs that was."""
        old = [part for part in await self.parts() if part.day < day]
        async with self.calls():
            for part in old:
                with ignore_missing():
                    await self._container.delete_blob(part.name)
        return len(old)


def _blocks(records: Sequence[AuditRecord]) -> list[bytes]:
    """Records as lines, in blocks that one request can carry."""
    blocks = [b""]
    for record in records:
        line = AUDIT_RECORD.dump_json(record, exclude_defaults=True) + b"\n"
        if blocks[-1] and len(blocks[-1]) + len(line) > MAX_BLOCK:
            blocks.append(b"")
        blocks[-1] += line
    return [block for block in blocks if block]


def _parse(line: bytes, part: AuditPart) -> AuditRecord | None:
    try:
        return AUDIT_RECORD.validate_json(line)
    except ValidationError:
        log.warning("there is a damaged line in the audit log of %s", part.day)
        return None
