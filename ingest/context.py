"""All that ingestion works with: the services, the limits, and what one process shares."""

from dataclasses import dataclass, field
from functools import cache, cached_property

from ingest.cached_count import CachedCount
from ingest.describe import recipe
from ingest.image import Limits
from ingest.throttle import Throttle
from ingest.weighted_semaphore import WeightedSemaphore
from shared.models import Models
from shared.search.index import PhotoIndex
from shared.services import services
from shared.settings import Settings
from shared.storage import Storage
from shared.stores.descriptions import Descriptions
from shared.stores.failures import FailureRecords
from shared.stores.spending import SpendingCounter
from shared.stores.tickets import TicketQueue


@dataclass
class IngestContext:
    """One for each process; the throttles stand before the two models."""

    storage: Storage
    tickets: TicketQueue
    failures: FailureRecords
    spending: SpendingCounter
    descriptions: Descriptions
    models: Models
    index: PhotoIndex
    settings: Settings
    caption_throttle: Throttle = field(default_factory=Throttle)
    embedding_throttle: Throttle = field(default_factory=Throttle)
    original_count: CachedCount = field(default_factory=CachedCount)

    @cached_property
    def read_memory(self) -> WeightedSemaphore:
        """Bytes of files held in memory: a third of the budget, the rest is for pixels."""
        return WeightedSemaphore(self.settings.memory_budget // 3)

    @cached_property
    def decode_memory(self) -> WeightedSemaphore:
        """Bytes of pixels held in memory."""
        return WeightedSemaphore(self.settings.memory_budget - self.settings.memory_budget // 3)

    @cached_property
    def limits(self) -> Limits:
        settings = self.settings
        return Limits(
            pixels=settings.max_photo_pixels,
            frames=settings.max_photo_frames,
            memory=settings.memory_budget * 3 // 2,
            preview_side=settings.preview_side,
            thumbnail_side=settings.thumbnail_side,
            location=settings.store_location,
        )

    @property
    def recipe(self) -> str:
        """What descriptions and vectors are made by; a photo with another one is out of date."""
        return recipe(self.models.caption_model, self.models.embedding_model, str(self.models.dimensions))


@cache
def ingest_context() -> IngestContext:
    """The context of this process."""
    wired = services()
    return IngestContext(
        storage=wired.storage,
        tickets=wired.tickets,
        failures=wired.failures,
        spending=wired.spending,
        descriptions=wired.descriptions,
        models=wired.models,
        index=wired.index,
        settings=wired.settings,
    )
