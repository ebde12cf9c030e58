"""The vectors that are compared with those of pictures: of the words of a search, or of a picture in their place."""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shared import telemetry
from shared.errors import BadRequest, PhotoError
from shared.log_text import error_label

if TYPE_CHECKING:
    from shared.models.image_embeddings import ImageModel

log = logging.getLogger(__name__)

Vectors = OrderedDict[str, list[float]]

MAX_CACHED = 512  # pages, facets and follow-ups embed the same words, or the same picture, again
PAUSE = 60.0  # seconds for which a model that failed is not asked about words
NO_IMAGE_MODEL = (
    "this app cannot search by a picture: set IMAGE_EMBEDDING_MODEL and IMAGE_EMBEDDING_ENDPOINT to a model that "
    "embeds pictures"
)


class ImageVectors:
    """Vectors in the space of the pictures; without a model there are none."""

    def __init__(self, model: "ImageModel | None" = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._clock = clock
        self._paused_until = float("-inf")
        self._of_words: Vectors = OrderedDict()
        self._of_pictures: Vectors = OrderedDict()  # by their digests

    @property
    def recipe(self) -> str:
        """What makes the vectors, as photos have it; empty where nothing does."""
        return self._model.recipe if self._model else ""

    async def of_picture(self, jpeg: bytes) -> list[float]:
        """The vector of a picture; BadRequest where no model embeds pictures."""
        model, key = self.require(), hashlib.sha256(jpeg).hexdigest()
        if key not in self._of_pictures:
            with telemetry.spending_for("search"):
                self._keep(self._of_pictures, key, await model.embed_image(jpeg))
        self._of_pictures.move_to_end(key)
        return self._of_pictures[key]

    def require(self) -> "ImageModel":
        """The model; BadRequest says how to get one."""
        if self._model is None:
            raise BadRequest(NO_IMAGE_MODEL, code="no_image_model")
        return self._model

    async def of_words(self, words: str) -> Sequence[float] | None:
        """The vector of words; None where the model embeds pictures only or fails, as search works without."""
        if self._model is None or self._clock() < self._paused_until:
            return None
        if words not in self._of_words:
            try:
                with telemetry.spending_for("search"):
                    vector = await self._model.embed_text(words)
            except PhotoError as error:
                self._paused_until = self._clock() + PAUSE
                log.warning("searching without the vectors of pictures: %s", error_label(error))
                return None
            if vector is None:
                return None
            self._keep(self._of_words, words, vector)
        self._of_words.move_to_end(words)
        return self._of_words[words]

    def _keep(self, vectors: Vectors, key: str, vector: list[float]) -> None:
        vectors[key] = vector
        while len(vectors) > MAX_CACHED:
            vectors.popitem(last=False)
