"""Whole numbers as they come in query parameters."""

from collections.abc import Mapping

from shared.errors import BadRequest


def whole(parameters: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    """The parameter as a number from 0 to `most`; BadRequest names it when it is none."""
    value = parameters.get(name, str(default))
    if not value.isdecimal() or int(value) > most:
        raise BadRequest(f"{name} is a whole number from 0 to {most:,}", param=name)
    return int(value)
