"""
Which queue messages this host is processing, in a file that outlives a SIGKILL.

A message being processed is invisible to everyone for ten minutes. When the host
is killed, the next one finds the message's pop receipt here and returns it at once.
"""

import fcntl
import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InFlightMessage:
    """A message that an earlier host was processing when it ended."""

    queue_url: str
    message_id: str
    pop_receipt: str


class InFlightMessages:
    """
    An append-only file of lines; it isn't synced to disk, since only a crash of the process matters.

    Two hosts with the same id cannot both use it: the second one works without.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] | None = path.open("a+", encoding="utf-8")
        self.used_by_other_host = False
        self._has_failed = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            self._file, self.used_by_other_host = None, True

    @classmethod
    def of_host(cls, host_id: str, storage: str) -> Self:
        """The file of the host with this id on this storage."""
        folder = Path(tempfile.gettempdir()) / f"functions-host-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return cls(folder / f"{host_id}-{hashlib.sha256(storage.encode()).hexdigest()[:12]}.journal")

    def recover(self) -> list[InFlightMessage]:
        """What was being processed when the last host ended; afterwards the file holds nothing else."""
        if self._file is None:
            return []
        self._file.seek(0)
        pop_receipts: dict[tuple[str, str], str] = {}
        for line in self._file:
            _replay(line, pop_receipts)
        messages = [
            InFlightMessage(queue_url, message_id, receipt) for (queue_url, message_id), receipt in pop_receipts.items()
        ]
        self._file.truncate(0)
        for message in messages:
            self.add(message.queue_url, message.message_id, message.pop_receipt)
        return messages

    def add(self, queue_url: str, message_id: str, pop_receipt: str) -> None:
        """The message is ours until `remove`; called again whenever its pop receipt changes."""
        self._append([queue_url, message_id, pop_receipt])

    def remove(self, queue_url: str, message_id: str) -> None:
        self._append([queue_url, message_id])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _append(self, entry: list[str]) -> None:
        """A full disk must not end a listener; what cannot be written comes back later, as from the real host."""
        if self._file is None or self._file.closed:
            return
        try:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
        except OSError as error:
            if not self._has_failed:
                log.warning("cannot write down which messages are in progress: %s", error)
            self._has_failed = True


def _replay(line: str, pop_receipts: dict[tuple[str, str], str]) -> None:
    try:
        queue_url, message_id, *receipt = json.loads(line)
    except ValueError:
        return  # the line being written when the host was killed
    if receipt:
        pop_receipts[queue_url, message_id] = receipt[0]
    else:
        pop_receipts.pop((queue_url, message_id), None)
