"""When a timer ran last and is due next, stored in a blob so that it outlives the host."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobClient

from local.host.connections import StorageAccount
from local.host.storage_errors import STORAGE_ERRORS
from local.host.storage_operations import HOSTS_CONTAINER, create_container


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

    async def read(self) -> ScheduleStatus | None:
        """None if no run was ever recorded; waits while storage does not respond."""
        pause = 1.0
        while True:
            try:
                content = await (await self._blob.download_blob()).readall()
                return ScheduleStatus.from_json(json.loads(content))
            except (ResourceNotFoundError, ValueError, KeyError, TypeError):
                return None
            except STORAGE_ERRORS as error:
                self._account.availability.record_failure("blob", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    async def write(self, status: ScheduleStatus) -> None:
        """If this fails, it is only logged: the timer itself goes on."""
        content = json.dumps(status.to_json())
        try:
            try:
                await self._blob.upload_blob(content, overwrite=True)
            except ResourceNotFoundError:
                await create_container(self._account.blobs.get_container_client(HOSTS_CONTAINER))
                await self._blob.upload_blob(content, overwrite=True)
        except STORAGE_ERRORS as error:
            self._account.availability.record_failure("blob", error)
