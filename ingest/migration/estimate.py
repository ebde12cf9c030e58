"""What a move takes, before it is begun: photos to copy, texts to embed, tokens and, where it is known, money."""

from dataclasses import dataclass

from ingest.refresh_estimate import CHARACTERS_PER_TOKEN, SAMPLE, price_of_tokens, text_length
from shared.embedded_index import EmbeddedIndex
from shared.prices import PriceList
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery


@dataclass(frozen=True)
class MigrationEstimate:
    """Photos in all and those that are still to be copied, of which so many are embedded; no caption is paid."""

    photos: int
    left: int
    embeddings: int
    tokens: int = 0
    price: str = ""

    def __str__(self) -> str:
        copied = f"{self.left:,} of {self.photos:,} photos are to be copied"
        if not self.embeddings:
            return f"{copied} with the vectors they have: no embeddings, and no captions"
        price = f", {self.price}" if self.price else ""
        return f"{copied} and embedded (about {self.tokens:,} tokens{price}), but no captions"


async def estimate_migration(
    source: PhotoIndex, target: PhotoIndex, *, by: tuple[EmbeddedIndex, EmbeddedIndex], prices: PriceList
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
    return MigrationEstimate(photos, left, left, tokens, price_of_tokens(tokens, other.name, prices))
