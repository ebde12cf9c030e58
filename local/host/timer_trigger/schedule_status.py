"""When a timer ran last and is due next, stored in a blob so that it outlives the host."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from local.host.connections import StorageAccount
from local.host.storage_errors import repeat_until_success
from local.host.storage_operations import HOSTS_CONTAINER, create_container

log = logging.getLogger(__name__)

_MAX_WAIT = 0.5


@dataclass(frozen=True)
class ScheduleStatus:
    """A timer's last and next run, under the real host's names once it is JSON."""

    last: datetime
    next: datetime
    updated: datetime

    def to_json(self) -> dict[str, str]:
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.updated.isoformat(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        last, next_, updated = (datetime.fromisoformat(content[name]) for name in ("Last", "Next", "LastUpdated"))
        return cls(last, next_, updated)


class ScheduleStatusBlob:
    """The blob azure-webjobs-hosts/timers/{host id}/Host.Functions.{name}/status."""

    def __init__(self, account: StorageAccount, host_id: str, function: str) -> None:
        self._account = account
        self._blob: BlobClient = account.blobs.get_blob_client(
            HOSTS_CONTAINER, f"timers/{host_id}/Host.Functions.{function}/status"
        )
        self._writing: asyncio.Task[None] | None = None

    async def read(self) -> ScheduleStatus | None:
        """None if no run was ever recorded; waits while storage does not respond."""
        content = await repeat_until_success(self._download, f"reading {self._blob.blob_name}")
        try:
            return ScheduleStatus.from_json(json.loads(content)) if content else None
        except (ValueError, KeyError, TypeError) as error:
            log.warning("ignored the timer status in %s, which cannot be read: %s", self._blob.blob_name, error)
            return None

    async def _download(self) -> bytes | None:
        with self._account.availability.watch("blob"):
            try:
                return await (await self._blob.download_blob()).readall()
            except ResourceNotFoundError:
                return None

    async def write(self, status: ScheduleStatus) -> None:
        """Return once it is written, or after a moment: the timer goes on while storage does not respond."""
        if self._writing:
            self._writing.cancel()
        self._writing = asyncio.create_task(
            repeat_until_success(lambda: self._upload(status), f"writing {self._blob.blob_name}")
        )
        await asyncio.wait([self._writing], timeout=_MAX_WAIT)

    async def _upload(self, status: ScheduleStatus) -> None:
        content = json.dumps(status.to_json())
        with self._account.availability.watch("blob"):
            try:
                await self._blob.upload_blob(content, overwrite=True)
            except ResourceNotFoundError:
                await create_container(self._account.blobs.get_container_client(HOSTS_CONTAINER))
                await self._blob.upload_blob(content, overwrite=True)
