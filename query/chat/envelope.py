"""OpenAI's chat-completions answers as we write them: bodies and server-sent events."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.models import TokenUsage

DONE = "data: [DONE]\n\n"
KEEP_ALIVE = ": still working\n\n"
_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: an answer has hundreds of events


AFTER_WORDS = '}, "finish_reason": null, "logprobs": null}]}\n\n'


@dataclass(frozen=True)
class CompletionEnvelope:
    """The fields that all chunks of one answer share."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def completion(self, message: Mapping[str, Any], finish_reason: str, usage: TokenUsage) -> dict[str, Any]:
        """The body of a whole answer."""
        choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
        return self._body("chat.completion", choices=[choice], usage=usage_body(usage))

    def chunk(
        self, delta: Mapping[str, Any], finish_reason: str | None = None, *, context: Mapping[str, Any] | None = None
    ) -> str:
        """
        One server-sent event of a streamed answer.

        A `context` stands beside `choices`: what is in a delta, OpenAI's streaming helper adds up over all chunks.
        """
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        extra = {} if context is None else {"context": context}
        return server_sent_event(self._body("chat.completion.chunk", choices=[choice], **extra))

    def words_chunk(self, text: str) -> str:
        """The chunk whose delta is these words: all but they are the same in every one, and written once."""
        return f"{self._before_words}{_on_one_line(_json(text))}{AFTER_WORDS}"

    @cached_property
    def _before_words(self) -> str:
        common = event_data(self._body("chat.completion.chunk")).removesuffix("}")
        return f'data: {common}, "choices": [{{"index": 0, "delta": {{"content": '

    def usage_chunk(self, usage: TokenUsage) -> str:
        return server_sent_event(self._body("chat.completion.chunk", choices=[], usage=usage_body(usage)))

    def _body(self, kind: str, **rest: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, **rest}


# JSON allows them as they are, but clients that split a stream as Python splits lines would cut an event in two.
LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def event_data(body: Mapping[str, Any]) -> str:
    """JSON on a single line, for every client's idea of a line."""
    return _on_one_line(_json(body))


def _on_one_line(text: str) -> str:
    return text if text.isascii() else text.translate(LINE_BREAKS)


def server_sent_event(body: Mapping[str, Any]) -> str:
    return f"data: {event_data(body)}\n\n"


def json_list(texts: Sequence[str]) -> str:
    """A list as JSON in a string."""
    return _json(list(texts))


def usage_body(usage: TokenUsage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
    }
