"""$select: which fields a response shows, and documents reduced to them."""

from __future__ import annotations  # a projection holds projections

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequestError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import IndexField
from local.search.schema.values import Vector, vector_to_json


def parse_select(names: Iterable[str] | None, definition: IndexDefinition) -> set[str] | None:
    """Return the selected paths, None for all; refuses unknown and hidden fields."""
    paths = {name.strip() for name in names or ()} - {""}
    if not paths or "*" in paths:
        return None
    for path in paths:
        field = definition.by_path.get(path)
        if field is None:
            raise BadRequestError.for_parameter(
                f"Invalid expression: Could not find a property named '{path}' on type 'search.document'.",
                "$select",
            )
        if not field.is_complex and not field.retrievable:
            raise BadRequestError.for_parameter(
                f"Invalid expression: '{path}' is not a retrievable field. "
                "Only retrievable fields can be used in $select.",
                "$select",
            )
    return paths


@dataclass(frozen=True)
class DocumentProjection:
    """Shows documents with every selected field, null or [] where there is no value; vectors are not part of it."""

    names: tuple[str, ...]
    collections: tuple[str, ...]
    nested: tuple[tuple[str, DocumentProjection], ...]
    empty: dict[str, Any]  # what is shown of a document without any value

    @classmethod
    def of(cls, fields: Iterable[IndexField], paths: set[str] | None) -> DocumentProjection:
        """Take the retrievable ones of these fields that `paths` selects, None for all."""
        selected = [
            field
            for field in fields
            if not field.is_vector and (field.is_complex or field.retrievable) and is_selected(field, paths)
        ]
        return cls(
            names=tuple(field.name for field in selected),
            collections=tuple(field.name for field in selected if field.is_collection),
            empty=dict.fromkeys(field.name for field in selected),
            nested=tuple((field.name, cls.of(field.fields, paths)) for field in selected if field.is_complex),
        )

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document as the service shows it."""
        body: dict[str, Any] = {**self.empty, **document}
        if len(body) > len(self.empty):
            body = {name: body[name] for name in self.names}
        for name in self.collections:
            if body[name] is None:
                body[name] = []
        for name, inner in self.nested:
            value = body[name]
            if value is not None:
                body[name] = [inner.apply(item) for item in value] if isinstance(value, list) else inner.apply(value)
        return body


def is_selected(field: IndexField, paths: set[str] | None) -> bool:
    """Whether a selection takes in this field, one of its parents or something below it."""
    if paths is None or field.path in paths:
        return True
    parts = field.path.split("/")
    if any("/".join(parts[:depth]) in paths for depth in range(1, len(parts))):
        return True
    return field.is_complex and any(path.startswith(f"{field.path}/") for path in paths)


def project_vectors(
    fields: Iterable[IndexField], paths: set[str] | None, read_vector: Callable[[str], Vector | None]
) -> dict[str, Any]:
    """Return the retrievable vectors of a document; `read_vector` fetches one by its field's name."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.retrievable and is_selected(field, paths):
            vector = read_vector(field.name)
            body[field.name] = [] if vector is None else vector_to_json(vector)
    return body
