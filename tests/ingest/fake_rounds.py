"""How far reconcile is, in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from shared.stores.reconcile_rounds import RECORD, ReconcileRecord
from tests.ingest.fakes import Fakes


@dataclass
class FakeRounds:
    """The record as it was written last; one at a time may change it."""

    record: ReconcileRecord = field(default_factory=ReconcileRecord)
    is_held: bool = False
    writes: int = 0

    async def read(self) -> ReconcileRecord:
        return self.record

    async def write(self, record: ReconcileRecord) -> None:
        self.writes += 1
        self.record = RECORD.validate_json(RECORD.dump_json(record))

    @asynccontextmanager
    async def hold(self) -> AsyncIterator["FakeRounds | None"]:
        if self.is_held:
            yield None
            return
        self.is_held = True
        try:
            yield self
        finally:
            self.is_held = False


def with_rounds(world: Fakes) -> FakeRounds:
    rounds = FakeRounds()
    world.context.rounds = cast(Any, rounds)
    return rounds
