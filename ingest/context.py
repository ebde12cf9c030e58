"""What ingestion works with: the services, the limits, and what is shared within one process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING

from ingest.arrivals import Arrivals
from ingest.cached_count import CachedCount, OriginalCount
from ingest.describe import recipe
from ingest.image import Limits
from ingest.novelty import Novelty
from ingest.recent_uploads import RecentUploads
from ingest.throttle import Throttle
from ingest.versions import VectorRecipes
from ingest.weighted_semaphore import WeightedSemaphore
from shared import telemetry
from shared.access.audit import record
from shared.access.caller import APP, Caller
from shared.batched_calls import BatchedCalls
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import question_key
from shared.edited_documents import EditedDocuments
from shared.embedding_model import EmbeddingModel, TextVector, embedding_of
from shared.models import Models
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.live_index import LiveIndex
from shared.services import services
from shared.settings import Settings
from shared.storage import Storage
from shared.stores.audit import AuditAction, AuditLog
from shared.stores.budget import DayBudget
from shared.stores.caption_batches import CaptionBatches
from shared.stores.catalogue import CatalogueStore
from shared.stores.collections import Collections
from shared.stores.descriptions import Descriptions
from shared.stores.edits import Edits
from shared.stores.exports import Exports
from shared.stores.failures import FailureRecords
from shared.stores.feedback import FeedbackLog
from shared.stores.host_queues import HostQueues
from shared.stores.jobs import JobQueue, Jobs
from shared.stores.limitations import Limitations
from shared.stores.moves import Moves
from shared.stores.proposals import Proposals
from shared.stores.reconcile_rounds import ReconcileRounds
from shared.stores.shares import Shares
from shared.stores.spending import SpendingCounter
from shared.stores.tickets import TicketQueue
from shared.stores.trash import Trash
from shared.stores.usage import UsageLedger

if TYPE_CHECKING:
    from shared.models.batches import ModelBatches
    from shared.models.image_embeddings import ImageModel

EMBEDDED_TOGETHER = 64  # texts in one request, of photos that are described at the same time


@dataclass
class IngestContext:
    """There is one in each process. Every call to a model goes through its throttle."""

    storage: Storage
    tickets: TicketQueue
    upload_tickets: TicketQueue
    refresh_tickets: TicketQueue
    host_queues: HostQueues
    failures: FailureRecords
    spending: SpendingCounter
    descriptions: Descriptions
    limitations: Limitations
    edits: Edits
    feedback: FeedbackLog
    moves: Moves
    trash: Trash
    collections: Collections
    jobs: Jobs
    exports: Exports
    job_queue: JobQueue
    proposals: Proposals
    shares: Shares
    models: Models
    model_batches: "ModelBatches"
    caption_batches: CaptionBatches
    index: PhotoIndex
    settings: Settings
    audit: AuditLog | None = None
    catalogue: CatalogueStore | None = None  # where the library's own fields are defined, if anywhere
    live_index: LiveIndex | None = None  # the same as `index`, where the library can move
    image_model: "ImageModel | None" = None
    usage: UsageLedger | None = None
    budget: DayBudget | None = None
    rounds: ReconcileRounds | None = None  # where it is written down how far reconcile is
    caption_throttle: Throttle = field(default_factory=Throttle)
    embedding_throttle: Throttle = field(default_factory=Throttle)
    image_throttle: Throttle = field(default_factory=Throttle)
    original_count: CachedCount[OriginalCount] = field(default_factory=CachedCount)
    arrivals: Arrivals = field(default_factory=Arrivals)
    recent_uploads: RecentUploads = field(default_factory=RecentUploads)
    novelty: Novelty = field(default_factory=Novelty)

    @cached_property
    def read_memory(self) -> WeightedSemaphore:
        """Limits the bytes of files in memory to a third of the budget; the rest is for pixels."""
        return WeightedSemaphore(self.settings.memory_budget // 3)

    @cached_property
    def decode_memory(self) -> WeightedSemaphore:
        """Limits the bytes of pixels in memory."""
        return WeightedSemaphore(self.settings.memory_budget - self.settings.memory_budget // 3)

    @cached_property
    def large_pictures(self) -> asyncio.Semaphore:
        """Limits how many large pictures are made at once, however many people look closer."""
        return asyncio.Semaphore(2)

    @cached_property
    def limits(self) -> Limits:
        """What is refused, and how large the derived pictures are."""
        settings = self.settings
        return Limits(
            pixels=settings.max_photo_pixels,
            frames=settings.max_photo_frames,
            memory=settings.memory_budget * 3 // 2,
            preview_side=settings.preview_side,
            thumbnail_side=settings.thumbnail_side,
            location=settings.store_location,
        )

    @cached_property
    def edited_documents(self) -> EditedDocuments:
        """What brings documents in line with edits; its tickets have a photo read again."""
        return EditedDocuments(self.edits, self.index, self.tickets, self.embed)

    async def embed(self, texts: Sequence[str]) -> list[TextVector]:
        """The vectors of texts, as slowly as the model wants."""

        async def embed() -> list[TextVector]:
            recipe = self.embedding_recipe  # of the model that is asked at once, before it can change
            return [TextVector(each, recipe) for each in await self.models.embed(texts)]

        with telemetry.spending_for("embedding"):
            return await self.embedding_throttle.call(embed)

    async def embed_one(self, text: str) -> TextVector:
        """The vector of a text, in one call with those of others that are asked for at the same time."""
        return await self._embeddings(text)

    @cached_property
    def _embeddings(self) -> BatchedCalls[str, TextVector]:
        return BatchedCalls(self._embed_together, most=EMBEDDED_TOGETHER)

    async def _embed_together(self, texts: Sequence[str]) -> list[TextVector]:
        """Those of several photos count as the app's: they may be several people's."""
        if len(texts) == 1:
            return await self.embed(texts)
        with telemetry.spending_of(APP.identity):
            return await self.embed(texts)

    async def write_down(
        self,
        action: AuditAction,
        photos: Sequence[str] = (),
        *,
        about: str = "",
        count: int = 0,
        caller: Caller | None = None,
    ) -> None:
        """Say in the audit log what a command or the app, or this caller, has done."""
        if self.audit is not None:
            await record(action, photos, about=about, count=count, caller=caller, store=self.audit)

    async def merge_usage(self) -> None:
        """Put what was counted on days that are over together."""
        if self.usage is not None:
            await self.usage.merge_old_days()

    async def sweep_audit(self) -> None:
        """Forget what was written down AUDIT_DAYS ago."""
        if self.audit is not None:
            await self.audit.delete_before(datetime.now(UTC).date() - timedelta(days=self.settings.audit_days))

    @property
    def recipe(self) -> str:
        """Identifies what makes descriptions; a photo that another one described is out of date."""
        return self._recipe_of(None)

    @property
    def former_recipes(self) -> tuple[str, ...]:
        """What the last release called what describes today, as it counted the embedding model in."""
        record = self.live_index.record if self.live_index else None
        others = [*record.known.all, record.configured] if record else []
        embeddings = [embedding_of(self.models), *(each.embedding for each in others)]
        return tuple(map(self._recipe_of, dict.fromkeys(embeddings)))

    def _recipe_of(self, embedding: EmbeddingModel | None) -> str:
        return recipe(
            self.models.caption_model,
            language=self.settings.caption_language,
            questions=question_key(catalogue(), vocabulary()),
            embedding=embedding,
        )

    def current_recipe(self, recipe: str) -> str:
        """The recipe, by the name of today if it is the one in use."""
        return self.recipe if self.is_current(recipe) else recipe

    def is_current(self, recipe: str) -> bool:
        """Whether photos of this recipe are described as they would be today."""
        return recipe == self.recipe or recipe in self.former_recipes

    @property
    def embedding_recipe(self) -> str:
        """Identifies what makes the vectors of texts."""
        return embedding_of(self.models).recipe

    def is_embedded(self, photo: Photo) -> bool:
        """Whether a document has a vector by the embedding model in use; its text may have changed since."""
        if photo.embedding_recipe:
            return photo.embedding_recipe == self.embedding_recipe
        return photo.recipe == self._recipe_of(embedding_of(self.models))  # of the last release

    async def know_fields(self, version: str = "") -> None:
        """
        Know what the library wants to know of its photos; Transient where that has never been read.

        `version` is that of the definitions by which something was queued: older ones are read again at once.
        """
        if self.catalogue:
            await self.catalogue.follow(version)

    async def know_rules(self, *, since: float | None = None) -> None:
        """
        Know who sees which photos by the rules as they are stored now, before a document says so.

        Another instance may have changed them a moment ago, and shows a document of earlier ones to admins alone. A
        photo can wait, so storage may take as long as for anything else. What was read `since` a moment of
        `time.monotonic` will do, which is now if none is given.
        """
        if self.catalogue:
            await self.catalogue.access.read(patience={}, since=since)

    @property
    def vector_recipes(self) -> VectorRecipes:
        """Identify what makes all vectors."""
        return VectorRecipes(text=self.embedding_recipe, image=self.image_recipe)

    @property
    def image_recipe(self) -> str:
        """Identifies what makes the vectors of pictures; empty where nothing does."""
        return self.image_model.recipe if self.image_model else ""


@cache
def ingest_context() -> IngestContext:
    """The context of this process."""
    clients = services()
    return IngestContext(
        storage=clients.storage,
        tickets=clients.tickets,
        upload_tickets=clients.upload_tickets,
        refresh_tickets=clients.refresh_tickets,
        host_queues=clients.host_queues,
        failures=clients.failures,
        spending=clients.spending,
        descriptions=clients.descriptions,
        limitations=clients.limitations,
        edits=clients.edits,
        feedback=clients.feedback,
        moves=clients.moves,
        trash=clients.trash,
        collections=clients.collections,
        jobs=clients.jobs,
        exports=clients.exports,
        job_queue=clients.job_queue,
        proposals=clients.proposals,
        shares=clients.shares,
        models=clients.models,
        model_batches=clients.model_batches,
        caption_batches=clients.caption_batches,
        index=clients.index,
        settings=clients.settings,
        audit=clients.audit,
        catalogue=clients.catalogue,
        live_index=clients.live_index,
        image_model=clients.image_model,
        usage=clients.usage,
        budget=clients.budget,
        rounds=clients.rounds,
    )
