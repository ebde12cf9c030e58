"""What a refresh takes, before it is begun: photos to read, bytes, embeddings, tokens and, where it is known, money."""

from dataclasses import dataclass, replace
from itertools import chain

from ingest.context import IngestContext
from ingest.versions import image_vector_filter, outdated_filter
from shared.model_reply import TokenUsage
from shared.photo import Photo
from shared.prices import PriceList

SAMPLE = 20  # documents whose texts are measured; they are much alike
CHARACTERS_PER_TOKEN = 4  # of English, by OpenAI's rule of thumb


@dataclass(frozen=True)
class RefreshEstimate:
    """Documents of an older version among all, and the most that reading them again takes; no caption is paid."""

    outdated: int = 0
    total: int = 0
    size_bytes: int = 0
    tokens: int = 0
    price: str = ""  # of the embeddings, where it is known
    texts: int | None = None  # that may have to be embedded again; None: all that are out of date
    pictures: int = 0  # that the image model in use has not embedded

    def __str__(self) -> str:
        price = f", {self.price}" if self.price else ""
        pictures = f" and {self.pictures:,} of pictures" if self.pictures else ""
        texts = self.outdated if self.texts is None else self.texts
        embeddings = f"at most {texts:,} embeddings (about {self.tokens:,} tokens{price}){pictures}"
        return (
            f"{self.outdated:,} of {self.total:,} photos are out of date; reading them again takes {self.size_bytes:,} "
            f"bytes from storage and {embeddings}, but no captions"
        )


async def estimate_refresh(context: IngestContext) -> RefreshEstimate:
    """What refreshing everything takes at most; only photos whose text has changed are really embedded again."""
    outdated = size_bytes = 0
    sample: list[int] = []
    recipes = context.vector_recipes
    async for entry in context.index.walk(outdated_filter(recipes)):
        outdated += 1
        size_bytes += entry.size_bytes
        if len(sample) < SAMPLE and (photo := await context.index.get(entry.id)):
            sample.append(text_length(photo))
    texts = await context.index.count(outdated_filter(replace(recipes, image=""))) if recipes.image else None
    tokens = (outdated if texts is None else texts) * sum(sample) // (CHARACTERS_PER_TOKEN * max(1, len(sample)))
    return RefreshEstimate(
        outdated=outdated,
        total=await context.index.count(),
        size_bytes=size_bytes,
        tokens=tokens,
        texts=texts,
        pictures=await context.index.count(image_vector_filter(recipes)) if recipes.image else 0,
        price=price_of_tokens(tokens, context.models.embedding_model, context.settings.prices),
    )


def price_of_tokens(tokens: int, model: str, prices: PriceList) -> str:
    """What so many tokens of text cost, for a person, with the date of the price; empty where it is not known."""
    cost = prices.cost(model, TokenUsage(tokens))
    return "" if cost is None else f"about {prices.format(cost)} by prices of {prices.dated}"


def text_length(photo: Photo) -> int:
    """About how many characters of a photo are embedded."""
    texts = (photo.title, photo.caption, photo.embedded_title, photo.embedded_description, photo.text_in_photo)
    return sum(len(text) for text in chain(texts, photo.tags, photo.keywords, (photo.city, photo.country)))
