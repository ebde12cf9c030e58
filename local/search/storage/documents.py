"""Documents on their way in and out: checked, merged, and shaped as the service shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequest, InvalidRequest
from local.search.schema.definition import Definition
from local.search.schema.field import Field
from local.search.schema.values import CHECKS, Vector, check_vector, spell_vector, wrong

KINDS = ("upload", "merge", "mergeOrUpload", "delete")
KEY = re.compile(r"[A-Za-z0-9_\-=]+", re.ASCII)
LONGEST_KEY = 1024
MOST_ACTIONS = 1000


@dataclass(frozen=True)
class Action:
    """One line of a batch; `values` holds the plain fields that were given, None where cleared."""

    kind: str
    key: str
    values: Mapping[str, Any]
    vectors: Mapping[str, Vector | None]


@dataclass(frozen=True)
class Outcome:
    """What became of one action, as the answer lists it."""

    key: str
    status: int
    message: str | None = None

    def body(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "status": self.status < 300,
            "errorMessage": self.message,
            "statusCode": self.status,
        }


def parse_batch(body: object, definition: Definition) -> list[Action]:
    """Check a whole batch before any of it is applied."""
    lines = body.get("value") if isinstance(body, Mapping) else None
    if not isinstance(lines, list) or not lines:
        raise BadRequest(
            "The request is invalid. Details: actions : No indexing actions found in the request. "
            f"Please include between 1 and {MOST_ACTIONS} indexing actions in your request."
        )
    if len(lines) > MOST_ACTIONS:
        raise BadRequest(
            f"The request is invalid. Details: actions : Too many indexing actions found in the request: "
            f"{len(lines)}. Please include between 1 and {MOST_ACTIONS} indexing actions in your request."
        )
    return [parse_action(line, number, definition) for number, line in enumerate(lines)]


def parse_action(line: object, number: int, definition: Definition) -> Action:
    """Check one line; the error says which."""
    if not isinstance(line, Mapping):
        raise BadRequest(f"The request is invalid. Details: actions : {number}: A document must be an object.")
    kind = line.get("@search.action", "upload")
    if kind not in KINDS:
        raise BadRequest(f"The request is invalid. Details: actions : {number}: Unknown action '{kind}'.")
    key = check_key(line.get(definition.key.name), number, definition.key.name)
    if kind == "delete":
        return Action(kind, key, {}, {})
    values, vectors = {}, {}
    for field, value in known_fields(line, definition.fields, "search.documentFields"):
        if field.is_vector:
            vectors[field.name] = numbered(number, check_vector, value, field)
        else:
            values[field.name] = check_value(value, field)
    return Action(kind, key, values, vectors)


def numbered(number: int, check: Callable[[object, Field], Vector], value: object, field: Field) -> Vector | None:
    """Check a vector; its error carries the line's number."""
    try:
        return None if value is None else check(value, field)
    except BadRequest as error:
        if error.message.startswith("The request is invalid"):
            raise
        raise BadRequest(f"The request is invalid. Details: actions : {number}: {error.message}") from None


def check_key(key: object, number: int, name: str) -> str:
    """Return a usable document key or the service's explanation."""
    where = f"The request is invalid. Details: actions : {number}: "
    if key is None or key == "":
        raise InvalidRequest(f"{where}Document key cannot be missing or empty.", detail_code="MissingKeyField")
    if not isinstance(key, str):
        raise wrong(key, "Edm.String")
    if key.startswith("_"):
        raise InvalidRequest(
            f"{where}Invalid document key: '{key}'. Keys cannot start with a leading underscore.",
            detail_code="InvalidDocumentKey",
        )
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise InvalidRequest(
            f"{where}Invalid document key: '{key[:LONGEST_KEY]}'. Keys can only contain letters, digits, underscore "
            f"(_), dash (-), or equal sign (=), at most {LONGEST_KEY} of them. If the keys in your source data "
            "contain other characters, we recommend encoding them with a URL-safe version of Base64 before "
            "uploading them to your index.",
            detail_code="InvalidDocumentKey",
        )
    return key


def known_fields(given: Mapping[str, Any], fields: Iterable[Field], type_name: str) -> Iterable[tuple[Field, Any]]:
    """Pair every given value with its field; annotations are skipped, unknown names refused."""
    by_name = {field.name: field for field in fields}
    for name, value in given.items():
        if name.startswith(("@search.", "@odata.")):
            continue
        if name not in by_name:
            raise BadRequest(
                f"The request is invalid. Details: The property '{name}' does not exist on type '{type_name}'. "
                "Make sure to only use property names that are defined by the type."
            )
        yield by_name[name], value


def check_value(value: Any, field: Field) -> Any:
    """Check a plain or complex value, elements and sub-fields included."""
    if field.collection:
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong(value, field.type)
        return [check_element(element, field) for element in value]
    return None if value is None else check_element(value, field)


def check_element(value: Any, field: Field) -> Any:
    if not field.is_complex:
        if value is None:
            raise wrong("null", field.element)
        return CHECKS[field.element](value, field)
    if not isinstance(value, Mapping):
        raise wrong(value, field.type)
    pairs = known_fields(value, field.fields, f"search.complex.{field.name}")
    return {child.name: check_value(inner, child) for child, inner in pairs}


def merged(old: Mapping[str, Any], new: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Merge field by field; complex objects go deep, collections are replaced whole."""
    result = dict(old)
    by_name = {field.name: field for field in fields}
    for name, value in new.items():
        field = by_name[name]
        if field.is_complex and not field.collection and isinstance(value, Mapping):
            result[name] = merged(old.get(name) or {}, value, field.fields)
        else:
            result[name] = value
    return result


@dataclass(frozen=True)
class Shape:
    """How an answer shows documents: every selected field, null or [] where there is no value. Without vectors."""

    names: tuple[str, ...]
    collections: tuple[str, ...]
    below: tuple[tuple[str, Shape], ...]

    @classmethod
    def of(cls, fields: Iterable[Field], paths: set[str] | None) -> Shape:
        """Take the retrievable ones of these fields that `paths` selects, None for all."""
        shown = [
            field
            for field in fields
            if not field.is_vector and (field.is_complex or field.retrievable) and selected(field, paths)
        ]
        return cls(
            names=tuple(field.name for field in shown),
            collections=tuple(field.name for field in shown if field.collection),
            below=tuple((field.name, cls.of(field.fields, paths)) for field in shown if field.is_complex),
        )

    def show(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document as the service shows it."""
        shown: dict[str, Any] = {name: document.get(name) for name in self.names}
        for name in self.collections:
            if shown[name] is None:
                shown[name] = []
        for name, shape in self.below:
            value = shown[name]
            if value is not None:
                shown[name] = [shape.show(one) for one in value] if isinstance(value, list) else shape.show(value)
        return shown


def selected(field: Field, paths: set[str] | None) -> bool:
    """Whether a selection takes in this field, one of its parents or something below it."""
    if paths is None or field.path in paths:
        return True
    parts = field.path.split("/")
    if any("/".join(parts[:depth]) in paths for depth in range(1, len(parts))):
        return True
    return field.is_complex and any(path.startswith(f"{field.path}/") for path in paths)


def shown_vectors(
    fields: Iterable[Field], paths: set[str] | None, read: Callable[[str], Vector | None]
) -> dict[str, Any]:
    """Return the retrievable vectors of a document; `read` fetches one by its field's name."""
    shown: dict[str, Any] = {}
    for field in fields:
        if field.retrievable and selected(field, paths):
            vector = read(field.name)
            shown[field.name] = [] if vector is None else spell_vector(vector)
    return shown
