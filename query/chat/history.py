"""The conversation so far: what fits into the prompt, and the photos its earlier turns were about."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from query.chat.citations import without_stale_markers
from query.chat.question_kind import is_searchable
from query.chat.tool_schemas import SearchPhotos
from query.chat.tools import Toolbox, ToolResult
from query.chat.wire_format import MAX_TEXT, ChatMessage
from shared.models import ToolCall
from shared.prompt_text import PromptText, own, untrusted
from shared.search.results import SearchResults

MAX_CHARACTERS = 12_000  # of history, about 3,000 tokens
MAX_REPEATED_SEARCHES = 3  # earlier questions that are searched again
MAX_QUERY_LENGTH = 1000  # characters of a message that are searched
PICTURES_ONLY = own("Find photos like these pictures.")  # stands for a message without words


@dataclass(frozen=True)
class PastMessage:
    """A message of the conversation, and the photos its question found, then or now, in brief."""

    role: Literal["user", "assistant", "tool"]
    text: PromptText
    result: ToolResult | None = None
    calls: Sequence[ToolCall] = ()  # of the caller's tools
    call_id: str = ""  # of the call that it is the result of


@dataclass(frozen=True)
class RecalledConversation:
    """The conversation with its photos; `results` has what the last question finds, if it is one to search."""

    messages: Sequence[PastMessage]
    results: Sequence[ToolResult]


async def recall(messages: Sequence[ChatMessage], question: str, toolbox: Toolbox) -> RecalledConversation:
    """
    Search the question, and number the photos of earlier turns before those it finds.

    They come from the context of our last answer if the client sends it back. Otherwise the latest earlier
    questions are searched again, oldest first, so that a number means the same photo in every turn.
    """
    recent = recent_messages(messages)
    answer = max(
        (index for index, each in enumerate(recent) if each.role == "assistant" and each.photo_ids), default=None
    )
    earlier = earlier_questions(recent) if answer is None else []
    repeated = earlier[-MAX_REPEATED_SEARCHES:]
    texts = [*(recent[index].text for index in repeated), *([question] if is_searchable(question) else [])]
    searches = [SearchPhotos(query=text[:MAX_QUERY_LENGTH]) for text in texts]
    answer_photo_ids = [] if answer is None else recent[answer].photo_ids
    outcomes, photos = await asyncio.gather(_search_all(searches, toolbox), toolbox.library.get_many(answer_photo_ids))
    pairs = list(zip(searches, outcomes, strict=True))
    results: dict[int, ToolResult] = {}
    if answer is not None and photos:
        results[_question_before(recent, answer)] = toolbox.brief_result(photos, SearchPhotos())
    for index, (search, outcome) in zip(repeated, pairs, strict=False):
        results[index] = toolbox.brief_result([hit.photo for hit in outcome.hits], search)
    valid_numbers = 0 if len(earlier) > len(repeated) else len(toolbox.citations)
    history = [
        PastMessage(_role(each), _text(each, valid_numbers), results.get(index), each.calls, each.tool_call_id or "")
        for index, each in enumerate(recent)
    ]
    latest = [toolbox.full_result(outcome, search) for search, outcome in pairs[len(repeated) :]]
    return RecalledConversation(history, latest)


async def _search_all(searches: Sequence[SearchPhotos], toolbox: Toolbox) -> list[SearchResults]:
    await toolbox.library.cache_vectors([search.query for search in searches])
    return await asyncio.gather(*(toolbox.find(search) for search in searches))


def recent_messages(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """
    The latest messages that fit into the prompt, in their order; they begin with a question.

    The last question is always among them, with the calls of the caller's tools and the results that follow it.
    """
    exchanges = _exchanges(messages)
    last = max((index for index, each in enumerate(exchanges) if each[0].role == "user"), default=0)
    latest_first = exchanges[last:][::-1]
    remaining = MAX_CHARACTERS - sum(len(each.text) for each in exchanges[last]) if exchanges else 0
    for exchange in reversed(exchanges[:last]):
        remaining -= sum(_length(each) for each in exchange)
        if remaining < 0:
            break
        latest_first.append(exchange)
    while len(latest_first) > 1 and latest_first[-1][0].role != "user":
        latest_first.pop()
    return [message for exchange in reversed(latest_first) for message in exchange]


def _exchanges(messages: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    """The messages of the dialogue; calls of the caller's tools and their results stay together."""
    exchanges: list[list[ChatMessage]] = []
    for message in messages:
        if message.role == "tool" and exchanges:
            exchanges[-1].append(message)
        elif message.role in {"user", "assistant"} and (message.text or message.images or message.calls):
            exchanges.append([message])
    return exchanges


def _length(message: ChatMessage) -> int:
    return len(message.text) + sum(len(call.name + call.arguments) for call in message.calls)


def earlier_questions(messages: Sequence[ChatMessage]) -> list[int]:
    """The indexes of the questions worth a search, without the last question."""
    questions = [index for index, each in enumerate(messages) if each.role == "user"]
    return [index for index in questions[:-1] if is_searchable(messages[index].text)]


def _question_before(messages: Sequence[ChatMessage], answer: int) -> int:
    """The index of the question that an answer belongs to."""
    return max((index for index in range(answer) if messages[index].role == "user"), default=0)


def _role(message: ChatMessage) -> Literal["user", "assistant", "tool"]:
    return "assistant" if message.role == "assistant" else "tool" if message.role == "tool" else "user"


def _text(message: ChatMessage, valid_numbers: int) -> PromptText:
    """The text of a message; an answer keeps only the markers of photos that still have the same numbers."""
    if message.role == "assistant":
        return untrusted(without_stale_markers(message.text, highest=valid_numbers), MAX_TEXT)
    text = untrusted(message.text, MAX_TEXT)
    return text if message.role == "tool" else text or PICTURES_ONLY
