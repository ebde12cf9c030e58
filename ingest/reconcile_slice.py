"""A slice of a comparison of container and index: as much as fits into the time that a function has."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta

from ingest.backlog import Backlog
from ingest.checkpoint import Checkpoint
from ingest.context import IngestContext
from shared.photo import utc
from shared.stores.reconcile_rounds import HeldRounds, ReconcileRound

WRITE_EVERY = 5.0  # seconds between two notes of how far it is: what a kill has done again
UNSAID = {"oldest", "indexed"}  # by the report as a line


@dataclass
class ReconcileReport:
    """
    Counts: originals, those not indexed or changed since, documents without an original, and what became of them.

    `refreshing` are documents of an older version that are queued to be read again.
    """

    originals: int = 0
    missing: int = 0
    changed: int = 0
    orphaned: int = 0
    failing: int = 0
    fresh: int = 0
    queued: int = 0
    postponed: int = 0
    refreshing: int = 0
    indexed: int = field(default=0, compare=False)  # of the originals
    oldest: float = field(default=0.0, compare=False)  # seconds since the oldest that is waiting was written

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items() if name not in UNSAID)

    @classmethod
    def of(cls, counts: Mapping[str, float]) -> "ReconcileReport":
        """The report with these counts, as far as it has them."""
        report = cls()
        for each in fields(cls):
            count = counts.get(each.name, 0)
            setattr(report, each.name, count if each.name == "oldest" else int(count))
        return report


class SliceEnded(Exception):
    """The time of a slice is over, and how far it came is written down."""


class Slice(Checkpoint):
    """A slice of a round, from where the round is on; without `held` it is all of it, and nothing is written down."""

    def __init__(
        self,
        round_: ReconcileRound,
        context: IngestContext,
        *,
        backlog: Backlog,
        grace: timedelta,
        until: float = float("inf"),
        held: HeldRounds | None = None,
    ) -> None:
        """`until` is when it is over, by the monotonic clock. Photos younger than `grace` are left alone."""
        self.round = round_
        self.context = context
        self.busy = backlog.busy
        self.grace = backlog.grace(grace)
        self.report = ReconcileReport.of(round_.counts)
        self._until = until
        self._held = held
        self._written_at = time.monotonic()

    @property
    def cursor(self) -> str:  # type: ignore[override]
        """How far the step has come."""
        return self.round.cursor

    @property
    def seconds_left(self) -> float:
        return self._until - time.monotonic()

    def is_known(self, modified: datetime) -> bool:
        """Whether a photo written then was on its way to nobody when the round began: what waits now is younger."""
        return bool(self.round.known_until) and modified < datetime.fromisoformat(self.round.known_until)

    async def enter(self, step: str) -> None:
        """Begin a step, or go on with it; SliceEnded if there is no time for one that is still to begin."""
        if step != self.round.step:
            await self._advance(replace(self.round, step=step, cursor=""))

    async def reached(self, cursor: str) -> None:
        """Note how far the step has come; SliceEnded when time is over."""
        await self._advance(replace(self.round, cursor=cursor))

    async def _advance(self, round_: ReconcileRound) -> None:
        self.round = replace(round_, counts=asdict(self.report))
        is_over = self.seconds_left <= 0
        if self._held and (is_over or time.monotonic() - self._written_at >= WRITE_EVERY):
            await self._held.write(replace(self._held.record, current=self.round))
            self._written_at = time.monotonic()
        if is_over:
            raise SliceEnded

    async def end(self) -> None:
        """Note that the round has come to its end."""
        ended = replace(self.round, counts=asdict(self.report), cursor="", ended_at=utc(datetime.now(UTC)))
        if self._held:
            await self._held.write(replace(self._held.record, current=None, last=ended))
