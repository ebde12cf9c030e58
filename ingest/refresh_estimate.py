"""What a refresh takes, before it is begun: photos to read, bytes, embeddings, tokens and, where it is known, money."""

from dataclasses import dataclass
from itertools import chain

from ingest.context import IngestContext
from ingest.versions import outdated_filter
from shared.photo import Photo

SAMPLE = 20  # documents whose texts are measured; they are much alike
CHARACTERS_PER_TOKEN = 4  # of English, by OpenAI's rule of thumb
# Dollars for a million tokens by OpenAI's list of 2026. A deployment on Azure may have any other name.
PRICES = {"text-embedding-3-small": 0.02, "text-embedding-3-large": 0.13, "text-embedding-ada-002": 0.10}


@dataclass(frozen=True)
class RefreshEstimate:
    """Documents of an older version among all, and the most that reading them again takes; no caption is paid."""

    outdated: int = 0
    total: int = 0
    size_bytes: int = 0
    tokens: int = 0
    dollars: float | None = None

    def __str__(self) -> str:
        price = "" if self.dollars is None else f", ${self.dollars:,.2f}"
        return (
            f"{self.outdated:,} of {self.total:,} photos are out of date; reading them again takes {self.size_bytes:,} "
            f"bytes from storage and at most {self.outdated:,} embeddings (about {self.tokens:,} tokens{price}), "
            "but no captions"
        )


async def estimate_refresh(context: IngestContext) -> RefreshEstimate:
    """What refreshing everything takes at most; only photos whose text has changed are really embedded again."""
    outdated = size_bytes = 0
    sample: list[int] = []
    async for entry in context.index.walk(outdated_filter()):
        outdated += 1
        size_bytes += entry.size_bytes
        if len(sample) < SAMPLE and (photo := await context.index.get(entry.id)):
            sample.append(_length(photo))
    tokens = outdated * sum(sample) // (CHARACTERS_PER_TOKEN * max(1, len(sample)))
    price = PRICES.get(context.models.embedding_model)
    return RefreshEstimate(
        outdated=outdated,
        total=await context.index.count(),
        size_bytes=size_bytes,
        tokens=tokens,
        dollars=None if price is None else tokens * price / 1_000_000,
    )


def _length(photo: Photo) -> int:
    """About how many characters of a photo are embedded."""
    texts = (photo.title, photo.caption, photo.embedded_title, photo.embedded_description, photo.text_in_photo)
    return sum(len(text) for text in chain(texts, photo.tags, photo.keywords, (photo.city, photo.country)))
