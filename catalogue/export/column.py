"""A column of a CSV file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalogue.export.cells import FALSE, TRUE, unescape
from shared.photo import Photo

YES, NO = {*TRUE, "yes", "1", "x"}, {*FALSE, "no", "0", ""}
ADVICE = (
    "{!r} is not a date as it was exported, and spreadsheets write dates in their own way: type {}, with the "
    "apostrophe, which keeps it as it is"
)


@dataclass(frozen=True)
class Column:
    """
    A column by its name: `write` makes a photo's cell, `read` the value of a cell as a patch takes it.

    `read` raises ValueError where no value can be meant. Columns without it cannot be edited.
    Spreadsheets write what `is_number` with the decimal sign of their country.
    """

    name: str
    write: Callable[[Photo], str]
    read: Callable[[str], Any] | None = None
    is_number: bool = False


def read_flag(cell: str) -> bool:
    """Whether a cell says yes, in one of a few languages; ValueError if it says neither."""
    word = unescape(cell).strip().casefold()
    if word not in YES | NO:
        raise ValueError("must be true or false")
    return word in YES
