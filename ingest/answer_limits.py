"""How much of a vision model's answer is kept. Models count crowds in billions, and repeat a word without end."""

from collections.abc import Callable
from typing import Any

MAX_PEOPLE = 100_000  # no picture shows more people who can be told apart
MAX_VALUES = 50  # tags; the prompt asks for 20 at most
MAX_VALUE = 100  # characters of a tag or colour: longer ones are no words


def shorten(limit: int) -> Callable[[Any], Any]:
    """A validator that cuts a text to so many characters; null is no text."""

    def cut(value: Any) -> Any:
        if isinstance(value, str):
            return value.strip()[:limit]
        return "" if value is None else value

    return cut


def bounded_count(value: Any) -> Any:
    """A number of people within bounds; null is 0."""
    if isinstance(value, int | float) and value == value:  # noqa: PLR0124 - not a NaN
        return int(max(0, min(value, MAX_PEOPLE)))
    return 0 if value is None else value


def short_list(value: Any) -> Any:
    """A list of words without nulls, blanks, repeats and what is far too long; null is an empty list."""
    if not isinstance(value, list):
        return [] if value is None else value
    words = (each.strip() if isinstance(each, str) else each for each in value if each is not None)
    usable = [each for each in words if not isinstance(each, str) or 0 < len(each) <= MAX_VALUE]
    return [each for number, each in enumerate(usable[: MAX_VALUES * 10]) if each not in usable[:number]][:MAX_VALUES]
