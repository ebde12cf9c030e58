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


def read_reply(completion: Any) -> ModelReply:
    """The reply in a whole answer."""
    choice = completion.choices[0]
    thinking = ThinkingFilter()
    text = thinking.feed(choice.message.content or "") + thinking.rest()
    finish_reason = choice.finish_reason or "stop"
    if not text and finish_reason != "length":
        text = reasoning_text(choice.message)
    return ModelReply(
        text=text,
        finish_reason=finish_reason,
        refusal=choice.message.refusal or "",
        usage=read_usage(completion.usage),
    )


def read_usage(usage: Any) -> TokenUsage:
    """The tokens as the server counted them; 0 where it does not say."""
    if not usage:
        return TokenUsage()
    return token_usage(
        usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details, usage.completion_tokens_details
    )


async def read_stream(chunks: AsyncIterable[Any]) -> AsyncGenerator[str | ModelReply, None]:
    """The text of a streamed answer as it comes and, at the end, the whole reply."""
    reply, thinking = StreamedReply(), ThinkingFilter()
    async for chunk in chunks:
        if chunk.usage:
            reply.usage = read_usage(chunk.usage)
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
