"""The three models, behind one OpenAI-compatible server. Only this file uses the openai package."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import openai
from openai import AsyncOpenAI, AsyncStream

from shared.errors import BadRequest, Outage, PhotoError, Throttled, Transient
from shared.model_reply import ModelReply, StreamedReply, ThinkingFilter, TokenUsage, ToolCall, reasoning_text
from shared.prompt_message import PromptMessage
from shared.retry_after import MAX_WAIT, parse_retry_after

__all__ = ["ModelReply", "Models", "TokenUsage", "ToolCall", "ToolsUnsupported"]

DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class ToolsUnsupported(BadRequest):
    """This model or its server does not support tools: ask again without them."""


# Fields that some servers do not support, and the words by which their error messages name them.
OPTIONAL_FIELDS: dict[str, tuple[str, ...]] = {
    "max_completion_tokens": ("max_completion_tokens",),
    "response_format": ("response_format", "json_schema", "structured output"),
    "stream_options": ("stream_options",),
    "temperature": ("temperature",),
    "dimensions": ("dimensions",),
    "detail": ("image_url.detail",),
    "tool_choice": ("tool_choice", "tool choice"),
    "tools": ("tools", "tool_choice", "tool use"),
}


class Models:
    """The three models of the app. Create it once; it learns which fields the server does not support."""

    def __init__(self, client: AsyncOpenAI, *, caption: str, chat: str, embedding: str, dimensions: int) -> None:
        self._client = client
        self.caption_model = caption
        self.chat_model = chat
        self.embedding_model = embedding
        self.dimensions = dimensions
        self._unsupported: dict[str, set[str]] = {}

    async def check(self) -> None:
        """Raise Transient when the server cannot be reached or refuses our credentials."""
        try:
            await self._client.models.list(timeout=3)
        except openai.NotFoundError:
            return  # it answers; it just has no list of models
        except openai.OpenAIError as error:
            raise to_photo_error(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of `dimensions` floats per text; Transient when the model returns another length."""
        create = self._client.embeddings.create
        response = await self._call(create, self.embedding_model, input=list(texts), dimensions=self.dimensions)
        vectors = [each.embedding for each in sorted(response.data, key=lambda each: each.index)]
        if any(len(vector) != self.dimensions for vector in vectors):
            raise Transient(
                f"{self.embedding_model} returns vectors of {len(vectors[0])} numbers but "
                f"EMBEDDING_DIMENSIONS is {self.dimensions}: once they agree, the photo is tried again"
            )
        return vectors

    async def complete(self, messages: Sequence[PromptMessage], *, model: str, **options: Any) -> ModelReply:
        """One whole answer. `options` are OpenAI's request fields; those the server does not support are left out."""
        completion = await self._call(self._client.chat.completions.create, model, messages=list(messages), **options)
        choice, usage = completion.choices[0], completion.usage
        thinking = ThinkingFilter()
        text = thinking.feed(choice.message.content or "") + thinking.rest()
        return ModelReply(
            text=text or reasoning_text(choice.message),
            finish_reason=choice.finish_reason or "stop",
            refusal=choice.message.refusal or "",
            usage=TokenUsage(usage.prompt_tokens, usage.completion_tokens) if usage else TokenUsage(),
        )

    async def stream(
        self,
        messages: Sequence[PromptMessage],
        *,
        model: str,
        tools: Sequence[Mapping[str, Any]] = (),
        choice: str | Mapping[str, Any] = "auto",
        **options: Any,
    ) -> AsyncGenerator[str | ModelReply, None]:
        """Send the request; return an iterator of the text as it comes and, at the end, of the whole reply."""
        if tools:
            options |= {"tools": list(tools), "tool_choice": choice}
        options |= {"stream": True, "stream_options": {"include_usage": True}}
        chunks = await self._call(self._client.chat.completions.create, model, messages=list(messages), **options)
        return _read_stream(chunks, model)

    async def _call(self, create: Callable[..., Awaitable[Any]], model: str, **request: Any) -> Any:
        """Call the server without the fields it refused before; a new refusal is remembered and the call repeated."""
        while True:
            unsupported = self._unsupported.setdefault(model, set())
            if "tools" in unsupported and request.get("tools"):
                raise ToolsUnsupported(f"{model} does not support tools", param="tools")
            try:
                return await create(model=model, **_without_fields(request, unsupported))
            except openai.BadRequestError as error:
                field = _refused_field(error, _without_fields(request, unsupported))
                if field is None:
                    raise to_photo_error(error, model) from error
                unsupported.add(field)
            except openai.OpenAIError as error:
                raise to_photo_error(error, model) from error


def _without_fields(request: Mapping[str, Any], unsupported: set[str]) -> dict[str, Any]:
    """The request without the fields this server does not support, or with the older ones it does."""
    supported = {name: value for name, value in request.items() if name not in unsupported}
    if "max_completion_tokens" in unsupported and "max_completion_tokens" in request:
        supported["max_tokens"] = request["max_completion_tokens"]
    if "detail" in unsupported:
        supported["messages"] = [_without_detail(message) for message in supported["messages"]]
    return supported


def _without_detail(message: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(message.get("content"), list):
        return message
    return message | {"content": [_part_without_detail(part) for part in message["content"]]}


def _part_without_detail(part: dict[str, Any]) -> dict[str, Any]:
    return part | {"image_url": {"url": part["image_url"]["url"]}} if part["type"] == "image_url" else part


def _refused_field(error: openai.BadRequestError, request: Mapping[str, Any]) -> str | None:
    """The field of the request that this 400 is about, if we can do without it."""
    message = f"{error.param or ''} {error.message}".lower()
    if error.code in {"content_filter", "context_length_exceeded"}:
        return None
    for name, words in OPTIONAL_FIELDS.items():
        if name == "tool_choice" and request.get(name) == "auto":
            continue  # "auto" is the default, so it must be the tools themselves that are not supported
        is_sent = name in request or (name == "detail" and '"detail"' in repr(request).replace("'", '"'))
        if is_sent and any(word in message for word in words):
            return name
    return None


async def _read_stream(chunks: AsyncStream[Any], model: str) -> AsyncGenerator[str | ModelReply, None]:
    try:
        async with chunks, aclosing(_parse_chunks(chunks)) as pieces:
            async for piece in pieces:
                yield piece
    except openai.OpenAIError as error:
        raise to_photo_error(error, model) from error


async def _parse_chunks(chunks: AsyncStream[Any]) -> AsyncGenerator[str | ModelReply, None]:
    reply, thinking = StreamedReply(), ThinkingFilter()
    async for chunk in chunks:
        if chunk.usage:
            reply.usage = TokenUsage(chunk.usage.prompt_tokens or 0, chunk.usage.completion_tokens or 0)
        for choice in (chunk.choices or ())[:1]:
            if choice.delta is None:  # how some servers end
                reply.finish_reason = choice.finish_reason or reply.finish_reason
                continue
            reply.add(choice)
            if text := thinking.feed(choice.delta.content or ""):
                reply.text += text
                yield text
    rest = thinking.rest()
    if not (reply.text or rest or reply.calls or reply.refusal) and reply.finish_reason != "length":
        rest = reply.reasoning
    if rest:
        reply.text += rest
        yield rest
    yield reply.reply()


def to_photo_error(error: openai.OpenAIError, model: str = "") -> PhotoError:
    """What an error of the model's server means to us; a wrong key or model name is never the photo's fault."""
    if isinstance(error, openai.RateLimitError):
        return Throttled("the model is throttling us", wait=_retry_after(error))
    if isinstance(error, openai.APITimeoutError):
        return Transient("the model did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return Outage("the model cannot be reached")
    if isinstance(error, openai.NotFoundError):
        return Outage(f"the model {model!r} does not exist at OPENAI_BASE_URL: {error.message}")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return Outage(f"the model refused our credentials: {error.message}"[:500])
    if isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return _bad_request(error)
    if isinstance(error, openai.APIStatusError):
        return Transient(f"the model answered {error.status_code}: {error.message}"[:500], wait=_retry_after(error))
    return Transient(f"the model failed: {error}"[:500])


def _bad_request(error: openai.APIStatusError) -> BadRequest:
    message = f"{error.code or ''} {error.message}".lower()
    if "content_filter" in message or "content management policy" in message:
        return BadRequest("the model's content filter refused this", code="content_filter")
    if "context_length" in message or "maximum context" in message:
        return BadRequest(
            "the conversation is too long for the model: start a new one or shorten it",
            code="context_length_exceeded",
            param="messages",
        )
    return BadRequest(f"the model refused the request: {error.message}"[:500], param=error.param)


def _retry_after(error: openai.APIStatusError) -> float | None:
    """How many seconds the server asks us to stay away: by Retry-After, or until a used-up limit is reset."""
    headers = error.response.headers
    if (wait := parse_retry_after(headers)) is not None:
        return wait
    exhausted = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    waits = [parse_duration(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in exhausted]
    return max((min(wait, MAX_WAIT) for wait in waits if wait is not None), default=None)


def parse_duration(text: str) -> float | None:
    """Seconds in a duration as OpenAI writes it: `6m0s`, `1.5s`, `120ms`, or a plain number; None for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not re.fullmatch(rf"(?:{DURATION_PART.pattern})+", text):
        return None
    return sum(float(number) * SECONDS[unit] for number, unit in DURATION_PART.findall(text))
