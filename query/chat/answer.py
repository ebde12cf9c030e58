"""A whole answer, put together from the events of a conversation."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from query.chat.envelope import json_list
from query.chat.events import AnswerFinished, CallerToolsCalled, Event, PhotosFound, Refused, TextDelta
from shared.models import TokenUsage, ToolCall


@dataclass
class WholeAnswer:
    """What has come of an answer so far."""

    text: str = ""
    refusal: str = ""
    calls: Sequence[ToolCall] = ()
    photos: PhotosFound = field(default_factory=lambda: PhotosFound([], [], []))
    ending: AnswerFinished = field(default_factory=lambda: AnswerFinished("stop", TokenUsage(), []))

    def add(self, event: Event) -> None:
        match event:
            case PhotosFound():
                self.photos = event
            case TextDelta():
                self.text += event.text
            case Refused():
                self.refusal += event.text
            case CallerToolsCalled():
                self.calls = event.calls
            case AnswerFinished():
                self.ending = event

    @property
    def context(self) -> dict[str, Any]:
        """The photos behind the answer, with the citations it ended with."""
        return answer_context(self.photos) | {"citations": self.ending.citations}

    @property
    def cited(self) -> list[dict[str, Any]]:
        """The citations that markers in the text refer to; JSON has no markers."""
        return [] if self.ending.is_data else self.ending.citations


async def collect(conversation: AsyncGenerator[Event, None]) -> WholeAnswer:
    """The whole answer, without space around it."""
    answer = WholeAnswer()
    async with aclosing(conversation) as events:
        async for event in events:
            answer.add(event)
    answer.text = answer.text.strip()
    return answer


def answer_context(photos: PhotosFound) -> dict[str, Any]:
    """The photos found, as Azure OpenAI On Your Data tells them."""
    # It sends the intent as a JSON list in a string, and its clients expect that.
    queries = list(dict.fromkeys(query for search in photos.searches if (query := search.get("query", ""))))
    return {
        "citations": photos.citations,
        "intent": json_list(queries),
        "searches": photos.searches,
        "photos": photos.photos,
        **({"proposals": list(photos.proposals)} if photos.proposals else {}),
    }
