"""What was asked of the models: one entry a call, for tests and benchmarks to read."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from local.models.api.pictures import Picture
from local.models.faults import On

KEPT = 20_000


@dataclass(eq=False)
class Entry:
    """One call; `status` is the HTTP status, 0 while none was sent; `seconds` until its end."""

    on: On
    model: str
    image_digests: list[str] = field(default_factory=list)
    image_sizes: list[list[int]] = field(default_factory=list)
    detail: list[str] = field(default_factory=list)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    status: int = 0
    usage: dict[str, object] | None = None
    seconds: float = 0.0
    cut_off: bool = False
    began: float = field(default_factory=time.monotonic)

    def show(self, pictures: list[Picture]) -> None:
        """Note the pictures of the call."""
        self.image_digests = [picture.digest for picture in pictures]
        self.image_sizes = [[picture.width, picture.height] for picture in pictures]
        self.detail = [picture.detail for picture in pictures]

    def body(self) -> dict[str, object]:
        """As `GET /__calls` shows it."""
        fields = asdict(self)
        del fields["began"]
        return fields


class Journal:
    """The last 20,000 finished calls, oldest first, and how many are under way."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._open: set[Entry] = set()

    @property
    def under_way(self) -> int:
        """How many calls have begun and not ended."""
        return len(self._open)

    def open(self, entry: Entry) -> None:
        """A call has begun."""
        self._open.add(entry)

    def close(self, entry: Entry) -> None:
        """A call has ended, one way or another; only the first time counts."""
        if entry not in self._open:
            return
        self._open.remove(entry)
        entry.seconds = round(time.monotonic() - entry.began, 4)
        self._entries.append(entry)

    def bodies(self) -> list[dict[str, object]]:
        """All finished calls."""
        return [entry.body() for entry in self._entries]

    def clear(self) -> None:
        """Forget the finished calls."""
        self._entries.clear()
