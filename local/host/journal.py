"""
Which queue messages this host is working on, in a file that outlives a SIGKILL.

A message being processed is invisible to everybody for ten minutes. When the host
is killed, the next one finds the message's receipt here and gives it back at once.
"""

import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Held:
    """A message some earlier host held when it ended."""

    queue: str
    message_id: str
    pop_receipt: str


class Journal:
    """
    Append-only lines; not synced to disk, as only a crash of the process matters.

    Two hosts with one id cannot both use it: the second works without.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] | None = path.open("a+", encoding="utf-8")
        self.shared = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            self._file, self.shared = None, True

    @classmethod
    def of_host(cls, host_id: str, storage: str) -> "Journal":
        """The journal of the host with this id on this storage."""
        folder = Path(tempfile.gettempdir()) / f"functions-host-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return cls(folder / f"{host_id}-{hashlib.sha256(storage.encode()).hexdigest()[:12]}.journal")

    def recover(self) -> list[Held]:
        """What was held when the last host ended; the file then holds just that."""
        if self._file is None:
            return []
        self._file.seek(0)
        held: dict[tuple[str, str], str] = {}
        for line in self._file:
            _replay(line, held)
        left = [Held(queue, message, receipt) for (queue, message), receipt in held.items()]
        self._file.truncate(0)
        for message in left:
            self.hold(message.queue, message.message_id, message.pop_receipt)
        return left

    def hold(self, queue: str, message_id: str, pop_receipt: str) -> None:
        """The message is ours until `release`; called again when its receipt changes."""
        self._write([queue, message_id, pop_receipt])

    def release(self, queue: str, message_id: str) -> None:
        self._write([queue, message_id])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, entry: list[str]) -> None:
        if self._file is not None and not self._file.closed:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()


def _replay(line: str, held: dict[tuple[str, str], str]) -> None:
    try:
        queue, message, *receipt = json.loads(line)
    except ValueError:
        return  # the line the host was killed in
    if receipt:
        held[queue, message] = receipt[0]
    else:
        held.pop((queue, message), None)
