"""The shape of the JSON in an index definition: how deep it goes, and lists of objects with names."""

from collections.abc import Mapping
from typing import Any

from local.search.errors import InvalidParameterError

MAX_NESTING = 200  # the service allows fields ten levels deep


def check_nesting(raw: object) -> None:
    """Refuse JSON that is nested too deep for what reads and writes it level by level."""
    level, nesting = [raw], 0
    while level := [item for value in level for item in children(value)]:
        nesting += 1
        if nesting > MAX_NESTING:
            raise InvalidParameterError.in_definition(f"It is nested more than {MAX_NESTING} levels deep.")


def children(value: object) -> list[Any]:
    """Return what stands directly inside an object or an array."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def named_objects(raw: object, name: str) -> list[Mapping[str, Any]]:
    """Return a list of JSON objects, each with a `name`, or refuse."""
    items: list[Any] = raw if isinstance(raw, list) else [] if raw is None else [None]
    if not all(isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in items):
        raise InvalidParameterError.in_definition(f"'{name}' must be an array of objects, each with a name.")
    return items
