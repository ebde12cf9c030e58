"""An index definition that has been checked: its JSON, and what the rest of the code reads from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from local.search.schema.field import STRING, IndexField
from local.search.schema.semantic import SemanticConfiguration
from local.search.schema.vector_search import VectorProfile


@dataclass(frozen=True)
class IndexDefinition:
    """`raw` is the JSON as the service returns it; everything else is read from it once."""

    name: str
    raw: dict[str, Any]
    fields: tuple[IndexField, ...]
    vector_profiles: Mapping[str, VectorProfile] = field(default_factory=dict)
    semantic_configurations: Mapping[str, SemanticConfiguration] = field(default_factory=dict)

    @cached_property
    def by_path(self) -> dict[str, IndexField]:
        """Every field by its path, nested ones included."""
        return {descendant.path: descendant for top in self.fields for descendant in top.walk()}

    @cached_property
    def key(self) -> IndexField:
        return next(top for top in self.fields if top.key)

    @cached_property
    def vectors(self) -> tuple[IndexField, ...]:
        return tuple(top for top in self.fields if top.is_vector)

    @cached_property
    def searchable(self) -> tuple[IndexField, ...]:
        """Every searchable text field, nested ones included."""
        return tuple(one for one in self.by_path.values() if one.searchable and one.element_type == STRING)

    @cached_property
    def searchable_by_path(self) -> dict[str, IndexField]:
        """The same by their paths."""
        return {one.path: one for one in self.searchable}

    @cached_property
    def custom_analyzers(self) -> dict[str, Mapping[str, Any]]:
        """The analyzers that the index defines, by name."""
        return {analyzer["name"]: analyzer for analyzer in self.raw["analyzers"]}

    @property
    def suggester(self) -> Mapping[str, Any] | None:
        suggesters = self.raw["suggesters"]
        return suggesters[0] if suggesters else None

    @property
    def default_semantic_configuration(self) -> str | None:
        return (self.raw.get("semantic") or {}).get("defaultConfiguration")

    def vector_profile(self, vector_field: IndexField) -> VectorProfile:
        return self.vector_profiles.get(vector_field.vector_profile or "", VectorProfile())
