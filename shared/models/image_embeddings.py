"""The model that embeds pictures and, if it can, texts in the same space: one adapter for every format."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import openai
from openai import AsyncOpenAI

from shared.errors import BadReply, Outage, PhotoError, Transient
from shared.model_reply import TokenUsage
from shared.models.errors import read_refusal, to_photo_error
from shared.models.image_formats import ImageFormat, VectorRequest
from shared.models.request import adapt
from shared.models.wire import http_client
from shared.models.workarounds import Refusal, WorkaroundMemory, find_workaround
from shared.telemetry.model_call import CallCounter, recorded

log = logging.getLogger(__name__)

TEXT_PAUSE = 3600.0  # seconds until a model that embeds no text is asked again: the deployment may get another
MAX_REFUSALS = 4  # of fields, in one call
BYTES = {"Content-Type": "application/octet-stream"}


class ImageModel:
    """Create it once; it learns what its server refuses, and whether its model embeds texts."""

    def __init__(
        self,
        url: str,
        wire: ImageFormat,
        *,
        key: str | None = None,
        token: Callable[[], Awaitable[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        ledger: CallCounter | None = None,
    ) -> None:
        credential: Any = key or token
        self._client = AsyncOpenAI(
            base_url=url,
            api_key=credential,
            default_query=wire.query,
            http_client=http_client(),
            max_retries=0,  # tickets are tried again later
        )
        self._headers = {name: value or openai.Omit() for name, value in wire.headers(key).items()}
        self._wire = wire
        self._ledger = ledger
        self._memory = WorkaroundMemory(clock)
        self._clock = clock
        self._no_text_until = float("-inf")

    @property
    def name(self) -> str:
        return self._wire.model

    @property
    def dimensions(self) -> int:
        return self._wire.dimensions

    @property
    def recipe(self) -> str:
        """What made a vector, in hex: vectors of another model, or of another length, cannot be compared with it."""
        parts = (type(self._wire).__name__, self._wire.model, str(self._wire.dimensions))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @property
    def embeds_text(self) -> bool:
        """Whether the server has not said within the hour that its model embeds pictures only."""
        return self._clock() >= self._no_text_until

    async def check(self) -> None:
        """Outage when the server cannot be reached. Nothing is embedded, so a wrong key or model is not seen."""
        try:
            await self._client.get("/", cast_to=object, options=self._options(3.0))
        except openai.APIStatusError:
            return  # it answers; it has nothing at this address
        except openai.OpenAIError as error:
            raise self._photo_error(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def embed_image(self, jpeg: bytes) -> list[float]:
        """The vector of a picture, of `dimensions` floats; BadRequest when the model refuses this picture."""
        try:
            return await self._embed(self._wire.image(jpeg))
        except openai.OpenAIError as error:
            raise self._photo_error(error) from error

    async def embed_text(self, text: str) -> list[float] | None:
        """The vector of a text in the space of the pictures; None where the model embeds pictures only."""
        if not self.embeds_text:
            return None
        try:
            return await self._embed(self._wire.text(text))
        except openai.NotFoundError:  # "modality not supported by the model", in the words of Foundry's reference
            self._no_text_until = self._clock() + TEXT_PAUSE
            log.info("the image model embeds pictures only: words are not compared with them")
            return None
        except openai.OpenAIError as error:
            raise self._photo_error(error) from error

    async def _embed(self, request: VectorRequest) -> list[float]:
        with recorded("embeddings", self.name, self._ledger) as call:
            vector, usage = self._read(await self._send(request))
            call.add(usage)
        if len(vector) != self.dimensions:
            raise Transient(
                f"{self.name} returns vectors of {len(vector)} numbers but IMAGE_EMBEDDING_DIMENSIONS is "
                f"{self.dimensions}: once they agree, the photo is tried again"
            )
        return vector

    def _read(self, answer: Any) -> tuple[list[float], TokenUsage]:
        try:
            return self._wire.read(answer)
        except (AttributeError, KeyError, IndexError, TypeError) as error:
            raise BadReply(f"{self.name} did not answer with a vector") from error

    async def _send(self, request: VectorRequest) -> object:
        """Send the request; a field that the server refuses, such as `dimensions`, is left out from then on."""
        body = dict(request.body)
        for _ in range(MAX_REFUSALS):
            try:
                return await self._post(request, adapt(body, self._memory.of(self.name)))
            except openai.APIStatusError as error:
                if not self._learn(error, body):
                    raise
        return await self._post(request, adapt(body, self._memory.of(self.name)))

    async def _post(self, request: VectorRequest, body: Mapping[str, Any]) -> object:
        """The answer to a request; Transient where the server does not take it or answer it in time."""
        sent: dict[str, Any] = {"body": body} if request.content is None else {"content": request.content}
        options = self._options(request.seconds, **({} if request.content is None else BYTES))
        try:
            async with asyncio.timeout(request.seconds):  # aiohttp sets no limit to sending
                answer: object = await self._client.post(request.path, cast_to=object, options=options, **sent)
                return answer
        except TimeoutError as error:
            raise Transient("the image model did not answer in time") from error

    def _options(self, seconds: float, **headers: str) -> Any:
        return {"timeout": seconds, "headers": {**self._headers, **headers}}

    def _learn(self, error: openai.APIStatusError, body: Mapping[str, Any]) -> bool:
        """Whether the server refuses a field that it may do without."""
        known = self._memory.of(self.name)
        sent = {name: value for name, value in adapt(body, known).items() if name not in {"model", "input", "text"}}
        workaround = find_workaround(_read_refusal(error), sent, known, self.name, may_use_responses=False)
        if workaround is None or workaround.field not in sent:
            return False
        self._memory.learn(self.name, workaround)
        log.info("%s is left out, as the image model refuses it", workaround.field)
        return True

    def _photo_error(self, error: openai.OpenAIError) -> PhotoError:
        """What an error means to us; a model that does not exist, and an outage, name the settings at fault."""
        if isinstance(error, openai.NotFoundError):
            return Outage(f"the image model {self.name!r} does not exist at IMAGE_EMBEDDING_ENDPOINT: {error.message}")
        meaning = to_photo_error(error, self.name)
        if isinstance(error, openai.APIConnectionError) and isinstance(meaning, Outage):
            return Outage("the image model (IMAGE_EMBEDDING_ENDPOINT) cannot be reached")
        return meaning


def _read_refusal(error: openai.APIStatusError) -> Refusal:
    """What the server refused; Foundry's `detail`, which names the field, is beside the `error` that the SDK reads."""
    refusal = read_refusal(error)
    return replace(refusal, text=f"{refusal.text} {error.response.text.lower()}")
