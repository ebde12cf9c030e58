"""A conversation as the talker sees it: the question, what was said before, what the tools brought back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from local.models.api.requests import ChatRequest, Message
from local.models.talk.found import Found, Results, objects_in, results_in

# As the talker itself cites: “title” [1].
CITED = re.compile(r"“([^”]+)” \[(\d+)\]")
DATE = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")


@dataclass(frozen=True)
class Done:
    """A tool call that was answered: the tool, its arguments, and what it said."""

    tool: str
    arguments: dict[str, Any]
    said: str


@dataclass(frozen=True)
class Dialogue:
    """The last question, the questions before it, and this turn's tool results.

    `cited` are the photos that the last answer named, by number and title; `shown` the photos of earlier turns.
    """

    question: str
    earlier: tuple[str, ...] = ()
    done: tuple[Done, ...] = ()
    given: tuple[Results, ...] = ()
    cited: tuple[tuple[int, str], ...] = ()
    shown: tuple[Found, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def results(self) -> Results | None:
        """What this turn's searches found: the last that found anything, as it was the most exact."""
        found = [results for results in self.given if results.photos] or self.given
        return found[-1] if found else None

    def count(self) -> dict[str, Any] | None:
        """The answer of a count, if one was asked for."""
        counts = [done for done in self.done if done.tool.startswith("count")]
        values = [value for done in counts for value in objects_in(done.said) if "total" in value]
        return values[-1] if values else None

    def looked(self) -> Done | None:
        """The look at pictures of this turn, if there was one."""
        return next((done for done in reversed(self.done) if "ids" in done.arguments), None)


def read_dialogue(request: ChatRequest) -> Dialogue:
    """The conversation in a request."""
    messages = request.messages
    asked = [place for place, message in enumerate(messages) if message.role == "user" and not is_data(message)]
    last = asked[-1] if asked else 0
    turn = messages[last + 1 :]
    done = tool_results(turn)
    handed = [results_in(message.text()) for message in messages if message.role in ("system", "developer", "user")]
    given = [results for one in done if (results := results_in(one.said)) is not None]
    return Dialogue(
        question=messages[last].text() if not is_data(messages[last]) else "",
        earlier=tuple(messages[place].text() for place in asked[:-1]),
        done=tuple(done),
        given=tuple(given) or tuple(results for results in handed if results is not None),
        cited=cited_in(messages[:last]),
        shown=photos_in(tool_results(messages[:last])),
        today=today_in(messages),
    )


def photos_in(done: Sequence[Done]) -> tuple[Found, ...]:
    """All photos that some tool results hold."""
    found = (results_in(one.said) for one in done)
    return tuple(photo for results in found if results for photo in results.photos)


def cited_in(messages: Sequence[Message]) -> tuple[tuple[int, str], ...]:
    """The photos that the last answer among these messages names, in its order."""
    answers = [message.text() for message in messages if message.role == "assistant" and message.text()]
    return tuple((int(number), title) for title, number in CITED.findall(answers[-1])) if answers else ()


def is_data(message: Message) -> bool:
    """Whether a message of the user only hands over photos."""
    return results_in(message.text()) is not None


def tool_results(messages: Sequence[Message]) -> list[Done]:
    """The answered tool calls among some messages, in order."""
    calls = {call.id: call.function for message in messages for call in message.tool_calls or []}
    done = []
    for message in messages:
        if message.role == "tool" and (made := calls.get(message.tool_call_id or "")):
            done.append(Done(made.name, parsed(made.arguments), message.text()))
    return done


def parsed(arguments: str) -> dict[str, Any]:
    """The arguments of a call; none where they are no object."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def today_in(messages: Sequence[Message]) -> date:
    """The date the instructions give as today's, or the clock's."""
    for message in messages:
        if message.role not in ("system", "developer"):
            continue
        for found in DATE.findall(message.text()):
            try:
                return date.fromisoformat(found)
            except ValueError:
                continue
    return datetime.now(UTC).date()
