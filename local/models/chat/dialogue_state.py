"""The state of a conversation: the question, what came before it, and the results of tools."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from local.models.api.requests import ChatCompletionRequest, RequestMessage
from local.models.chat.search_results import PhotoRecord, PhotoSearchResult, find_json_objects, parse_search_result

# The chat model's own citations: “title” [1].
CITATION = re.compile(r"“([^”]+)” \[(\d+)\]")
PHOTO_TOOLS = SEARCH_TOOL, COUNT_TOOL, LOOK_TOOL = "search_photos", "count_photos", "look_at_photos"
PROPOSING_TOOLS = EDIT_TOOL, COLLECT_TOOL = "propose_edit", "propose_collection"
LANGUAGE_NAMES = {"English": "en", "German": "de", "French": "fr", "Spanish": "es"}
CAPTION_LANGUAGE = re.compile(rf"captions[\w ,]* are in ({'|'.join(LANGUAGE_NAMES)})\b")
ISO_DATE = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")


@dataclass(frozen=True)
class CompletedToolCall:
    """A tool call with its result: the tool, its arguments and its output."""

    tool: str
    arguments: dict[str, Any]
    output: str


@dataclass(frozen=True)
class DialogueState:
    """
    The last question, the questions before it, and the tool results of this turn.

    `cited_titles` are the photos in the last answer, by number and title;
    `earlier_photos` are those that tools returned in earlier turns.
    `caption_language` is the language in which the instructions say that captions are;
    `offered_tools` are the names of the tools that the request has.
    """

    question: str
    earlier_questions: tuple[str, ...] = ()
    tool_calls: tuple[CompletedToolCall, ...] = ()
    search_results: tuple[PhotoSearchResult, ...] = ()
    cited_titles: tuple[tuple[int, str], ...] = ()
    earlier_photos: tuple[PhotoRecord, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    caption_language: str = "en"
    offered_tools: frozenset[str] = frozenset()

    def latest_search_result(self) -> PhotoSearchResult | None:
        """The result of the last search of this turn that found anything, as it is the most exact."""
        non_empty = [result for result in self.search_results if result.photos] or self.search_results
        return non_empty[-1] if non_empty else None

    def count_result(self) -> dict[str, Any] | None:
        """The result of the last count, if there was one."""
        count_calls = [call for call in self.tool_calls if call.tool == COUNT_TOOL]
        values = [value for call in count_calls for value in find_json_objects(call.output) if "total" in value]
        return values[-1] if values else None

    def other_calls(self) -> list[CompletedToolCall]:
        """The calls of tools that aren't about photos."""
        return [call for call in self.tool_calls if call.tool not in (*PHOTO_TOOLS, *PROPOSING_TOOLS)]

    def proposal_outputs(self) -> list[str]:
        """What the tools that propose something said in this turn."""
        return [call.output for call in self.tool_calls if call.tool in PROPOSING_TOOLS]

    def image_call(self) -> CompletedToolCall | None:
        """The last call that looked at images, if there was one."""
        return next((call for call in reversed(self.tool_calls) if call.tool == LOOK_TOOL), None)


def read_dialogue_state(request: ChatCompletionRequest) -> DialogueState:
    """Read the conversation in a request."""
    messages = request.messages
    user_positions = [
        position for position, message in enumerate(messages) if message.role == "user" and not _is_photo_data(message)
    ]
    last_position = user_positions[-1] if user_positions else 0
    turn_messages = messages[last_position + 1 :]
    tool_calls = _completed_tool_calls(turn_messages)
    prompt_results = [
        parse_search_result(message.text()) for message in messages if message.role in ("system", "developer", "user")
    ]
    outputs = [call.output for call in tool_calls if call.tool in PHOTO_TOOLS]
    search_results = [result for output in outputs if (result := parse_search_result(output)) is not None]
    return DialogueState(
        question=messages[last_position].text() if not _is_photo_data(messages[last_position]) else "",
        earlier_questions=tuple(messages[position].text() for position in user_positions[:-1]),
        tool_calls=tuple(tool_calls),
        search_results=tuple(search_results) or tuple(result for result in prompt_results if result is not None),
        cited_titles=_find_cited_titles(messages[:last_position]),
        earlier_photos=_photos_in(_completed_tool_calls(messages[:last_position])),
        today=_current_date(messages),
        caption_language=_caption_language(messages),
        offered_tools=frozenset(tool.function.name for tool in request.tools or ()),
    )


def _caption_language(messages: Sequence[RequestMessage]) -> str:
    """The code of the language that the instructions name for captions; English if they name none that we speak."""
    texts = (message.text() for message in messages if message.role in ("system", "developer"))
    names = (match[1] for text in texts for match in CAPTION_LANGUAGE.finditer(text))
    return next((LANGUAGE_NAMES[name] for name in names), "en")


def _photos_in(tool_calls: Sequence[CompletedToolCall]) -> tuple[PhotoRecord, ...]:
    """All photos in the results of these tool calls."""
    results = (parse_search_result(call.output) for call in tool_calls)
    return tuple(photo for result in results if result for photo in result.photos)


def _find_cited_titles(messages: Sequence[RequestMessage]) -> tuple[tuple[int, str], ...]:
    """The numbers and titles of the photos that the last answer cites, in its order."""
    answers = [message.text() for message in messages if message.role == "assistant" and message.text()]
    return tuple((int(number), title) for title, number in CITATION.findall(answers[-1])) if answers else ()


def _is_photo_data(message: RequestMessage) -> bool:
    """Whether a user's message contains search results instead of a question."""
    return parse_search_result(message.text()) is not None


def _completed_tool_calls(messages: Sequence[RequestMessage]) -> list[CompletedToolCall]:
    """The tool calls with results among these messages, in order."""
    functions = {tool_call.id: tool_call.function for message in messages for tool_call in message.tool_calls or []}
    completed = []
    for message in messages:
        if message.role == "tool" and (function := functions.get(message.tool_call_id or "")):
            completed.append(CompletedToolCall(function.name, _parse_arguments(function.arguments), message.text()))
    return completed


def _parse_arguments(arguments: str) -> dict[str, Any]:
    """The arguments of a call; empty if they aren't a JSON object."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _current_date(messages: Sequence[RequestMessage]) -> date:
    """Today's date as the system prompt gives it, or else by the clock."""
    for message in messages:
        if message.role not in ("system", "developer"):
            continue
        for date_text in ISO_DATE.findall(message.text()):
            try:
                return date.fromisoformat(date_text)
            except ValueError:
                continue
    return datetime.now(UTC).date()
