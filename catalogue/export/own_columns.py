"""The columns of a library's own fields, called `fields.NAME`."""

import re
from collections.abc import Callable
from typing import Any

from catalogue.export.cells import escape, join_list, split_list, unescape
from catalogue.export.column import ADVICE, Column, read_flag
from shared.catalogue.definition import FieldDefinition
from shared.catalogue.in_force import catalogue
from shared.photo import Photo
from shared.photo_sources import CUSTOM

DAY = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,20})?([eE][+-]?\d{1,3})?")


def own_columns() -> list[Column]:
    """A column for each field, which people may edit."""
    return [_column(each) for each in catalogue().fields]


def _column(field: FieldDefinition) -> Column:
    def write(photo: Photo) -> str:
        return _write(photo.custom.get(field.name))

    return Column(f"{CUSTOM}{field.name}", write, READERS.get(field.type, unescape), field.type == "number")


def _write(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(join_list(value) if isinstance(value, list) else str(value))


def _read_number(cell: str) -> float | str:
    text = unescape(cell).strip()
    if text and not NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number such as 12.5, with a point and nothing between thousands")
    return float(text) if text else ""


def _read_day(cell: str) -> str:
    text = unescape(cell).strip()
    if text and not DAY.fullmatch(text):
        raise ValueError(ADVICE.format(text[:40], "'2024-05-31"))
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "multi-choice": lambda cell: split_list(unescape(cell)),
    "number": _read_number,
    "date": _read_day,
    "yes/no": lambda cell: read_flag(cell) if cell.strip() else "",
}
