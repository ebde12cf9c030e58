"""A merge patch of a photo (RFC 7396), read and checked: the fields that it writes, and those that it takes back."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from shared.catalogue.values import check_patch
from shared.edits import parse_taken
from shared.errors import BadRequest
from shared.photo_sources import CUSTOM
from shared.search.time_clauses import EARLIEST
from shared.validation import validate

# Control characters, halves of surrogate pairs and what is drawn as nothing; tab and line feed become blanks in lines.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060\ufeff\ud800-\udfff]")


TOO_LATE = datetime(9999, 1, 1)  # so that no zone leads beyond the calendar


def _line(text: str) -> str:
    return " ".join(UNSEEN.sub(" ", text).split())


def _paragraphs(text: str) -> str:
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _filled(text: str) -> str:
    if not text:
        raise ValueError("must not be empty; null takes the edit back")
    return text


def _names(names: list[str]) -> list[str]:
    """Each name once, without blanks around it, and no empty one."""
    return list(dict.fromkeys(line for name in names if (line := _line(name))))


def _lower(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in names))


def _taken(text: str) -> str:
    moment, _, _ = parse_taken(text)
    if moment and moment.replace(tzinfo=None) < EARLIEST:
        raise ValueError("no photo is older than the year 1000")
    if moment and moment.replace(tzinfo=None) >= TOO_LATE:
        raise ValueError("no photo is of the year 9999 or later")
    return text


def _spot(value: Any) -> Any:
    """A position in degrees (WGS 84), or nothing."""
    if value in ("", None):
        return value
    degrees = value if isinstance(value, dict) and value.keys() == MOST_DEGREES.keys() else {}
    numbers = {name: each for name, each in degrees.items() if type(each) in (int, float)}
    if len(numbers) != len(MOST_DEGREES) or not all(abs(numbers[name]) <= most for name, most in MOST_DEGREES.items()):
        raise ValueError('must be {"latitude": -90 to 90, "longitude": -180 to 180}, in degrees, or ""')
    return {name: float(each) for name, each in numbers.items()}


MOST_DEGREES = {"latitude": 90, "longitude": 180}
DEGREES = {name: {"type": "number", "minimum": -most, "maximum": most} for name, most in MOST_DEGREES.items()}
SPOT = {"type": "object", "properties": DEGREES, "required": [*DEGREES], "additionalProperties": False}
LOCATION = {"anyOf": [SPOT, {"const": ""}, {"type": "null"}]}
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_line)]
Paragraphs = Annotated[str, AfterValidator(_paragraphs)]
Name = Annotated[str, StringConstraints(max_length=200)]
MOST_NAMES = 200  # in a list
NameList = Annotated[list[Name], Field(max_length=MOST_NAMES), AfterValidator(_names)]


class PhotoPatch(BaseModel):
    """
    What to write into a photo's fields. `null` takes an edit back, and what the file or the model says counts again.

    A list replaces the whole list. `taken_local` is as long as the date is known: `1969`, `1969-07`, `1969-07-20`,
    `1969-07-20T20:17:40`, with an offset where the zone is known. It and `location` are "" where people know that
    what the file says is wrong, and nothing better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: Annotated[Line, StringConstraints(max_length=300), AfterValidator(_filled)] | None = None
    alt_text: Annotated[Paragraphs, StringConstraints(max_length=1000)] | None = None
    caption: Annotated[Paragraphs, StringConstraints(max_length=10_000), AfterValidator(_filled)] | None = None
    tags: Annotated[NameList, AfterValidator(_lower)] | None = None
    keywords: NameList | None = None
    creators: NameList | None = None
    credit: Line | None = None
    rights: Annotated[Paragraphs, StringConstraints(max_length=4000)] | None = None
    rating: Annotated[int, Field(ge=-1, le=5, description="Stars; 0 is not rated, -1 rejected.")] | None = None
    taken_local: Annotated[str, StringConstraints(max_length=25), AfterValidator(_taken)] | None = None
    city: Line | None = None
    state: Line | None = None
    country: Line | None = None
    location: Annotated[Any, AfterValidator(_spot), WithJsonSchema(LOCATION)] = None
    persons: NameList | None = None
    favorite: bool | None = None
    reviewed: bool | None = None
    fields: dict[str, Any] | None = Field(None, description="Fields of one's own, by name.")


def parse_patch(body: Any, check_fields: Callable[[Mapping[str, Any]], dict[str, Any]] = check_patch) -> dict[str, Any]:
    """
    The values that a patch writes by field, None for those that it takes back; BadRequest names what is wrong.

    `check_fields` gets the fields of one's own that it names, and returns their values; they are called `fields.NAME`.
    """
    if not isinstance(body, dict):
        raise BadRequest("a patch must be an object with the fields to change")
    patch = validate(PhotoPatch, body)
    values = {name: getattr(patch, name) for name in patch.model_fields_set - {"fields"}}
    return values | {f"{CUSTOM}{name}": value for name, value in check_fields(patch.fields or {}).items()}
