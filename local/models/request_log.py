"""The request log: one entry for each request, for tests and benchmarks to read."""

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from local.models.api.images import InputImage
from local.models.fault_injection import Operation

MAX_ENTRIES = 20_000


@dataclass(eq=False)
class RequestLogEntry:
    """One request: `status` is its HTTP status, 0 until one is sent; `seconds` is how long it took."""

    on: Operation
    model: str
    image_digests: list[str] = field(default_factory=list)
    image_sizes: list[list[int]] = field(default_factory=list)
    detail: list[str] = field(default_factory=list)
    texts: int = 0  # that were to be embedded
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    status: int = 0
    usage: dict[str, object] | None = None
    seconds: float = 0.0
    cut_off: bool = False
    started_at: float = field(default_factory=time.monotonic)

    def record_images(self, images: list[InputImage]) -> None:
        """Record the images of the request."""
        self.image_digests = [image.digest for image in images]
        self.image_sizes = [[image.width, image.height] for image in images]
        self.detail = [image.detail for image in images]

    def body(self) -> dict[str, object]:
        """The entry in `GET /__calls`."""
        fields = asdict(self)
        del fields["started_at"]
        return fields


class RequestLog:
    """The last 20,000 finished requests, oldest first, and the number in flight."""

    def __init__(self) -> None:
        self._entries: deque[RequestLogEntry] = deque(maxlen=MAX_ENTRIES)
        self._in_flight: set[RequestLogEntry] = set()

    @property
    def in_flight(self) -> int:
        """How many requests have begun and not finished."""
        return len(self._in_flight)

    def begin(self, entry: RequestLogEntry) -> None:
        """Record that a request has begun."""
        self._in_flight.add(entry)

    def finish(self, entry: RequestLogEntry) -> None:
        """Record that a request has finished. Only the first call for a request counts."""
        if entry not in self._in_flight:
            return
        self._in_flight.remove(entry)
        entry.seconds = round(time.monotonic() - entry.started_at, 4)
        self._entries.append(entry)

    def entries(self) -> list[dict[str, object]]:
        """All finished requests."""
        return [entry.body() for entry in self._entries]

    def clear(self) -> None:
        """Forget the finished requests."""
        self._entries.clear()
