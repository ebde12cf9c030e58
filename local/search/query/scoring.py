"""Scoring profiles: weights on fields, and functions that boost what is fresh, near, large or tagged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from local.search.column_store.columns import Array, NumberColumn, PointColumn, StringColumn
from local.search.column_store.tables import collect_values
from local.search.errors import BadRequestError
from local.search.filters import geo
from local.search.query.ranking import RankedList
from local.search.schema.definition import IndexDefinition
from local.search.schema.scoring_profiles import parse_duration
from local.search.schema.values import EPOCH
from local.search.view import SearchView

# How much of the boost the rows of a view get, 0 for none to 1 for all of it.
Proximity = Callable[[SearchView, Array], Array]
CURVES: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "constant": lambda x: np.asarray(x > 0, dtype=np.float64),
    "quadratic": lambda x: 1 - (1 - x) ** 2,
    "logarithmic": lambda x: np.log1p(x * (np.e - 1)),
}


@dataclass(frozen=True)
class ScoringFunction:
    """One scoring function: the boost, how much of it each row gets, and the curve between."""

    boost: float
    curve: str
    proximity: Proximity

    def boost_for(self, view: SearchView, rows: Array) -> Array:
        """Return how much this function alone raises the score of each row, 0 for not at all."""
        closeness = np.clip(np.nan_to_num(self.proximity(view, rows)), 0, 1)
        return (self.boost - 1) * CURVES[self.curve](closeness)


@dataclass(frozen=True)
class ScoringProfile:
    """Field weights for the text query, and functions over its matches."""

    weights: Mapping[str, float] = field(default_factory=dict)
    functions: tuple[ScoringFunction, ...] = ()
    aggregation: str = "sum"

    def apply(self, ranked: RankedList, view: SearchView) -> RankedList:
        """Multiply the scores by the boosts of the functions, and rank again."""
        if not self.functions or not len(ranked.rows):
            return ranked
        boosts = np.stack([function.boost_for(view, ranked.rows) for function in self.functions])
        scores = (ranked.scores * (1 + self._aggregate(boosts))).astype(np.float32)
        order = np.lexsort((ranked.rows, -scores))
        return RankedList(ranked.rows[order], scores[order], ranked.weight)

    def _aggregate(self, boosts: Array) -> Array:
        match self.aggregation:
            case "average":
                return np.asarray(boosts.mean(axis=0))
            case "minimum":
                return np.asarray(boosts.min(axis=0))
            case "maximum":
                return np.asarray(boosts.max(axis=0))
            case "firstMatching":
                first = (boosts != 0).argmax(axis=0)
                return np.asarray(boosts[first, np.arange(boosts.shape[1])])
        return np.asarray(boosts.sum(axis=0))


def parse_scoring_profile(name: str | None, parameters: tuple[str, ...], definition: IndexDefinition) -> ScoringProfile:
    """Return the profile that a request names, with its parameters; BadRequestError if there is no such profile."""
    if name is None:
        return ScoringProfile()
    raw = next((profile for profile in definition.raw["scoringProfiles"] if profile.get("name") == name), None)
    if raw is None:
        raise BadRequestError.for_parameter(f"Unknown scoring profile '{name}'.", "scoringProfile")
    values = dict(split_parameter(parameter) for parameter in parameters)
    weights = (raw.get("text") or {}).get("weights") or {}
    functions = [parse_function(function, values) for function in raw.get("functions") or []]
    return ScoringProfile(weights, tuple(functions), raw.get("functionAggregation") or "sum")


def split_parameter(text: str) -> tuple[str, str]:
    """Read `name-value`; the value itself may contain dashes."""
    name, dash, value = text.partition("-")
    if not dash or not name:
        raise BadRequestError.for_parameter(f"'{text}' must have the form name-value.", "scoringParameters")
    return name, value


def parse_function(raw: Mapping[str, Any], parameters: Mapping[str, str]) -> ScoringFunction:
    """Build one function; its JSON has been checked when the index was defined."""
    kind = raw["type"]
    settings = raw.get(kind) or {}
    path = raw["fieldName"]
    build = {"freshness": freshness, "magnitude": magnitude, "distance": distance, "tag": tag}[kind]
    return ScoringFunction(
        boost=float(raw.get("boost") or 1),
        curve=raw.get("interpolation") or "linear",
        proximity=build(path, settings, parameters),
    )


def freshness(path: str, settings: Mapping[str, Any], _: Mapping[str, str]) -> Proximity:
    """1 for now, falling to 0 at the boosting duration; a negative duration looks into the future."""
    span = parse_duration(settings.get("boostingDuration"))
    now = (datetime.now(UTC) - EPOCH).total_seconds()

    def proximity(view: SearchView, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, NumberColumn):
            return np.zeros(len(rows))
        age = now - column.values[rows] / 1000
        age = age if span > 0 else -age
        valid = column.present[rows] & (age >= 0)
        return np.where(valid, 1 - age / abs(span), 0)

    return proximity


def magnitude(path: str, settings: Mapping[str, Any], _: Mapping[str, str]) -> Proximity:
    """0 at the start of the range, 1 at its end; 0 outside, or 1 beyond the end if the boost is constant there."""
    start, end = float(settings["boostingRangeStart"]), float(settings["boostingRangeEnd"])
    beyond = bool(settings.get("constantBoostBeyondRange"))

    def proximity(view: SearchView, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, NumberColumn):
            return np.zeros(len(rows))
        share = (column.values[rows] - start) / (end - start)
        return np.where(column.present[rows] & ((share <= 1) | beyond), share, 0)

    return proximity


def distance(path: str, settings: Mapping[str, Any], parameters: Mapping[str, str]) -> Proximity:
    """1 at the reference point, falling to 0 at the boosting distance (km)."""
    longitude, latitude = reference_point(parameters.get(settings["referencePointParameter"]))
    max_distance = float(settings["boostingDistance"])

    def proximity(view: SearchView, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, PointColumn):
            return np.zeros(len(rows))
        kilometres = geo.distance(column.values[rows], longitude, latitude)
        return np.where(column.present[rows], 1 - kilometres / max_distance, 0)

    return proximity


def reference_point(text: str | None) -> tuple[float, float]:
    """Read `longitude,latitude`; where the longitude is negative, the request has two dashes."""
    try:
        longitude, latitude = (float(part) for part in str(text).split(","))
        return geo.check_coordinates(longitude, latitude)
    except ValueError:
        raise BadRequestError.for_parameter(f"'{text}' is not a reference point.", "scoringParameters") from None


def tag(path: str, settings: Mapping[str, Any], parameters: Mapping[str, str]) -> Proximity:
    """1 for documents that have one of the tags, 0 for others."""
    value = parameters.get(settings["tagsParameter"])
    if value is None:
        raise BadRequestError.for_parameter(
            f"The scoring parameter '{settings['tagsParameter']}' is missing.", "scoringParameters"
        )
    tags = {part.strip().strip("'") for part in value.split(",")}

    def proximity(view: SearchView, rows: Array) -> Array:
        column, positions, owners = collect_values(view.table, path, rows)
        if not isinstance(column, StringColumn):
            return np.zeros(len(rows))
        codes = [column.code_of[value] for value in tags if value in column.code_of]
        return np.isin(rows, owners[np.isin(column.codes[positions], codes)]).astype(np.float64)

    return proximity
