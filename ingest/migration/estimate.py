"""What a move takes, before it is begun: photos to copy, texts to embed, tokens and, where it is known, money."""

from dataclasses import dataclass

from ingest.refresh_estimate import CHARACTERS_PER_TOKEN, PRICES, SAMPLE, text_length
from shared.embedded_index import EmbeddedIndex
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery


@dataclass(frozen=True)
class MigrationEstimate:
    """Photos in all and those that are still to be copied, of which so many are embedded; no caption is paid."""

    photos: int
    left: int
    embeddings: int
    tokens: int = 0
    dollars: float | None = None

    def __str__(self) -> str:
        copied = f"{self.left:,} of {self.photos:,} photos are to be copied"
        if not self.embeddings:
            return f"{copied} with the vectors they have: no embeddings, and no captions"
        price = "" if self.dollars is None else f", ${self.dollars:,.2f}"
        return f"{copied} and embedded (about {self.tokens:,} tokens{price}), but no captions"


async def estimate_migration(
    source: PhotoIndex, target: PhotoIndex, *, by: tuple[EmbeddedIndex, EmbeddedIndex]
) -> MigrationEstimate:
    """What filling the target takes, or going on with it where it was begun."""
    one, other = (each.embedding for each in by)
    photos = await source.count()
    done = await target.count(f"embedding_recipe eq '{other.recipe}'") if await target.exists() else 0
    left = max(photos - done, 0)
    if one == other:
        return MigrationEstimate(photos, left, 0)
    sample = [hit.photo for hit in (await source.search(IndexQuery(top=SAMPLE, order_by=("id",)))).hits]
    tokens = left * sum(map(text_length, sample)) // (CHARACTERS_PER_TOKEN * max(1, len(sample)))
    price = PRICES.get(other.name)
    return MigrationEstimate(photos, left, left, tokens, None if price is None else tokens * price / 1_000_000)
