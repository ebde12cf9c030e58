"""What the doors of ingestion answer: the one side gives it, the other describes it to clients."""

from typing import Literal

from typing_extensions import TypedDict

MOST_LISTED = 1000  # failures in one answer
MOST_SKIPPED = 1_000_000


class Uploaded(TypedDict):
    """An original that is in the container now and waits to be made searchable."""

    id: str
    path: str
    size_bytes: int
    etag: str
    state: Literal["waiting"]


class Deleted(TypedDict):
    """An original that is gone, with all that was made of it."""

    id: str
    path: str
    state: Literal["deleted"]


class Status(TypedDict):
    """How many photos are in which state, and what was spent today (UTC); no cap is 0 captions per day."""

    indexed: int
    waiting: int
    retrying: int
    failed: int
    captions_today: int
    captions_per_day: int
    tokens_today: int


class Retried(TypedDict):
    """How many photos are being tried again."""

    retried: int
