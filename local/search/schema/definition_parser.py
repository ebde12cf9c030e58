"""Check the JSON of an index definition and complete it, so that everything behind it can rely on its shape."""

import re
from collections.abc import Mapping
from typing import Any

from local.search.errors import InvalidParameterError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import parse_fields
from local.search.schema.json_shape import check_nesting
from local.search.schema.references import check_references
from local.search.schema.semantic import parse_semantic_configurations
from local.search.schema.vector_search import parse_vector_profiles

INDEX_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_]|-(?!-)){0,126}[a-z0-9_]", re.ASCII)
BM25 = "#Microsoft.Azure.Search.BM25Similarity"
LISTS = (
    "scoringProfiles",
    "suggesters",
    "analyzers",
    "normalizers",
    "tokenizers",
    "tokenFilters",
    "charFilters",
)
OBJECTS = ("corsOptions", "encryptionKey", "semantic", "vectorSearch", "similarity")


def parse_definition(raw: object) -> IndexDefinition:
    """Check an index definition and complete it; raises InvalidParameterError naming what is wrong."""
    if not isinstance(raw, Mapping):
        raise InvalidParameterError.in_definition("An index definition must be a JSON object.")
    check_nesting(raw)
    name = check_name(raw.get("name"))
    parsed = parse_fields(raw.get("fields") or [])
    fields = tuple(top for top, _ in parsed)
    definition = IndexDefinition(
        name=name,
        raw=complete_definition(raw, [full for _, full in parsed]),
        fields=fields,
        vector_profiles=parse_vector_profiles(raw.get("vectorSearch"), fields),
        semantic_configurations=parse_semantic_configurations(raw.get("semantic")),
    )
    check_references(definition)
    return definition


def check_name(name: object) -> str:
    if not isinstance(name, str) or not INDEX_NAME.fullmatch(name):
        raise InvalidParameterError(
            f"Invalid index name: '{name}'. Index name must only contain lowercase letters, digits, dashes or "
            "underscores, cannot start with a dash or end with one, cannot contain consecutive dashes and is "
            "limited to 128 characters, at least 2."
        )
    return name


def complete_definition(raw: Mapping[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the definition with every list and object that the service always shows."""
    full: dict[str, Any] = {
        "name": raw["name"],
        "description": raw.get("description"),
        "defaultScoringProfile": raw.get("defaultScoringProfile"),
        "fields": fields,
    }
    for part in LISTS:
        items = raw.get(part) or []
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise InvalidParameterError.in_definition(f"'{part}' must be an array of objects.")
        full[part] = items
    for part in OBJECTS:
        full[part] = raw.get(part)
        if full[part] is not None and not isinstance(full[part], Mapping):
            raise InvalidParameterError.in_definition(f"'{part}' must be an object.")
    full["similarity"] = full["similarity"] or {"@odata.type": BM25, "k1": None, "b": None}
    rest = {name: value for name, value in raw.items() if name not in full and not name.startswith("@odata.")}
    return {**full, **rest}
