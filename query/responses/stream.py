"""The events of a streamed response, in the order and with the numbers that OpenAI's clients expect."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from query.chat.answer import WholeAnswer
from query.chat.envelope import event_data
from query.chat.events import AnswerFinished, Event, PhotosFound, Refused, TextDelta
from query.responses.output import ResponseEnvelope, call_item
from shared.errors import PhotoError, SettingsError
from shared.models import ToolCall

TEXT, REFUSAL = "output_text", "refusal"


@dataclass
class ResponseStream:
    """
    Writes the events of one response.

    The photos found come with `context` of the response in its first events; its last event has all of it.
    """

    envelope: ResponseEnvelope
    answer: WholeAnswer = field(default_factory=WholeAnswer)
    number: int = -1
    has_begun: bool = False
    part: str = ""  # the type of the message's part, once it has begun

    def write(self, event: Event) -> Iterator[str]:
        self.answer.add(event)
        match event:
            case PhotosFound() if not self.has_begun:
                self.has_begun = True
                for kind in ("created", "in_progress"):
                    yield self._event(f"response.{kind}", response=self.envelope.in_progress(self.answer))
            case TextDelta():
                yield from self._begin_part(TEXT)
                yield self._of_part("response.output_text.delta", delta=event.text, logprobs=[])
            case Refused():
                yield from self._begin_part(REFUSAL)
                yield self._of_part("response.refusal.delta", delta=event.text)
            case AnswerFinished():
                yield from self._end()

    def _begin_part(self, kind: str) -> Iterator[str]:
        if self.part:
            return
        self.part = kind
        empty = {"type": kind, "text": "", "annotations": [], "logprobs": []}
        part = empty if kind == TEXT else {"type": kind, "refusal": ""}
        yield self._item("added", 0, self.envelope.message([], "in_progress"))
        yield self._of_part("response.content_part.added", part=part)

    def _end(self) -> Iterator[str]:
        items = self.envelope.output(self.answer)
        if items[0]["type"] == "message":
            yield from self._begin_part(TEXT)  # an answer cut before its first word is a message, too
            yield from self._end_message(items[0])
        for index, call in enumerate(self.answer.calls, len(items) - len(self.answer.calls)):
            yield from self._call(index, call)
        response = self.envelope.finished(self.answer)
        yield self._event(f"response.{response['status']}", response=response)

    def _end_message(self, item: dict[str, Any]) -> Iterator[str]:
        [part] = item["content"]
        for index, annotation in enumerate(part.get("annotations", ())):
            yield self._of_part("response.output_text.annotation.added", annotation_index=index, annotation=annotation)
        if part["type"] == TEXT:
            yield self._of_part("response.output_text.done", text=part["text"], logprobs=[])
        else:
            yield self._of_part("response.refusal.done", refusal=part["refusal"])
        yield self._of_part("response.content_part.done", part=part)
        yield self._item("done", 0, item)

    def _call(self, index: int, call: ToolCall) -> Iterator[str]:
        item = call_item(call)
        place = {"item_id": item["id"], "output_index": index}
        yield self._item("added", index, call_item(call, arguments="", status="in_progress"))
        yield self._event("response.function_call_arguments.delta", **place, delta=call.arguments)
        yield self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments)
        yield self._item("done", index, item)

    def fail(self, error: PhotoError | SettingsError) -> Iterator[str]:
        yield self._event("error", code=error.code, message=str(error), param=error.param)
        yield self._event("response.failed", response=self.envelope.failed(error))

    def end(self) -> Iterator[str]:
        return iter(())

    def _item(self, what: str, index: int, item: dict[str, Any]) -> str:
        return self._event(f"response.output_item.{what}", output_index=index, item=item)

    def _of_part(self, kind: str, **fields: Any) -> str:
        return self._event(kind, item_id=self.envelope.message_id, output_index=0, content_index=0, **fields)

    def _event(self, kind: str, **fields: Any) -> str:
        self.number += 1
        body = {"type": kind, "sequence_number": self.number, **fields}
        return f"event: {kind}\ndata: {event_data(body)}\n\n"
