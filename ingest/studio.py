"""All that ingestion works with: the services, the limits, and what one process shares."""

from dataclasses import dataclass, field
from functools import cached_property

from ingest.describe import recipe
from ingest.gate import Gate
from ingest.image import Limits
from ingest.room import Room
from shared.descriptions import Descriptions
from shared.ledger import Ledger
from shared.models import Models
from shared.search import PhotoIndex
from shared.settings import Settings
from shared.storage import Storage


@dataclass
class Studio:
    """One for each process; `captions` and `embeddings` stand before the two models."""

    storage: Storage
    ledger: Ledger
    descriptions: Descriptions
    models: Models
    index: PhotoIndex
    settings: Settings
    captions: Gate = field(default_factory=Gate)
    embeddings: Gate = field(default_factory=Gate)

    @cached_property
    def reading(self) -> Room:
        """Bytes of files held in memory: a third of the budget, the rest is for pixels."""
        return Room(self.settings.memory_budget // 3)

    @cached_property
    def decoding(self) -> Room:
        """Bytes of pixels held in memory."""
        return Room(self.settings.memory_budget - self.settings.memory_budget // 3)

    @cached_property
    def limits(self) -> Limits:
        given = self.settings
        return Limits(
            pixels=given.max_photo_pixels,
            frames=given.max_photo_frames,
            memory=given.memory_budget * 3 // 2,
            preview_side=given.preview_side,
            thumbnail_side=given.thumbnail_side,
            location=given.store_location == "on",
        )

    @property
    def recipe(self) -> str:
        """What descriptions and vectors are made by; a photo with another one is out of date."""
        return recipe(self.models.caption_model, self.models.embedding_model, str(self.models.dimensions))
