"""Reading a streamed answer."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class StreamedAnswer:
    """The events of a streamed answer."""

    status: int
    events: list[Any] = field(default_factory=list)
    done: bool = False

    @property
    def text(self) -> str:
        return "".join(delta.get("content") or "" for delta in self.deltas)

    @property
    def deltas(self) -> list[dict[str, Any]]:
        return [choice["delta"] for event in self.events for choice in event.get("choices", ())]

    @property
    def contexts(self) -> list[dict[str, Any]]:
        """What the first delta has, then what stands beside the choices of later chunks."""
        first = [delta["context"] for delta in self.deltas if "context" in delta]
        return [*first, *(event["context"] for event in self.events if "context" in event)]

    @property
    def finish(self) -> list[str]:
        reasons = [choice["finish_reason"] for event in self.events for choice in event.get("choices", ())]
        return [reason for reason in reasons if reason]

    @property
    def error(self) -> dict[str, Any]:
        [error] = [event["error"] for event in self.events if "error" in event]
        return dict(error)


def stream(http: httpx.Client, *words: str, **options: Any) -> StreamedAnswer:
    """Ask with `stream`; messages alternate between user and assistant."""
    roles = ("user", "assistant")
    messages = [{"role": roles[index % 2], "content": text} for index, text in enumerate(words)]
    with http.stream("POST", "/v1/chat/completions", json={"messages": messages, "stream": True, **options}) as answer:
        if answer.status_code != 200:
            answer.read()
            return StreamedAnswer(answer.status_code, [answer.json()])
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    events = [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]
    return StreamedAnswer(answer.status_code, events, lines[-1] == "data: [DONE]")
