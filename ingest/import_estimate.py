"""What importing a folder takes, before anything is uploaded: photos, pixels, tokens and, where it is known, money."""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.context import IngestContext
from ingest.decoding.sniff import PHOTO_EXTENSIONS
from ingest.facts.sidecar_names import is_sidecar
from ingest.image import Limits, sha256_hex, size_of
from ingest.import_folder import list_files, reason_to_skip
from shared.errors import BadPhoto
from shared.model_reply import TokenUsage
from shared.prices import ANSWER_TOKENS, PROMPT_TOKENS, Price

EMBEDDED_TOKENS = 400  # of a photo's text, as docs/models.md says
USUAL = Price(0.0)  # of models whose price is not known: pictures are counted as by most that are


@dataclass(frozen=True)
class ImportEstimate:
    """
    What a folder takes at most, as photos may be described already.

    `photos` are files, `contents` those of them with other bytes than the rest: each is described once. `pixels` are
    those of the originals. `price` names an amount, and is empty where the price of a model is not known.
    """

    photos: int
    contents: int
    pixels: int
    input_tokens: int
    output_tokens: int
    embedded_tokens: int
    price: str = ""

    def __str__(self) -> str:
        copies = f" ({self.photos - self.contents:,} with the bytes of others)" if self.photos > self.contents else ""
        price = f": {self.price}" if self.price else ", whose price is not known (PRICES)"
        return (
            f"{self.photos:,} photos{copies} with {self.pixels / 1e6:,.1f} megapixels take at most "
            f"{self.contents:,} descriptions (about {self.input_tokens:,} tokens in, {self.output_tokens:,} out) and "
            f"embeddings of {self.embedded_tokens:,} tokens{price}"
        )


async def estimate_import(folder: Path, context: IngestContext) -> ImportEstimate:
    """Count what is in a folder; nothing leaves this machine."""
    settings, models = context.settings, context.models
    price = settings.prices.of(models.caption_model)
    sizes = dict[str, tuple[int, int]]()
    photos = pixels = 0
    for digest, size in await asyncio.to_thread(list, _read(folder, context.limits)):
        sizes[digest] = size
        photos += 1
        pixels += math.prod(size)
    pictures = sum((price or USUAL).picture_tokens(*_preview(size, settings.preview_side)) for size in sizes.values())
    count = len(sizes)
    described = TokenUsage(count * PROMPT_TOKENS + pictures, count * ANSWER_TOKENS)
    embedded = TokenUsage(count * EMBEDDED_TOKENS)
    embedding = settings.prices.of(models.embedding_model)
    cost = price.of(described, count) + embedding.of(embedded, count) if price and embedding else None
    amount = "" if cost is None else f"about {settings.prices.format(cost)} by prices of {settings.prices.dated}"
    return ImportEstimate(photos, count, pixels, described.prompt, described.completion, embedded.prompt, amount)


def _read(folder: Path, limits: Limits) -> Iterator[tuple[str, tuple[int, int]]]:
    """The digest of each photo, and its size in pixels; without what will not be one."""
    files = list_files(folder)
    pictures = {each.with_suffix("") for each in files if each.suffix.lower() in PHOTO_EXTENSIONS}
    for file in files:
        if is_sidecar(file.name) or reason_to_skip(file, pictures):
            continue
        try:
            data = file.read_bytes()
            yield sha256_hex(data), size_of(data, file.name, limits)
        except (BadPhoto, OSError):
            continue  # which the import says


def _preview(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size of the picture that the model sees."""
    share = min(1.0, side / max(size))
    width, height = (max(1, round(each * share)) for each in size)
    return width, height
