"""Batches of documents on their way in: checked, merged, and answered with a result for each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequestError, InvalidParameterError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import IndexField
from local.search.schema.values import CHECKS, Vector, check_vector, conversion_error

KINDS = ("upload", "merge", "mergeOrUpload", "delete")
KEY = re.compile(r"[A-Za-z0-9_\-=]+", re.ASCII)
MAX_KEY_LENGTH = 1024
MAX_ACTIONS = 1000


@dataclass(frozen=True)
class IndexAction:
    """One document of a batch; `values` holds its fields but for vectors, None where one is cleared."""

    kind: str
    key: str
    values: Mapping[str, Any]
    vectors: Mapping[str, Vector | None]


@dataclass(frozen=True)
class DocumentResult:
    """The result of one action, as the response lists it."""

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


def parse_batch(body: object, definition: IndexDefinition) -> list[IndexAction]:
    """Check a whole batch before any of it is applied."""
    documents = body.get("value") if isinstance(body, Mapping) else None
    if not isinstance(documents, list) or not documents:
        raise BadRequestError(
            "The request is invalid. Details: actions : No indexing actions found in the request. "
            f"Please include between 1 and {MAX_ACTIONS} indexing actions in your request."
        )
    if len(documents) > MAX_ACTIONS:
        raise BadRequestError(
            f"The request is invalid. Details: actions : Too many indexing actions found in the request: "
            f"{len(documents)}. Please include between 1 and {MAX_ACTIONS} indexing actions in your request."
        )
    return [parse_action(document, position, definition) for position, document in enumerate(documents)]


def parse_action(document: object, position: int, definition: IndexDefinition) -> IndexAction:
    """Check one document of a batch; the error says which."""
    if not isinstance(document, Mapping):
        raise BadRequestError(f"The request is invalid. Details: actions : {position}: A document must be an object.")
    kind = document.get("@search.action", "upload")
    if kind not in KINDS:
        raise BadRequestError(f"The request is invalid. Details: actions : {position}: Unknown action '{kind}'.")
    key = check_key(document.get(definition.key.name), position)
    if kind == "delete":
        return IndexAction(kind, key, {}, {})
    values, vectors = {}, {}
    for field, value in match_fields(document, definition.fields, "search.documentFields"):
        if field.is_vector:
            vectors[field.name] = check_batch_vector(position, value, field)
        else:
            values[field.name] = check_value(value, field)
    return IndexAction(kind, key, values, vectors)


def check_batch_vector(position: int, value: object, field: IndexField) -> Vector | None:
    """Check a vector; its error says which document it is in."""
    try:
        return None if value is None else check_vector(value, field)
    except BadRequestError as error:
        if error.message.startswith("The request is invalid"):
            raise
        raise BadRequestError(f"The request is invalid. Details: actions : {position}: {error.message}") from None


def check_key(key: object, position: int) -> str:
    """Return a usable document key, or raise the service's explanation."""
    prefix = f"The request is invalid. Details: actions : {position}: "
    if key is None or key == "":
        raise InvalidParameterError(f"{prefix}Document key cannot be missing or empty.", detail_code="MissingKeyField")
    if not isinstance(key, str):
        raise conversion_error(key, "Edm.String")
    if key.startswith("_"):
        raise InvalidParameterError(
            f"{prefix}Invalid document key: '{key}'. Keys cannot start with a leading underscore.",
            detail_code="InvalidDocumentKey",
        )
    if len(key) > MAX_KEY_LENGTH or not KEY.fullmatch(key):
        raise InvalidParameterError(
            f"{prefix}Invalid document key: '{key[:MAX_KEY_LENGTH]}'. Keys can only contain letters, digits, "
            f"underscore (_), dash (-), or equal sign (=), at most {MAX_KEY_LENGTH} of them. If the keys in your "
            "source data contain other characters, we recommend encoding them with a URL-safe version of Base64 before "
            "uploading them to your index.",
            detail_code="InvalidDocumentKey",
        )
    return key


def match_fields(
    properties: Mapping[str, Any], fields: Iterable[IndexField], type_name: str
) -> Iterable[tuple[IndexField, Any]]:
    """Pair every value with its field; annotations are skipped, unknown names refused."""
    by_name = {field.name: field for field in fields}
    for name, value in properties.items():
        if name.startswith(("@search.", "@odata.")):
            continue
        if name not in by_name:
            raise BadRequestError(
                f"The request is invalid. Details: The property '{name}' does not exist on type '{type_name}'. "
                "Make sure to only use property names that are defined by the type."
            )
        yield by_name[name], value


def check_value(value: Any, field: IndexField) -> Any:
    """Check a plain or complex value, with its elements and sub-fields."""
    if field.is_collection:
        if value is None:
            return []
        if not isinstance(value, list):
            raise conversion_error(value, field.type)
        return [check_element(element, field) for element in value]
    return None if value is None else check_element(value, field)


def check_element(value: Any, field: IndexField) -> Any:
    if not field.is_complex:
        if value is None:
            raise conversion_error("null", field.element_type)
        return CHECKS[field.element_type](value, field)
    if not isinstance(value, Mapping):
        raise conversion_error(value, field.type)
    pairs = match_fields(value, field.fields, f"search.complex.{field.name}")
    return {child.name: check_value(inner, child) for child, inner in pairs}


def merge_documents(old: Mapping[str, Any], new: Mapping[str, Any], fields: Iterable[IndexField]) -> dict[str, Any]:
    """Merge field by field; complex objects go deep, collections are replaced whole."""
    result = dict(old)
    by_name = {field.name: field for field in fields}
    for name, value in new.items():
        field = by_name[name]
        if field.is_complex and not field.is_collection and isinstance(value, Mapping):
            result[name] = merge_documents(old.get(name) or {}, value, field.fields)
        else:
            result[name] = value
    return result
