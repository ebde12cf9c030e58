"""The models themselves: a checked request in, a reply out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from local.e5 import DIMENSIONS, Vector
from local.models.api.conversation import CHAT_MODELS, MODELS, check
from local.models.api.errors import invalid, unknown_model
from local.models.api.pictures import Picture
from local.models.api.replies import Reply, bounded
from local.models.api.requests import ChatRequest, EmbeddingRequest, JsonObject
from local.models.embedding import Embedder
from local.models.talk.pictures import about_pictures
from local.models.talk.talker import speak
from local.models.vision.describe import facts
from local.models.vision.eyes import Eyes
from local.models.vision.fill import UnknownPropertyError, fill
from local.models.vision.hints import read_hints

DEFAULT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "caption": {"type": "string"}, "tags": {"type": "array"}},
    "required": ["title", "caption", "tags"],
}
MOST_INPUTS = 2048


@dataclass
class Service:
    """Everything that answers. `fast` describes by statistics alone."""

    eyes: Eyes = field(default_factory=Eyes)
    embedder: Embedder = field(default_factory=Embedder)
    fast: bool = False

    async def chat(self, request: ChatRequest, pictures: list[Picture]) -> Reply:
        """The reply to a chat request, within its limits."""
        reply = await self._describe(request, pictures) if pictures else self._talk(request)
        return bounded(reply, request.stops(), request.limit())

    def check_chat(self, request: ChatRequest) -> None:
        """Raise what OpenAI would answer to a request that cannot be met."""
        if request.model not in CHAT_MODELS:
            raise unknown_model(request.model)
        check(request)

    async def vectors(self, request: EmbeddingRequest) -> tuple[list[Vector], int]:
        """One vector a text, and how many tokens were read."""
        texts = checked_input(request)
        return await self.embedder.embed(texts), await self.embedder.count(texts)

    async def warm_up(self) -> None:
        """Load what takes time to load."""
        await asyncio.gather(self.eyes.warm_up(), self.embedder.embed(["warm"]))

    def close(self) -> None:
        """Stop the children."""
        self.eyes.close()

    async def _describe(self, request: ChatRequest, pictures: list[Picture]) -> Reply:
        sights = [await self.eyes.look(one.data, one.digest, fast=self.fast) for one in pictures]
        asked = "\n".join(message.text() for message in request.messages if message.role == "user")
        schema = wanted_schema(request)
        if schema is None:
            return Reply(text=about_pictures(request.messages, sights))
        return filled(schema, facts(sights[0], read_hints(asked)))

    def _talk(self, request: ChatRequest) -> Reply:
        if wanted_schema(request) is not None:
            return Reply(refusal="I can fill in a schema about a picture only, and there is no picture.")
        return speak(request)


def wanted_schema(request: ChatRequest) -> JsonObject | None:
    """The schema the answer must follow; JSON mode without a schema gets a plain one."""
    wanted = request.response_format
    if wanted is None or wanted.type == "text":
        return None
    return wanted.json_schema.body if wanted.json_schema else DEFAULT_SCHEMA


def filled(schema: JsonObject, known: JsonObject) -> Reply:
    """The schema filled in as JSON text, or a refusal that names what is not known."""
    try:
        return Reply(text=json.dumps(fill(schema, known), ensure_ascii=False))
    except UnknownPropertyError as unknown:
        return Reply(refusal=f"I'm sorry, I can't tell {unknown.name!r} from a picture.")


def checked_input(request: EmbeddingRequest) -> list[str]:
    """The texts to embed; the errors that OpenAI gives otherwise."""
    if request.model != MODELS[2]:
        raise unknown_model(request.model)
    if request.dimensions not in (None, DIMENSIONS):
        raise invalid(f"This model has {DIMENSIONS} dimensions only.", "dimensions", "unsupported_value")
    texts = [request.input] if isinstance(request.input, str) else request.input
    if not texts or not all(texts):
        raise invalid("Invalid 'input': an empty text cannot be embedded.", "input")
    if len(texts) > MOST_INPUTS:
        raise invalid(f"Invalid 'input': at most {MOST_INPUTS} texts at once.", "input")
    return texts
