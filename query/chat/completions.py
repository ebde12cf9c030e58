"""`POST /v1/chat/completions`: a request body in; a whole answer, or server-sent events, out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from query.chat import wire_format
from query.chat.annotations import url_citations
from query.chat.answer import WholeAnswer, answer_context, collect
from query.chat.caller_tools import describe_call
from query.chat.conversation import converse_within_budget
from query.chat.envelope import DONE, CompletionEnvelope, server_sent_event
from query.chat.events import AnswerFinished, CallerToolsCalled, Event, PhotosFound, Refused, TextDelta
from query.chat.streaming import EventStream, start_stream
from query.context import QueryContext
from shared.errors import PhotoError, SettingsError, error_body


async def complete(
    body: bytes, context: QueryContext, *, zone: ZoneInfo, caller: str, page_url: str
) -> dict[str, Any] | EventStream:
    """
    The answer as a body, or as the text of server-sent events when the request asks for a stream.

    `page_url` is the address of the page, on which annotations show photos.
    """
    request = wire_format.parse(body, model_names=context.model_names)
    conversation = converse_within_budget(request, context, now=datetime.now(UTC), zone=zone, caller=caller)
    envelope = CompletionEnvelope(request.model or context.model_names[0])
    if request.stream:
        options = request.stream_options
        return await start_stream(
            conversation, CompletionStream(envelope, page_url, bool(options and options.include_usage))
        )
    answer = await collect(conversation)
    return envelope.completion(_message(answer, page_url), answer.ending.finish_reason, answer.ending.usage)


def _message(answer: WholeAnswer, page_url: str) -> dict[str, Any]:
    """A whole answer as OpenAI's message, with our context."""
    has_other = bool(answer.calls or answer.refusal)
    calls = {"tool_calls": [describe_call(call) for call in answer.calls]} if answer.calls else {}
    return {
        "role": "assistant",
        "content": None if has_other and not answer.text else answer.text,
        "refusal": answer.refusal or None,
        **calls,
        "annotations": url_citations(answer.text, answer.cited, page_url),
        "context": answer.context,
    }


@dataclass
class CompletionStream:
    """
    Writes chunks: the photos first, then the words, at last how it ended.

    Only the first chunk has the photos in its delta. What is found later, and what the answer cites, is beside
    `choices`, because OpenAI's streaming helper adds up deltas.
    """

    envelope: CompletionEnvelope
    page_url: str
    include_usage: bool
    answer: WholeAnswer = field(default_factory=WholeAnswer)
    has_begun: bool = False

    def write(self, event: Event) -> Iterator[str]:
        self.answer.add(event)
        match event:
            case PhotosFound():
                yield self._photos(event)
            case TextDelta():
                yield self.envelope.words_chunk(event.text)
            case Refused():
                yield self.envelope.chunk({"refusal": event.text})
            case CallerToolsCalled():
                for index, call in enumerate(event.calls):
                    yield self.envelope.chunk({"tool_calls": [{"index": index, **describe_call(call)}]})
            case AnswerFinished():
                yield from self._ending(event)

    def _photos(self, event: PhotosFound) -> str:
        context = answer_context(event)
        if self.has_begun:
            return self.envelope.chunk({}, context=context)
        self.has_begun = True
        return self.envelope.chunk({"role": "assistant", "content": "", "context": context})

    def _ending(self, event: AnswerFinished) -> Iterator[str]:
        annotations = url_citations(self.answer.text, self.answer.cited, self.page_url)
        if annotations:
            yield self.envelope.chunk({"annotations": annotations})
        yield self.envelope.chunk({}, event.finish_reason, context={"citations": event.citations})
        if self.include_usage:
            yield self.envelope.usage_chunk(event.usage)

    def fail(self, error: PhotoError | SettingsError) -> Iterator[str]:
        yield server_sent_event(error_body(error))

    def end(self) -> Iterator[str]:
        yield DONE
