"""What happens while a question is answered, in the order it happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.models import TokenUsage, ToolCall


@dataclass(frozen=True)
class PhotosFound:
    """All photos found so far, as citations and as records, the searches that found them, and what is proposed."""

    citations: list[dict[str, Any]]
    photos: list[dict[str, Any]]
    searches: list[dict[str, Any]]
    proposals: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class ModelAccepted:
    """The model has accepted the request: from here on an error comes in the middle of an answer."""


@dataclass(frozen=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True)
class Refused:
    """The model refuses to answer in the form that was asked for, and says so in words."""

    text: str


@dataclass(frozen=True)
class CallerToolsCalled:
    """The model calls tools of the caller, which ends the turn; the caller runs them."""

    calls: Sequence[ToolCall]


@dataclass(frozen=True)
class AnswerFinished:
    """
    The answer is complete; `citations` reach to the last one it cites.

    Of an answer as JSON, which has no markers, they are all photos that the model was given; `is_data` says so.
    """

    finish_reason: str
    usage: TokenUsage
    citations: list[dict[str, Any]]
    is_data: bool = False


Event = PhotosFound | ModelAccepted | TextDelta | Refused | CallerToolsCalled | AnswerFinished
