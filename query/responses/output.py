"""Responses as we write them: the object, and the items of its output."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from query.chat.annotations import flat_url_citations
from query.chat.answer import WholeAnswer
from query.responses.requests import ResponsesRequest
from shared.errors import PhotoError, SettingsError
from shared.models import TokenUsage, ToolCall

JsonObject = dict[str, Any]
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True)
class ResponseEnvelope:
    """What stays the same from the beginning of a response to its end."""

    request: ResponsesRequest
    model: str
    page_url: str
    id: str = field(default_factory=lambda: f"resp_{uuid.uuid4().hex}")
    message_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    created_at: int = field(default_factory=lambda: int(time.time()))

    def in_progress(self, answer: WholeAnswer) -> JsonObject:
        return self._body("in_progress", [], context=answer.context)

    def finished(self, answer: WholeAnswer) -> JsonObject:
        """The response with its whole output."""
        reason = INCOMPLETE.get(answer.ending.finish_reason)
        return self._body(
            "incomplete" if reason else "completed",
            self.output(answer),
            completed_at=None if reason else int(time.time()),
            incomplete_details={"reason": reason} if reason else None,
            usage=usage_body(answer.ending.usage),
            context=answer.context,
        )

    def failed(self, error: PhotoError | SettingsError) -> JsonObject:
        code = error.code if error.code == "rate_limit_exceeded" else "server_error"
        return self._body("failed", [], error={"code": code, "message": str(error)})

    def output(self, answer: WholeAnswer) -> list[JsonObject]:
        """The items of an answer: what it says, then the tools it calls."""
        has_message = bool(answer.text or answer.refusal or not answer.calls)
        message = [self.message([self.part(answer)], self.status(answer))] if has_message else []
        return [*message, *(call_item(call) for call in answer.calls)]

    def status(self, answer: WholeAnswer) -> str:
        return "incomplete" if answer.ending.finish_reason in INCOMPLETE else "completed"

    def part(self, answer: WholeAnswer) -> JsonObject:
        """The one part of the message."""
        if answer.refusal:
            return {"type": "refusal", "refusal": answer.refusal}
        annotations = flat_url_citations(answer.text, answer.cited, self.page_url)
        return {"type": "output_text", "text": answer.text, "annotations": annotations, "logprobs": []}

    def message(self, parts: Sequence[JsonObject], status: str) -> JsonObject:
        return {
            "type": "message",
            "id": self.message_id,
            "role": "assistant",
            "status": status,
            "content": list(parts),
        }

    def _body(self, status: str, output: Sequence[JsonObject], **fields: Any) -> JsonObject:
        request = self.request.model_dump(by_alias=True, include=ECHOED)
        defaults = {"error": None, "incomplete_details": None, "usage": None, "completed_at": None}
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "model": self.model,
            "output": list(output),
            **{name: DEFAULTS.get(name) if value is None else value for name, value in request.items()},
            "store": False,
            "background": False,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "truncation": "disabled",
            **defaults,
            **fields,
        }


DEFAULTS: JsonObject = {
    "tools": [],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "text": {"format": {"type": "text"}},
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
}
ECHOED = {*DEFAULTS, "instructions", "max_output_tokens", "user"}


def call_item(call: ToolCall, *, arguments: str | None = None, status: str = "completed") -> JsonObject:
    """A call of a tool of the caller's as an item of the output."""
    return {
        "type": "function_call",
        "id": f"fc_{call.id}",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments if arguments is None else arguments,
        "status": status,
    }


def usage_body(usage: TokenUsage) -> JsonObject:
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_written},
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
