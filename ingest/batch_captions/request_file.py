"""The file of requests that a batch is made of: photos are read, prepared, and asked about once for the same bytes."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import IO

from ingest.caption_once import FOR_ALL_SUFFIX, lacking, may_share
from ingest.context import IngestContext
from ingest.describe import caption_request
from ingest.document import hints, hints_for_all
from ingest.reading import read_for_caption
from shared.errors import Permanent
from shared.models.batches import BatchApi, ModelBatches
from shared.prompt_text import PromptText
from shared.stores.caption_batches import OrderedCaption

MAX_PHOTOS = 1000  # in a batch; the server takes more, but a batch that fails as a whole should not cost a day of work
MAX_BYTES = 200_000_000  # in a file, by the rules of both OpenAI and Azure
AT_ONCE = 4  # photos that are prepared at once; the memory budget may allow fewer


@dataclass(frozen=True)
class PreparedCaption:
    """What the model is asked about one photo; or `needs_none`, as its description is kept, or nothing can be asked."""

    name: str
    digest: str = ""
    md5: str = ""  # in base64, if storage has it
    suffix: str | None = None
    preview: bytes = b""
    hints: PromptText | None = None
    hints_for_all: PromptText | None = None

    @property
    def needs_none(self) -> bool:
        return self.suffix is None


async def prepare_caption(name: str, context: IngestContext) -> PreparedCaption:
    """Read a photo as far as its caption needs it; what cannot be read, an ordinary attempt says why."""
    try:
        read = await read_for_caption(name, context)
    except (Permanent, MemoryError):
        return PreparedCaption(name)
    if read is None:
        return PreparedCaption(name)
    original, digest, image = read
    suffix = await lacking(digest, name, context)
    if suffix is None:
        return PreparedCaption(name, digest)
    md5 = original.md5 or ""
    for_all = hints_for_all(image, has_sidecars=bool(original.sidecar_digest))
    return PreparedCaption(name, digest, md5, suffix, image.preview, hints(name, image), for_all)


async def prepared(names: list[str], context: IngestContext) -> AsyncIterator[PreparedCaption]:
    """Photos in their order, a few prepared at once."""
    for start in range(0, len(names), AT_ONCE):
        for each in await asyncio.gather(*(prepare_caption(name, context) for name in names[start : start + AT_ONCE])):
            yield each


@dataclass
class RequestFile:
    """A file that grows up to what a batch may have; `captions` tell its requests, whose ids are their places there."""

    batches: ModelBatches
    context: IngestContext
    max_photos: int = MAX_PHOTOS
    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    captions: list[OrderedCaption] = field(default_factory=list)
    size: int = 0
    api: BatchApi = "chat"
    _places: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.captions) >= self.max_photos

    async def add(self, photo: PreparedCaption) -> bool:
        """Ask about a photo, once for the same bytes; False if there is no room for it."""
        assert photo.suffix is not None
        suffix = photo.suffix
        place = self._places.get((photo.digest, suffix))
        if (
            place is not None
            and not suffix
            and not await may_share(self.captions[place].path, photo.name, self.context)
        ):
            suffix = FOR_ALL_SUFFIX
            place = self._places.get((photo.digest, suffix))
        if place is not None:
            other = self.captions[place]
            self.captions[place] = replace(other, names=(*other.names, photo.name))
            return True
        return not self.is_full and self._write(photo, suffix)

    def _write(self, photo: PreparedCaption, suffix: str) -> bool:
        line = self._line(photo, suffix)
        if self.size + len(line) > MAX_BYTES:
            return False
        self.file.write(line)
        self.size += len(line)
        self._places[photo.digest, suffix] = len(self.captions)
        path = "" if suffix else photo.name
        caption = OrderedCaption(digest=photo.digest, md5=photo.md5, suffix=suffix, path=path, names=(photo.name,))
        self.captions.append(caption)
        return True

    def _line(self, photo: PreparedCaption, suffix: str) -> bytes:
        settings = self.context.settings
        told = photo.hints_for_all if suffix else photo.hints
        assert told is not None
        messages, options = caption_request(
            photo.preview,
            told,
            language=settings.caption_language,
            detail=settings.image_detail,
            temperature=settings.temperature,
        )
        models = self.context.models
        self.api, body = models.batch_request(messages, model=models.caption_model, **options)
        return self.batches.line(request_id(len(self.captions)), body, model=settings.batch_model, api=self.api)


def request_id(place: int) -> str:
    """The id of a request, by its place among the captions of a batch."""
    return f"photo-{place}"
