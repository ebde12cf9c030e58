"""$select: which fields an answer shows."""

from __future__ import annotations

from collections.abc import Iterable

from local.search.errors import BadRequest
from local.search.schema.definition import Definition


def parse_select(names: Iterable[str] | None, definition: Definition) -> set[str] | None:
    """Return the selected paths, None for all; refuses unknown and hidden fields."""
    wanted = {name.strip() for name in names or ()} - {""}
    if not wanted or "*" in wanted:
        return None
    for name in wanted:
        field = definition.by_path.get(name)
        if field is None:
            raise BadRequest.parameter(
                f"Invalid expression: Could not find a property named '{name}' on type 'search.document'.",
                "$select",
            )
        if not field.is_complex and not field.retrievable:
            raise BadRequest.parameter(
                f"Invalid expression: '{name}' is not a retrievable field. "
                "Only retrievable fields can be used in $select.",
                "$select",
            )
    return wanted
