"""The bodies and events of `/responses`."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.models.api.responses import ModelOutput, split_for_streaming
from local.models.api.responses_requests import encrypt_thoughts
from local.models.api.usage import EstimatedUsage

Item = dict[str, Any]
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True)
class ResponseBody:
    """The fields of a response besides its output; thoughts are included encrypted, or not at all."""

    model: str
    include_thoughts: bool
    id: str = field(default_factory=lambda: f"resp_{uuid.uuid4().hex}")
    created_at: int = field(default_factory=lambda: int(time.time()))

    def body(self, output: ModelOutput, usage: EstimatedUsage) -> Item:
        """The body of a response that isn't streamed."""
        reason = INCOMPLETE.get(output.finish_reason)
        return {
            **self._common("incomplete" if reason else "completed"),
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self._items(output, usage),
            "usage": _usage(usage),
        }

    def events(self, output: ModelOutput, usage: EstimatedUsage) -> Iterator[bytes]:
        """The response as server-sent events. There is no `[DONE]`."""
        numbers = count()
        begun = {**self._common("in_progress"), "output": [], "usage": None, "incomplete_details": None}
        body = self.body(output, usage)
        last = "response.incomplete" if body["incomplete_details"] else "response.completed"
        events = [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            *(event for index, item in enumerate(body["output"]) for event in _item_events(item, index)),
            {"type": last, "response": body},
        ]
        for event in events:
            data = json.dumps({**event, "sequence_number": next(numbers)}, ensure_ascii=False)
            yield f"event: {event['type']}\ndata: {data}\n\n".encode()

    def _common(self, status: str) -> Item:
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "model": self.model,
            "error": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": True,
            "store": False,
            "tool_choice": "auto",
            "tools": [],
        }

    def _items(self, output: ModelOutput, usage: EstimatedUsage) -> list[Item]:
        items: list[Item] = []
        if usage.reasoning_tokens:
            thoughts = encrypt_thoughts() if self.include_thoughts else None
            items.append({"type": "reasoning", "id": _id("rs"), "summary": [], "encrypted_content": thoughts})
        if output.text:
            items.append(_message({"type": "output_text", "text": output.text, "annotations": [], "logprobs": []}))
        if output.refusal:
            items.append(_message({"type": "refusal", "refusal": output.refusal}))
        for call in output.tool_calls:
            names = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
            items.append({"type": "function_call", "id": _id("fc"), "status": "completed", **names})
        return items


def _id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex}"


def _message(part: Item) -> Item:
    return {"type": "message", "id": _id("msg"), "status": "completed", "role": "assistant", "content": [part]}


def _usage(usage: EstimatedUsage) -> Item:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def _item_events(item: Item, index: int) -> Iterator[Item]:
    place = {"output_index": index, "item_id": item["id"]}
    yield {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
    if item["type"] == "message":
        yield from _text_events(item["content"][0], {**place, "content_index": 0})
    if item["type"] == "function_call":
        for delta in split_for_streaming(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **place, "delta": delta}
        done = {"name": item["name"], "arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", **place, **done}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _begun(item: Item) -> Item:
    empty: Item = {"content": []} if item["type"] == "message" else {}
    if item["type"] == "function_call":
        empty = {"arguments": ""}
    return {**item, **empty, **({"status": "in_progress"} if "status" in item else {})}


def _text_events(part: Item, place: Item) -> Iterator[Item]:
    kind = part["type"]
    key = "text" if kind == "output_text" else "refusal"
    logprobs: Item = {"logprobs": []} if kind == "output_text" else {}
    yield {"type": "response.content_part.added", **place, "part": {**part, key: ""}}
    for delta in split_for_streaming(part[key]):
        yield {"type": f"response.{kind}.delta", **place, "delta": delta, **logprobs}
    yield {"type": f"response.{kind}.done", **place, key: part[key], **logprobs}
    yield {"type": "response.content_part.done", **place, "part": part}
