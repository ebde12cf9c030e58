"""The models: a validated request in, a model's output out."""

import asyncio
import json
from dataclasses import dataclass, field

from local.e5 import Vector
from local.models.api.catalog import CHAT_MODELS, EMBEDDING_DIMENSIONS, SMALL_EMBEDDING_MODEL
from local.models.api.errors import invalid_request, unknown_model
from local.models.api.images import InputImage
from local.models.api.requests import ChatCompletionRequest, EmbeddingRequest, JsonObject
from local.models.api.responses import ModelOutput, truncate_output
from local.models.api.validation import validate_request
from local.models.chat.chat_model import respond
from local.models.chat.form_filling import schema_in_prompt
from local.models.chat.image_questions import answer_image_question
from local.models.embedding import TextEmbedder, project
from local.models.vision.analyzer import ImageAnalyzer
from local.models.vision.closed_lists import answer_closed_lists
from local.models.vision.prompt_hints import parse_hints
from local.models.vision.schema_filling import UnknownPropertyError, fill_schema, requested_language
from local.models.vision.translated import describe_in
from local.models.vision.wording import languages

DEFAULT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "caption": {"type": "string"}, "tags": {"type": "array"}},
    "required": ["title", "caption", "tags"],
}
ANSWER_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "answer": {"type": "string"},
        "photos": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "title": {"type": "string"}, "path": {"type": "string"}},
                "required": ["n", "title", "path"],
            },
        },
    },
    "required": ["answer", "photos"],
}
MAX_EMBEDDING_INPUTS = 2048


@dataclass
class InferenceService:
    """All models of the stand-in. `fast` describes images by statistics alone."""

    image_analyzer: ImageAnalyzer = field(default_factory=ImageAnalyzer)
    text_embedder: TextEmbedder = field(default_factory=TextEmbedder)
    fast: bool = False

    async def chat(self, request: ChatCompletionRequest, images: list[InputImage]) -> ModelOutput:
        """The output for a chat request, within the request's limits."""
        output = await self._describe(request, images) if images else self._chat(request)
        return truncate_output(output, request.stop_sequences(), request.max_output_tokens())

    def validate_chat(self, request: ChatCompletionRequest) -> None:
        """Raise the error that OpenAI would return for a request that cannot be answered."""
        if request.model not in CHAT_MODELS:
            raise unknown_model(request.model)
        validate_request(request)

    async def embed(self, request: EmbeddingRequest) -> tuple[list[Vector], int]:
        """One vector for each text, and the number of tokens read."""
        texts = _embedding_inputs(request)
        vectors = await self.text_embedder.embed(texts)
        if request.model == SMALL_EMBEDDING_MODEL:
            vectors = project(vectors, EMBEDDING_DIMENSIONS[SMALL_EMBEDDING_MODEL])
        return vectors, await self.text_embedder.count_tokens(texts)

    async def embed_image(self, image: InputImage, *, by_class: bool = False) -> Vector:
        """The vector of an image; `by_class` in a space that it shares with the words for what it shows."""
        embed = self.image_analyzer.embed_by_class if by_class else self.image_analyzer.embed
        return await embed(image.data)

    async def warm_up(self) -> None:
        """Load the models that take time to load, but those of images only if images are described by them."""
        pictures = [] if self.fast else [self.image_analyzer.warm_up()]
        await asyncio.gather(self.text_embedder.embed(["warm"]), *pictures)

    def close(self) -> None:
        """Stop the child processes."""
        self.image_analyzer.close()

    async def _describe(self, request: ChatCompletionRequest, images: list[InputImage]) -> ModelOutput:
        analyses = [await self.image_analyzer.analyze(image.data, image.digest, fast=self.fast) for image in images]
        user_text = "\n".join(message.text() for message in request.messages if message.role == "user")
        schema = _response_schema(request)
        if schema is None:
            return ModelOutput(text=answer_image_question(request.messages, analyses))
        language = requested_language(schema) or "English"
        code = languages().get(language.partition(" (")[0])  # "English (en-GB)" is English to us
        if code is None:
            return ModelOutput(refusal=_only_these_languages(language))
        facts = describe_in(code, analyses[0], parse_hints(user_text))
        return _filled_output(await answer_closed_lists(schema, facts, self.text_embedder.embed), facts)

    def _chat(self, request: ChatCompletionRequest) -> ModelOutput:
        response_format = request.response_format
        if response_format is None or response_format.type != "json_object":
            return respond(request, _response_schema(request))
        return respond(request, schema_in_prompt(request.messages) or ANSWER_SCHEMA)


def _response_schema(request: ChatCompletionRequest) -> JsonObject | None:
    """The schema that the answer must follow, or one told in words; JSON mode without either gets a simple one."""
    response_format = request.response_format
    if response_format and response_format.json_schema:
        return response_format.json_schema.body
    told = next(filter(None, (_told_schema(each.text()) for each in request.messages if each.role == "system")), None)
    if response_format is None or response_format.type == "text":
        return told
    return told or DEFAULT_SCHEMA


def _told_schema(text: str) -> JsonObject | None:
    """A JSON schema of an object in instructions, which a model follows as well as it can."""
    start = text.find('{"type": "object", "properties"')
    if start < 0:
        return None
    try:
        schema, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    return schema if isinstance(schema, dict) else None


def _filled_output(schema: JsonObject, facts: JsonObject) -> ModelOutput:
    """The schema filled in, as JSON text, or a refusal that names what isn't known."""
    try:
        return ModelOutput(text=json.dumps(fill_schema(schema, facts), ensure_ascii=False))
    except UnknownPropertyError as error:
        return ModelOutput(refusal=f"I'm sorry, I can't tell {error.name!r} from a picture.")


def _only_these_languages(language: str) -> str:
    *others, last = languages()
    return f"I'm sorry, I describe pictures only in {', '.join(others)} and {last}, not in {language}."


def _embedding_inputs(request: EmbeddingRequest) -> list[str]:
    """The texts to embed, or OpenAI's error if there is something wrong with them."""
    dimensions = EMBEDDING_DIMENSIONS.get(request.model)
    if dimensions is None:
        raise unknown_model(request.model)
    if request.dimensions not in (None, dimensions):
        raise invalid_request(f"This model has {dimensions} dimensions only.", "dimensions", "unsupported_value")
    texts = [request.input] if isinstance(request.input, str) else request.input
    if not texts or not all(texts):
        raise invalid_request("Invalid 'input': an empty text cannot be embedded.", "input")
    if len(texts) > MAX_EMBEDDING_INPUTS:
        raise invalid_request(f"Invalid 'input': at most {MAX_EMBEDDING_INPUTS} texts at once.", "input")
    return texts
