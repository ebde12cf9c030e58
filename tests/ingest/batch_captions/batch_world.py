"""A world of fakes around real batches: the real SDKs, the models' stand-in and Azurite; the rest lives in memory."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azure.storage.blob.aio import BlobServiceClient

from ingest.batch_captions.answers import tend_batches
from ingest.batch_captions.missing import hold_missing
from ingest.batch_captions.run import BatchRun
from ingest.context import IngestContext
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from shared.stores.caption_batches import CaptionBatch, CaptionBatches
from shared.stores.spending_page import Spending
from tests.ingest.fakes import Fakes
from tests.local.models.stand_in import ModelStandIn
from tests.machine import eventually

DEPLOYMENT = "stand-in-vision-batch"
NAMES = [f"{number:02}.jpg" for number in range(12)]


class Killed(BaseException):
    """The process ends here."""


@dataclass
class BatchWorld:
    """Fakes around a real batch, and what a run says."""

    fakes: Fakes
    stand_in: ModelStandIn
    store: CaptionBatches
    account: BlobServiceClient
    said: list[str] = field(default_factory=list)

    @property
    def context(self) -> IngestContext:
        return self.fakes.context

    async def run(self, names: list[str], **options: Any) -> None:
        await BatchRun(self.context, self.said.append, lambda _: None, **options).run(names)

    async def backlog(self) -> None:
        """What `reconcile --batch` does."""
        names = await hold_missing(self.context)
        await reconcile(self.context, grace=timedelta())
        await self.run(names, holds=True)

    async def work_off(self) -> None:
        """Make the attempts that are queued."""
        tickets, self.fakes.tickets.sent = self.fakes.tickets.sent, []
        for ticket, _ in tickets:
            if await ingest(ticket.name, self.context):
                await self.context.failures.clear(ticket.id)

    def calls(self, on: str) -> int:
        return [each["on"] for each in self.stand_in.logged_requests()].count(on)

    def spent(self) -> Spending:
        return sum(self.fakes.spending.days.values(), Spending())

    async def until_ended(self, *, tends: bool = True) -> None:
        """Wait until the server is done with every batch and, as the timer does, take the answers."""
        batches: Any = self.context.model_batches

        async def assert_ended() -> None:
            if tends:
                await tend_batches(self.context)
                assert not [each for each in await self.store.all() if each.is_open]
            for each in await self.store.all():
                assert (await batches.progress(each.batch_id)).has_ended

        await eventually(assert_ended, timeout=45)

    async def ended(self) -> list[CaptionBatch]:
        return [each for each in await self.store.all() if each.result]

    def assert_searchable(self, names: list[str]) -> None:
        assert {each.path for each in self.fakes.index.photos.values()} == set(names)
        assert {each.recipe for each in self.fakes.index.photos.values()} == {self.context.recipe}
        assert not self.fakes.failures.records
