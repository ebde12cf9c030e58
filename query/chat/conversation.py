"""
How a question becomes an answer:

    question -> search -> model (-> tools -> model) -> cited answer

The last message is searched at once, so a plain question takes one round of the
model. The answer is passed on as it comes, and cites only photos that were found.
"""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from query.chat.answer_markup import MarkupFilter
from query.chat.budget import AnswerBudget
from query.chat.citations import CitationFilter, Citations
from query.chat.history import MAX_QUERY_LENGTH, recall
from query.chat.question_kind import asks_how_many
from query.chat.tool_schemas import SearchPhotos, tool_definitions
from query.chat.tools import Toolbox, ToolResult
from query.chat.transcript import Transcript
from query.chat.wire_format import MAX_TEXT, ChatMessage, ChatRequest
from query.context import QueryContext
from shared.errors import BadReply
from shared.models import ModelReply, Models, TokenUsage, ToolsUnsupported
from shared.prompt_message import PromptMessage, PromptPart, picture_part, text_part
from shared.prompt_text import NOTHING, PromptTemplate, own, untrusted

log = logging.getLogger(__name__)

PROMPT = PromptTemplate.beside(__file__, "prompt.md")
OPERATOR = PromptTemplate("\nThe operator of this chat adds, as far as it fits the rules above:\n$wishes")
LIKE_THESE = own("Describe what these pictures show in two sentences, to find photos like them.")


@dataclass(frozen=True)
class PhotosFound:
    """All photos found so far, as citations and as records, and the searches that found them."""

    citations: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    searches: list[dict[str, Any]]


@dataclass(frozen=True)
class ModelAccepted:
    """The model has accepted the request: from here on an error comes in the middle of an answer."""


@dataclass(frozen=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True)
class AnswerFinished:
    """The answer is complete; `citations` reach to the last one it cites."""

    finish_reason: str
    usage: TokenUsage
    citations: list[dict[str, Any]]


Event = PhotosFound | ModelAccepted | TextDelta | AnswerFinished


async def converse(
    request: ChatRequest, context: QueryContext, *, now: datetime, zone: ZoneInfo, budget: AnswerBudget
) -> AsyncGenerator[Event, None]:
    """Answer the last message of a conversation, as events in the order they happen."""
    citations = Citations()
    toolbox = Toolbox(context.library, context.models, context.storage, citations, budget)
    question = await _question_text(request, context.models, budget)
    recalled = await recall(request.messages, question, toolbox)
    searches = [result.search for result in recalled.results]
    yield PhotosFound(citations.all(), citations.records(), searches)

    transcript = Transcript(_instructions(request.messages, now, zone), recalled)
    citation_filter, markup_filter, failed_rounds = CitationFilter(citations), MarkupFilter(), 0
    budget.check(transcript.messages)
    for round_number in range(budget.limits.rounds):
        reply = ModelReply()
        must_answer = failed_rounds > 1 or budget.must_answer(round_number, transcript.messages)
        choice = _tool_choice(question, round_number, must_answer)
        stream = _stream_round(transcript, context.models, choice=choice, options=request.options)
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                if isinstance(piece, ModelReply):
                    reply = piece
                elif isinstance(piece, ModelAccepted):
                    budget.begin(transcript.messages)
                    yield piece
                elif not budget.add_words(piece):
                    reply = replace(reply, finish_reason="length")
                    break
                elif text := markup_filter.feed(citation_filter.feed(piece)):
                    yield TextDelta(text)
        budget.add(reply.usage)
        if not reply.tool_calls or choice == "none":
            break
        results = await toolbox.run_all(reply.tool_calls)
        transcript.add_round(reply, results)
        if budget.must_answer(round_number + 1, transcript.messages):
            transcript.end_tools()
        failed_rounds += any(not result.ok for result in results)
        if failed_rounds > 1 and not recalled.results:
            transcript.add_search(await _plain_search(question, toolbox))
        searches = [*searches, *(result.search for result in results if result.arguments)]
        yield PhotosFound(citations.all(), citations.records(), searches)
    if text := markup_filter.feed(citation_filter.rest() or (reply.refusal if not reply.text else "")):
        yield TextDelta(text)
    if not (reply.text or reply.refusal) and reply.finish_reason not in {"length", "content_filter"}:
        raise BadReply(f"{context.models.chat_model} gave no answer: ask again")
    reason = "stop" if reply.finish_reason in {"tool_calls", "function_call"} else reply.finish_reason
    yield AnswerFinished(reason, budget.usage, citations.up_to_last_cited())


def _tool_choice(question: str, round_number: int, must_answer: bool) -> str | dict[str, Any]:
    """Which tools the model may call: for "how many" it must count first."""
    if must_answer:
        return "none"
    if round_number == 0 and asks_how_many(question):
        return {"type": "function", "function": {"name": "count_photos"}}
    return "auto"


async def _stream_round(
    transcript: Transcript, models: Models, *, choice: str | dict[str, Any], options: dict[str, Any]
) -> AsyncGenerator[str | ModelReply | ModelAccepted, None]:
    """One round of the model; one that does not support tools is asked again without them."""
    try:
        tools = tool_definitions() if transcript.tools else ()
        pieces = await models.stream(
            transcript.messages, model=models.chat_model, tools=tools, choice=choice, **options
        )
    except ToolsUnsupported:
        log.info("%s does not support tools: answering from the photos found so far", models.chat_model)
        transcript.tools = False
        pieces = await models.stream(transcript.messages, model=models.chat_model, **options)
    yield ModelAccepted()
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _plain_search(question: str, toolbox: Toolbox) -> ToolResult:
    """The search on behalf of a model that cannot write valid arguments."""
    arguments = SearchPhotos(query=question[:MAX_QUERY_LENGTH])
    return toolbox.full_result(await toolbox.find(arguments), arguments)


async def _question_text(request: ChatRequest, models: Models, budget: AnswerBudget) -> str:
    """The text of the last message, with its pictures described in words."""
    last = next(each for each in reversed(request.messages) if each.role == "user")
    if not last.images:
        return last.text.strip()[:MAX_QUERY_LENGTH]
    parts: list[PromptPart] = [
        text_part(LIKE_THESE),
        *(picture_part(url, "low") for url in last.images[:2]),
    ]
    reply = await models.complete(
        [{"role": "user", "content": parts}], model=models.caption_model, max_completion_tokens=300
    )
    budget.add_look(reply.usage, len(parts) - 1)
    return f"{last.text} {reply.text}".strip()[:MAX_QUERY_LENGTH]


def _instructions(messages: Sequence[ChatMessage], now: datetime, zone: ZoneInfo) -> PromptMessage:
    """Our system message, with the caller's own inside it."""
    operator_text = "\n".join(each.text for each in messages if each.role in {"system", "developer"}).strip()
    wishes = OPERATOR.fill(wishes=untrusted(operator_text, MAX_TEXT)) if operator_text else NOTHING
    today = untrusted(f"{now.astimezone(zone):%A, %Y-%m-%d} in {zone.key}", 100)
    return {"role": "system", "content": PROMPT.fill(today=today, wishes=wishes)}
