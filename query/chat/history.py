"""The conversation so far: what fits into the prompt, and the photos its earlier turns were about."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from query.chat.citations import without_citations
from query.chat.question_kind import searchable
from query.chat.tool_schemas import SearchPhotos
from query.chat.tools import Toolbox, ToolResult
from query.chat.wire_format import ChatMessage
from shared.search.results import SearchResults

TOKENS = 3000  # of history, at about four characters each
AGAIN = 3  # earlier questions that are searched again
LONGEST_QUERY = 1000  # characters of a message that are searched
PICTURES_ALONE = "Find photos like these pictures."


@dataclass(frozen=True)
class PastMessage:
    """A message of the conversation, and what was found for it at the time or is found for it again."""

    role: str
    text: str
    found: ToolResult | None = None


@dataclass(frozen=True)
class RecalledConversation:
    """The conversation with its photos; `searched` is what the last question finds, if it is one to search."""

    said: Sequence[PastMessage]
    searched: Sequence[ToolResult]


async def recall(messages: Sequence[ChatMessage], question: str, toolbox: Toolbox) -> RecalledConversation:
    """
    Search the question, and number the photos of earlier turns before those it finds.

    They come from the context of our last answer where the client sends it back; otherwise the latest earlier
    questions are searched again, oldest first, so that a number means the same photo in every turn.
    """
    kept = within(messages)
    last = max((place for place, each in enumerate(kept) if each.role == "assistant" and each.found), default=None)
    again = [] if last is not None else questions(kept)
    texts = [*(kept[place].text for place in again[-AGAIN:]), *([question] if searchable(question) else [])]
    searches = [SearchPhotos(query=text[:LONGEST_QUERY]) for text in texts]
    results, photos = await asyncio.gather(
        _results(searches, toolbox), toolbox.library.named(kept[last].found if last is not None else [])
    )
    found: dict[int, ToolResult] = {}
    if last is not None and photos:
        found[_asked_before(kept, last)] = toolbox.remind(photos, SearchPhotos())
    for place, search, result in zip(again[-AGAIN:], searches, results, strict=False):
        found[place] = toolbox.remind([hit.photo for hit in result.hits], search)
    known = 0 if len(again) > AGAIN else len(toolbox.citations)
    said = [PastMessage(each.role, _trusted(each, known), found.get(place)) for place, each in enumerate(kept)]
    now = len(again[-AGAIN:])
    fresh = [toolbox.tell(result, search) for result, search in zip(results[now:], searches[now:], strict=True)]
    return RecalledConversation(said, fresh)


async def _results(searches: Sequence[SearchPhotos], toolbox: Toolbox) -> list[SearchResults]:
    await toolbox.library.prepare([each.query for each in searches])
    return await asyncio.gather(*(toolbox.find(each) for each in searches))


def within(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """What of the conversation fits, the latest last; it begins with a question."""
    transcript = [each for each in messages if each.role in {"user", "assistant"} and (each.text or each.images)]
    kept: list[ChatMessage] = []
    room = TOKENS * 4
    for each in reversed(transcript):
        room -= len(each.text)
        if room < 0 and kept:
            break
        kept.append(each)
    while len(kept) > 1 and kept[-1].role != "user":
        kept.pop()
    return kept[::-1]


def questions(kept: Sequence[ChatMessage]) -> list[int]:
    """Where the earlier questions stand; the last message is not one of them."""
    places = [place for place, each in enumerate(kept) if each.role == "user" and searchable(each.text)]
    return [place for place in places if place < _last_question(kept)]


def _last_question(kept: Sequence[ChatMessage]) -> int:
    return max((place for place, each in enumerate(kept) if each.role == "user"), default=0)


def _asked_before(kept: Sequence[ChatMessage], answer: int) -> int:
    """Where the question of an answer stands."""
    return max((place for place in range(answer) if kept[place].role == "user"), default=0)


def _trusted(message: ChatMessage, known: int) -> str:
    """An answer keeps the markers that still mean the photos they meant."""
    if message.role == "assistant":
        return without_citations(message.text, beyond=known)
    return message.text or PICTURES_ALONE
