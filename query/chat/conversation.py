"""
How a question becomes an answer:

    question -> search -> model (-> tools -> model) -> cited answer

The last message is searched at once, so a plain question takes one round of the
model. What it says is passed on as it comes, and cites only what was found.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from query.chat.citations import CitationFilter, Citations
from query.chat.history import LONGEST_QUERY, recall
from query.chat.question_kind import asks_how_many
from query.chat.tool_schemas import SearchPhotos, definitions
from query.chat.tools import Toolbox, ToolResult
from query.chat.transcript import Transcript
from query.chat.wire_format import ChatMessage, ChatRequest
from query.context import QueryContext
from shared.errors import BadReply
from shared.models import ModelReply, Models, PromptMessage, TokenUsage, ToolsUnsupported

log = logging.getLogger(__name__)

PROMPT = Template(Path(__file__).with_name("prompt.md").read_text(encoding="utf-8"))
MOST_ROUNDS = 4


@dataclass(frozen=True)
class PhotosFound:
    """Photos were found: all of them so far, as citations and as records, and what was searched for and how."""

    citations: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    searches: list[dict[str, Any]]


@dataclass(frozen=True)
class ModelAccepted:
    """The model has taken the request: from here on an error comes in the middle of an answer."""


@dataclass(frozen=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True)
class AnswerFinished:
    """The answer is complete; `citations` are the ones it uses."""

    finish_reason: str
    usage: TokenUsage
    citations: list[dict[str, Any]]


Event = PhotosFound | ModelAccepted | TextDelta | AnswerFinished


async def converse(
    request: ChatRequest, context: QueryContext, *, now: datetime, zone: ZoneInfo
) -> AsyncGenerator[Event, None]:
    """Answer the last message of a conversation, as events in the order they happen."""
    citations = Citations()
    toolbox = Toolbox(context.library, context.models, context.storage, citations, zone)
    question, usage = await _question(request, context.models)
    recalled = await recall(request.messages, question, toolbox)
    searches = [each.search for each in recalled.searched]
    yield PhotosFound(citations.all(), citations.records(), searches)

    transcript = Transcript(_instructions(request.messages, now, zone), recalled)
    markers, mistakes = CitationFilter(citations), 0
    for round_ in range(MOST_ROUNDS):
        reply = ModelReply()
        choice = _choice(question, round_, mistakes)
        async with aclosing(_asked(transcript, context.models, choice=choice, options=request.options)) as pieces:
            async for piece in pieces:
                if isinstance(piece, ModelReply):
                    reply = piece
                elif isinstance(piece, ModelAccepted):
                    yield piece
                elif words := markers.feed(piece):
                    yield TextDelta(words)
        usage += reply.usage
        if not reply.tool_calls or choice == "none":
            break
        outcomes = await asyncio.gather(*(toolbox.run(call) for call in reply.tool_calls))
        transcript.add(reply, outcomes)
        usage = sum((each.usage for each in outcomes), usage)
        mistakes += any(not each.ok for each in outcomes)
        if mistakes > 1 and not recalled.searched:
            transcript.search(await _plainly(question, toolbox))
        searches += [each.search for each in outcomes if each.arguments]
        yield PhotosFound(citations.all(), citations.records(), searches)
    if words := markers.rest() or (reply.refusal if not reply.text else ""):
        yield TextDelta(words)
    if not (reply.text or reply.refusal) and reply.finish_reason not in {"length", "content_filter"}:
        raise BadReply(f"{context.models.chat_model} gave no answer: ask again")
    reason = "stop" if reply.finish_reason in {"tool_calls", "function_call"} else reply.finish_reason
    yield AnswerFinished(reason, usage, citations.used())


def _choice(question: str, round_: int, mistakes: int) -> str | dict[str, Any]:
    """Which tools the model may call: for "how many" it must count first; after two mistakes it has to answer."""
    if round_ == MOST_ROUNDS - 1 or mistakes > 1:
        return "none"
    if round_ == 0 and asks_how_many(question):
        return {"type": "function", "function": {"name": "count_photos"}}
    return "auto"


async def _asked(
    transcript: Transcript, models: Models, *, choice: str | dict[str, Any], options: dict[str, Any]
) -> AsyncGenerator[str | ModelReply | ModelAccepted, None]:
    """One round of the model; one that knows no tools is asked again without."""
    try:
        tools = definitions() if transcript.tools else ()
        pieces = await models.stream(
            transcript.messages, model=models.chat_model, tools=tools, choice=choice, **options
        )
    except ToolsUnsupported:
        log.info("%s knows no tools: answering from what was found", models.chat_model)
        transcript.tools = False
        pieces = await models.stream(transcript.messages, model=models.chat_model, **options)
    yield ModelAccepted()
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _plainly(question: str, toolbox: Toolbox) -> ToolResult:
    """The search a model meant that cannot write its arguments."""
    arguments = SearchPhotos(query=question[:LONGEST_QUERY])
    return toolbox.tell(await toolbox.find(arguments), arguments)


async def _question(request: ChatRequest, models: Models) -> tuple[str, TokenUsage]:
    """The words of the last message; a picture in it is put into words first."""
    last = next(each for each in reversed(request.messages) if each.role == "user")
    if not last.images:
        return last.text.strip()[:LONGEST_QUERY], TokenUsage()
    parts = [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in last.images[:2]]
    ask = {
        "type": "text",
        "text": "Describe what these pictures show in two sentences, to find photos like them.",
    }
    reply = await models.complete(
        [{"role": "user", "content": [ask, *parts]}], model=models.caption_model, max_completion_tokens=300
    )
    return f"{last.text} {reply.text}".strip()[:LONGEST_QUERY], reply.usage


def _instructions(messages: Sequence[ChatMessage], now: datetime, zone: ZoneInfo) -> PromptMessage:
    """Our system message, with the caller's own inside it."""
    theirs = "\n".join(each.text for each in messages if each.role in {"system", "developer"}).strip()
    wishes = f"\nThe operator of this chat adds, as far as it fits the rules above:\n{theirs}" if theirs else ""
    today = f"{now.astimezone(zone):%A, %Y-%m-%d}"
    return {"role": "system", "content": PROMPT.substitute(today=today, zone=zone.key, wishes=wishes)}
