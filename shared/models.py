"""Describe, embed, chat: the only file that speaks OpenAI."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from shared.errors import BadRequest, Outage, PhotoError, Throttled, Transient
from shared.model_reply import ModelReply, StreamedReply, ThinkingFilter, TokenUsage, ToolCall, reasoning

__all__ = ["ModelReply", "Models", "TokenUsage", "ToolCall", "ToolsUnsupported"]

PromptMessage = dict[str, Any]


class ToolsUnsupported(BadRequest):
    """This model's server knows no tools: ask it without."""


# What servers refuse, what to try instead, and words their messages use for it.
REFUSALS: dict[str, tuple[str, ...]] = {
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
    """The three models of the app behind one OpenAI-compatible server."""

    def __init__(self, client: AsyncOpenAI, *, caption: str, chat: str, embedding: str, dimensions: int) -> None:
        self._client = client
        self.caption_model = caption
        self.chat_model = chat
        self.embedding_model = embedding
        self.dimensions = dimensions
        self._refused: dict[str, set[str]] = {}

    async def check(self) -> None:
        """Raise Transient when the server cannot be reached."""
        try:
            await self._client.models.list(timeout=3)
        except openai.NotFoundError:
            return  # it answers, and simply lists no models
        except openai.OpenAIError as error:
            raise to_photo_error(error) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of `dimensions` floats per text."""
        create = self._client.embeddings.create
        reply = await self._call(create, self.embedding_model, input=list(texts), dimensions=self.dimensions)
        vectors = [each.embedding for each in sorted(reply.data, key=lambda each: each.index)]
        if any(len(vector) != self.dimensions for vector in vectors):
            raise Transient(
                f"{self.embedding_model} returns vectors of {len(vectors[0])} numbers but "
                f"EMBEDDING_DIMENSIONS is {self.dimensions}: make them agree and the photo is tried again"
            )
        return vectors

    async def complete(self, messages: Sequence[PromptMessage], *, model: str, **options: Any) -> ModelReply:
        """One whole answer. `options` are OpenAI's request fields; what a server does not know is left out."""
        answer = await self._call(self._client.chat.completions.create, model, messages=list(messages), **options)
        choice, usage = answer.choices[0], answer.usage
        thinking = ThinkingFilter()
        said = thinking.feed(choice.message.content or "") + thinking.rest()
        return ModelReply(
            text=said or reasoning(choice.message),
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
        """Once the server has taken the request: the words as they come, and at the end the whole reply."""
        if tools:
            options |= {"tools": list(tools), "tool_choice": choice}
        options |= {"stream": True, "stream_options": {"include_usage": True}}
        chunks = await self._call(self._client.chat.completions.create, model, messages=list(messages), **options)
        return _read(chunks, model)

    async def _call(self, create: Callable[..., Awaitable[Any]], model: str, **request: Any) -> Any:
        """Call the server, leaving out what it has refused before; a new refusal is learnt and tried round."""
        while True:
            refused = self._refused.setdefault(model, set())
            if "tools" in refused and request.get("tools"):
                raise ToolsUnsupported(f"{model} knows no tools", param="tools")
            try:
                return await create(model=model, **_without(request, refused))
            except openai.BadRequestError as error:
                what = _refusal(error, _without(request, refused))
                if what is None:
                    raise to_photo_error(error, model) from error
                refused.add(what)
            except openai.OpenAIError as error:
                raise to_photo_error(error, model) from error


def _without(request: Mapping[str, Any], refused: set[str]) -> dict[str, Any]:
    """The request in the words this server knows."""
    kept = {name: value for name, value in request.items() if name not in refused}
    if "max_completion_tokens" in refused and "max_completion_tokens" in request:
        kept["max_tokens"] = request["max_completion_tokens"]
    if "detail" in refused:
        kept["messages"] = [_plain_images(message) for message in kept["messages"]]
    return kept


def _plain_images(message: PromptMessage) -> PromptMessage:
    if not isinstance(message.get("content"), list):
        return message
    return message | {"content": [_plain_image(part) for part in message["content"]]}


def _plain_image(part: dict[str, Any]) -> dict[str, Any]:
    return part | {"image_url": {"url": part["image_url"]["url"]}} if part["type"] == "image_url" else part


def _refusal(error: openai.BadRequestError, request: Mapping[str, Any]) -> str | None:
    """Which field of the request this 400 is about, if it is one we can do without."""
    said = f"{error.param or ''} {error.message}".lower()
    if error.code in {"content_filter", "context_length_exceeded"}:
        return None
    for name, words in REFUSALS.items():
        if name == "tool_choice" and request.get(name) == "auto":
            continue  # with nothing but the default it is the tools themselves that are not known
        sent = name in request or (name == "detail" and '"detail"' in repr(request).replace("'", '"'))
        if sent and any(word in said for word in words):
            return name
    return None


async def _read(chunks: AsyncStream[Any], model: str) -> AsyncGenerator[str | ModelReply, None]:
    try:
        async with chunks, aclosing(_pieces(chunks)) as pieces:
            async for piece in pieces:
                yield piece
    except openai.OpenAIError as error:
        raise to_photo_error(error, model) from error
    except httpx2.HTTPError as error:
        raise Transient(f"the connection to {model} broke: {error or type(error).__name__}") from error


async def _pieces(chunks: AsyncStream[Any]) -> AsyncGenerator[str | ModelReply, None]:
    made, thinking = StreamedReply(), ThinkingFilter()
    async for chunk in chunks:
        if chunk.usage:
            made.usage = TokenUsage(chunk.usage.prompt_tokens or 0, chunk.usage.completion_tokens or 0)
        for choice in (chunk.choices or ())[:1]:
            if choice.delta is None:  # some servers end so
                made.finish_reason = choice.finish_reason or made.finish_reason
                continue
            made.add(choice)
            if words := thinking.feed(choice.delta.content or ""):
                made.text += words
                yield words
    rest = thinking.rest()
    if not (made.text or rest or made.calls or made.refusal) and made.finish_reason != "length":
        rest = made.thoughts
    if rest:
        made.text += rest
        yield rest
    yield made.reply()


def to_photo_error(error: openai.OpenAIError, model: str = "") -> PhotoError:
    """What an error of the model's server means to us; a wrong key or name is the deployment's fault, not a photo's."""
    if isinstance(error, openai.RateLimitError):
        return Throttled("the model is throttling us", wait=_wait(error))
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
        return Transient(f"the model answered {error.status_code}: {error.message}"[:500], wait=_wait(error))
    return Transient(f"the model failed: {error}"[:500])


def _bad_request(error: openai.APIStatusError) -> BadRequest:
    said = f"{error.code or ''} {error.message}".lower()
    if "content_filter" in said or "content management policy" in said:
        return BadRequest("the content filter of the model refused this", code="content_filter")
    if "context_length" in said or "maximum context" in said:
        return BadRequest(
            "the conversation is too long for the model: start a new one or shorten it",
            code="context_length_exceeded",
            param="messages",
        )
    return BadRequest(f"the model refused the request: {error.message}"[:500], param=error.param)


def _wait(error: openai.APIStatusError) -> float | None:
    """How long the server asks us to stay away, in seconds, from the headers that may say so."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
    spent = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    waits = [_span(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in spent]
    return max((wait for wait in waits if wait is not None), default=None)


def _span(text: str) -> float | None:
    """Seconds in OpenAI's way of writing spans: `6m0s`, `1.5s`, `120ms`, or a plain number."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    size = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(number) * size[unit] for number, unit in parts) if parts else None
