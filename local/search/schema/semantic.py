"""The semantic part of an index definition: which fields the semantic ranker reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import InvalidParameterError
from local.search.schema.json_shape import named_objects


@dataclass(frozen=True)
class SemanticConfiguration:
    """Paths of the fields the semantic ranker reads, in order of importance."""

    name: str
    title: str | None
    content: tuple[str, ...]
    keywords: tuple[str, ...]


def parse_semantic_configurations(raw: object) -> dict[str, SemanticConfiguration]:
    """Return the semantic configurations by name."""
    semantic = raw if isinstance(raw, Mapping) else {}
    return {
        configuration["name"]: parse_semantic_configuration(configuration)
        for configuration in named_objects(semantic.get("configurations"), "configurations")
    }


def parse_semantic_configuration(raw: Mapping[str, Any]) -> SemanticConfiguration:
    prioritized = raw.get("prioritizedFields") or {}
    if not isinstance(prioritized, Mapping):
        raise InvalidParameterError.in_definition("'prioritizedFields' must be an object.")
    title = prioritized.get("titleField") or {}
    title_name = title.get("fieldName") if isinstance(title, Mapping) else None
    return SemanticConfiguration(
        name=raw["name"],
        title=None if title_name is None else str(title_name),
        content=field_names(prioritized.get("prioritizedContentFields")),
        keywords=field_names(prioritized.get("prioritizedKeywordsFields")),
    )


def field_names(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list) else []
    return tuple(str(item.get("fieldName")) for item in items if isinstance(item, Mapping))
