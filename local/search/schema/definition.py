"""An index definition: its JSON as the service gives it back, and what our code reads from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from local.search.errors import InvalidRequest, NotImplementedHere
from local.search.schema.field import STRING, Field, parse_fields
from local.search.schema.profiles import check_profile
from local.search.text.analyzers import check_analyzer, check_normalizer

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
METRICS = {"cosine", "euclidean", "dotProduct"}
ALGORITHMS = {"hnsw": "hnswParameters", "exhaustiveKnn": "exhaustiveKnnParameters"}


@dataclass(frozen=True)
class SemanticConfiguration:
    """Paths of the fields the semantic ranker reads, in order of importance."""

    name: str
    title: str | None
    content: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """`raw` is what goes over the wire; everything else is read from it once."""

    name: str
    raw: dict[str, Any]
    fields: tuple[Field, ...]
    metrics: Mapping[str, str] = field(default_factory=dict)
    semantics: Mapping[str, SemanticConfiguration] = field(default_factory=dict)

    @cached_property
    def by_path(self) -> dict[str, Field]:
        return {one.path: one for top in self.fields for one in top.walk()}

    @cached_property
    def key(self) -> Field:
        return next(one for one in self.fields if one.key)

    @cached_property
    def vectors(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.is_vector)

    @cached_property
    def searchable(self) -> tuple[Field, ...]:
        """Every searchable text field, nested ones included."""
        return tuple(one for one in self.by_path.values() if one.searchable and one.element == STRING)

    @property
    def suggester(self) -> Mapping[str, Any] | None:
        suggesters = self.raw["suggesters"]
        return suggesters[0] if suggesters else None

    @property
    def default_semantics(self) -> str | None:
        return (self.raw.get("semantic") or {}).get("defaultConfiguration")

    def metric(self, one: Field) -> str:
        return self.metrics.get(one.profile or "", "cosine")


def parse_definition(raw: object) -> Definition:
    """Check an index definition and complete it; raises InvalidRequest naming what is wrong."""
    try:
        return read_definition(raw)
    except (TypeError, AttributeError, KeyError, ValueError, RecursionError) as error:
        # A part of a wrong shape that no check above has a sentence for.
        raise InvalidRequest.definition(f"The definition is malformed: {error}.") from error


def read_definition(raw: object) -> Definition:
    if not isinstance(raw, Mapping):
        raise InvalidRequest.definition("An index definition must be a JSON object.")
    name = check_name(raw.get("name"))
    parsed = parse_fields(raw.get("fields") or [])
    fields = tuple(one for one, _ in parsed)
    definition = Definition(
        name=name,
        raw=complete(raw, [full for _, full in parsed]),
        fields=fields,
        metrics=parse_metrics(raw.get("vectorSearch"), fields),
        semantics=parse_semantics(raw.get("semantic")),
    )
    check(definition)
    return definition


def check_name(name: object) -> str:
    if not isinstance(name, str) or not INDEX_NAME.fullmatch(name):
        raise InvalidRequest(
            f"Invalid index name: '{name}'. Index name must only contain lowercase letters, digits, dashes or "
            "underscores, cannot start with a dash or end with one, cannot contain consecutive dashes and is "
            "limited to 128 characters, at least 2."
        )
    return name


def complete(raw: Mapping[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the definition with every list and object the service always shows."""
    full: dict[str, Any] = {
        "name": raw["name"],
        "description": raw.get("description"),
        "defaultScoringProfile": raw.get("defaultScoringProfile"),
        "fields": fields,
    }
    for part in LISTS:
        listed = raw.get(part) or []
        if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
            raise InvalidRequest.definition(f"'{part}' must be an array of objects.")
        full[part] = listed
    for part in ("corsOptions", "encryptionKey", "semantic", "vectorSearch", "similarity"):
        full[part] = raw.get(part)
        if full[part] is not None and not isinstance(full[part], Mapping):
            raise InvalidRequest.definition(f"'{part}' must be an object.")
    full["similarity"] = full["similarity"] or {"@odata.type": BM25, "k1": None, "b": None}
    rest = {k: v for k, v in raw.items() if k not in full and not k.startswith("@odata.")}
    return {**full, **rest}


def objects(raw: object, name: str) -> list[Mapping[str, Any]]:
    """Return a list of JSON objects, each with a `name`, or refuse."""
    listed: list[Any] = raw if isinstance(raw, list) else [] if raw is None else [None]
    if not all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in listed):
        raise InvalidRequest.definition(f"'{name}' must be an array of objects, each with a name.")
    return listed


def parse_metrics(raw: object, fields: tuple[Field, ...]) -> dict[str, str]:
    """Return the distance metric of each vector profile; every vector field must have a known one."""
    search = raw if isinstance(raw, Mapping) else {}
    algorithms = {one["name"]: metric_of(one) for one in objects(search.get("algorithms"), "algorithms")}
    profiles: dict[str, str] = {}
    for profile in objects(search.get("profiles"), "profiles"):
        algorithm = profile.get("algorithm")
        if algorithm not in algorithms:
            raise InvalidRequest.definition(
                f"The vector search profile '{profile['name']}' refers to the unknown algorithm '{algorithm}'."
            )
        profiles[profile["name"]] = algorithms[algorithm]
    for one in fields:
        if one.is_vector and one.profile not in profiles:
            raise InvalidRequest.definition(
                f"The vector field '{one.name}' refers to the unknown vector search profile '{one.profile}'."
            )
    return profiles


def metric_of(algorithm: Mapping[str, Any]) -> str:
    kind = algorithm.get("kind")
    if kind not in ALGORITHMS:
        raise InvalidRequest.definition(f"The vector search algorithm kind '{kind}' is unknown.")
    parameters = algorithm.get(ALGORITHMS[kind]) or {}
    metric = (parameters.get("metric") if isinstance(parameters, Mapping) else None) or "cosine"
    if metric == "hamming":
        raise NotImplementedHere("the hamming metric of binary vectors")
    if metric not in METRICS:
        raise InvalidRequest.definition(f"The vector search metric '{metric}' is unknown.")
    return str(metric)


def parse_semantics(raw: object) -> dict[str, SemanticConfiguration]:
    """Read the semantic configurations by name."""
    semantic = raw if isinstance(raw, Mapping) else {}
    return {one["name"]: parse_configuration(one) for one in objects(semantic.get("configurations"), "configurations")}


def parse_configuration(raw: Mapping[str, Any]) -> SemanticConfiguration:
    prioritized = raw.get("prioritizedFields") or {}
    if not isinstance(prioritized, Mapping):
        raise InvalidRequest.definition("'prioritizedFields' must be an object.")
    title = prioritized.get("titleField") or {}
    return SemanticConfiguration(
        name=raw["name"],
        title=title.get("fieldName") if isinstance(title, Mapping) else None,
        content=names(prioritized.get("prioritizedContentFields")),
        keywords=names(prioritized.get("prioritizedKeywordsFields")),
    )


def names(raw: object) -> tuple[str, ...]:
    listed = raw if isinstance(raw, list) else []
    return tuple(str(one.get("fieldName")) for one in listed if isinstance(one, Mapping))


def check(definition: Definition) -> None:
    """Check what concerns more than one field."""
    keys = [one for one in definition.fields if one.key]
    if len(keys) != 1:
        raise InvalidRequest.definition(
            f"Found {len(keys)} key fields in index '{definition.name}'. Each index must have exactly one key field."
        )
    for one in definition.by_path.values():
        check_words(one, definition)
    check_suggesters(definition)
    check_semantics(definition)
    check_profiles(definition)


def check_words(one: Field, definition: Definition) -> None:
    """Refuse analyzers and normalizers that are unknown or do not fit the field."""
    custom = {own.get("name"): own for own in definition.raw["analyzers"]}
    for name in {one.analyzer, one.search_analyzer} - {None}:
        if not one.searchable:
            raise InvalidRequest.definition(f"The field '{one.path}' has an analyzer but is not searchable.")
        check_analyzer(str(name), custom)
    if one.normalizer is not None:
        check_normalizer(one.normalizer)


def check_suggesters(definition: Definition) -> None:
    suggesters = definition.raw["suggesters"]
    if len(suggesters) > 1:
        raise InvalidRequest.definition("An index can have at most 1 suggester.")
    searchable = {one.path for one in definition.searchable}
    for suggester in suggesters:
        sources = suggester.get("sourceFields")
        if not isinstance(sources, list) or not sources:
            raise InvalidRequest.definition(f"The suggester '{suggester.get('name')}' needs source fields.")
        for name in sources:
            if name not in searchable:
                raise InvalidRequest.definition(
                    f"The suggester '{suggester.get('name')}' refers to '{name}', which is not a searchable field."
                )


def check_semantics(definition: Definition) -> None:
    """Every field a semantic configuration names must exist and hold strings."""
    for configuration in definition.semantics.values():
        for name in (configuration.title, *configuration.content, *configuration.keywords):
            one = definition.by_path.get(name or "")
            if name is not None and (one is None or one.element != STRING):
                raise InvalidRequest.definition(
                    f"The semantic configuration '{configuration.name}' refers to '{name}', "
                    "which is not a string field of the index."
                )
    default = definition.default_semantics
    if default is not None and default not in definition.semantics:
        raise InvalidRequest.definition(f"The default semantic configuration '{default}' does not exist.")


def check_profiles(definition: Definition) -> None:
    profiles = [one.get("name") for one in definition.raw["scoringProfiles"]]
    default = definition.raw["defaultScoringProfile"]
    if default is not None and default not in profiles:
        raise InvalidRequest.definition(f"The default scoring profile '{default}' does not exist.")
    for profile in definition.raw["scoringProfiles"]:
        try:
            check_profile(profile, definition.by_path)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidRequest.definition(
                f"The scoring profile '{profile.get('name')}' is wrong: {error}."
            ) from error
