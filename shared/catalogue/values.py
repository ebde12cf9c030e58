"""The values of fields: whether one can be written, and as what; BadRequest names the field and what it takes."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shared.catalogue.definition import NO, NOT_TEXT, YES, Catalogue, FieldDefinition, tidy_number
from shared.catalogue.in_force import catalogue
from shared.errors import BadRequest

Value = str | float | bool | list[str]

MAX_STRING = 2_000  # characters
MAX_SHOWN = 20  # values of a closed list that an error names
MAX_NUMBER = 1e15  # up to there a double holds every whole number
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def find_field(name: str, within: Catalogue | None = None) -> FieldDefinition:
    """The field of this name; BadRequest names those that there are."""
    fields = (within or catalogue()).by_name
    if field := fields.get(name):
        return field
    names = ", ".join(fields) or "none: this library defines no fields of its own"
    raise BadRequest(f"there is no field {name[:60]!r}; the fields are {names}", param=f"fields.{name[:60]}")


def check_value(name: str, value: Any, *, within: Catalogue | None = None) -> Value | None:
    """
    The value as it is stored, if the field takes it; None, which every field takes, is no value.

    BadRequest names the field, the value and what it may be. Nothing is guessed: `"3"` is no number.
    """
    field = find_field(name, within)
    if value is None or value in ("", []):
        return None
    checked: Value = CHECKS[field.type](field, value)
    return checked


def check_patch(values: Mapping[str, Any]) -> dict[str, Value | None]:
    """
    The values of a patch by their fields; BadRequest names the first that is wrong.

    None takes an edit back. "" or an empty list says that the photo has no value, whatever the model says.
    """
    checked = {name: check_value(name, value) for name, value in values.items()}
    return {name: value if value in ("", []) else checked[name] for name, value in values.items()}


def usable_values(values: Mapping[str, Any], fields: Sequence[FieldDefinition]) -> dict[str, Value]:
    """Of a model's values, those that these fields take; an answer may be older than the definitions."""
    usable: dict[str, Value] = {}
    for field in fields:
        value = values.get(field.name)
        if field.type == "multi-choice" and isinstance(value, list):
            value = [each for each in value if each in field.choices]
        try:
            checked = check_value(field.name, value, within=Catalogue(fields=(field,)))
        except BadRequest:
            continue
        if checked is not None:
            usable[field.name] = checked
    return usable


def _check_string(field: FieldDefinition, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_STRING:
        raise _refused(field, value, f"a text of at most {MAX_STRING:,} characters")
    return NOT_TEXT.sub(" ", value).strip()


def _check_choice(field: FieldDefinition, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise _refused(field, value, f"one of {_names(field)}")
    return value


def _check_choices(field: FieldDefinition, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in field.choices for each in value):
        raise _refused(field, value, f"a list of some of {_names(field)}")
    return list(dict.fromkeys(value))


def _check_number(field: FieldDefinition, value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not abs(value) <= MAX_NUMBER:  # NaN is not
        raise _refused(field, value, "a number, such as 12.5")
    return tidy_number(value)


def _check_date(field: FieldDefinition, value: Any) -> str:
    if not isinstance(value, str) or not DAY.fullmatch(value) or not _is_day(value):
        raise _refused(field, value, "a day, such as 2024-05-31")
    return value


def _check_answer(field: FieldDefinition, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(field, value, "true or false")
    return value


CHECKS: Mapping[str, Any] = {
    "string": _check_string,
    "choice": _check_choice,
    "multi-choice": _check_choices,
    "number": _check_number,
    "date": _check_date,
    "yes/no": _check_answer,
}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _names(field: FieldDefinition) -> str:
    more = len(field.choices) - MAX_SHOWN
    return ", ".join(field.choices[:MAX_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _refused(field: FieldDefinition, value: Any, allowed: str) -> BadRequest:
    return BadRequest(f"{field.name} can't be {value!r:.100}: it is {allowed}", param=f"fields.{field.name}")


def value_text(value: Value | None) -> str:
    """A value in words, as files and models read it: lists with commas between, `yes` or `no`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return ", ".join(value) if isinstance(value, list) else str(value)
