"""Chat completions: a request in our words, which are theirs, and a reply read from what comes back."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any

from shared.model_reply import (
    ModelReply,
    StreamedReply,
    ThinkingFilter,
    TokenUsage,
    reasoning_text,
    token_usage,
)
from shared.models.request import REASONING_ITEMS, Request


def to_body(request: Mapping[str, Any]) -> Request:
    """The body of `POST /chat/completions`."""
    body = dict(request)
    body["messages"] = [
        {name: value for name, value in each.items() if name != REASONING_ITEMS} for each in body["messages"]
    ]
    return body


def read_reply(completion: Mapping[str, Any]) -> ModelReply:
    """The reply in a whole answer."""
    choice = completion["choices"][0]
    message = choice["message"]
    thinking = ThinkingFilter()
    text = thinking.feed(message.get("content") or "") + thinking.rest()
    finish_reason = choice.get("finish_reason") or "stop"
    if not text and finish_reason != "length":
        text = reasoning_text(message)
    return ModelReply(
        text=text,
        finish_reason=finish_reason,
        refusal=message.get("refusal") or "",
        usage=read_usage(completion.get("usage")),
    )


def read_usage(usage: Mapping[str, Any] | None) -> TokenUsage:
    """The tokens as the server counted them; 0 where it does not say."""
    if not usage:
        return TokenUsage()
    return token_usage(
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        usage.get("prompt_tokens_details"),
        usage.get("completion_tokens_details"),
    )


async def read_stream(chunks: AsyncIterable[Mapping[str, Any]]) -> AsyncGenerator[str | ModelReply, None]:
    """The text of a streamed answer as it comes and, at the end, the whole reply."""
    reply, thinking = StreamedReply(), ThinkingFilter()
    async for chunk in chunks:
        if usage := chunk.get("usage"):
            reply.usage = read_usage(usage)
        for choice in (chunk.get("choices") or ())[:1]:
            delta = choice.get("delta")
            if delta is None:  # how some servers end
                reply.finish_reason = choice.get("finish_reason") or reply.finish_reason
                continue
            reply.add(choice)
            if text := thinking.feed(delta.get("content") or ""):
                reply.text += text
                yield text
    rest = thinking.rest()
    if not (reply.text or rest or reply.calls or reply.refusal) and reply.finish_reason != "length":
        rest = reply.reasoning
    if rest:
        reply.text += rest
        yield rest
    yield reply.reply()
