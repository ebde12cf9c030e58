"""Scoring profiles: weights on fields, and functions that lift what is fresh, near, large or tagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from local.search.columns.column import Array, NumberColumn, PointColumn, StringColumn
from local.search.errors import BadRequest
from local.search.filters import geo
from local.search.query.facets import gather
from local.search.query.ranking import Arm
from local.search.schema.definition import Definition
from local.search.schema.profiles import duration
from local.search.schema.values import EPOCH
from local.search.view import View

CURVES: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "constant": lambda x: np.asarray(x > 0, dtype=np.float64),
    "quadratic": lambda x: 1 - (1 - x) ** 2,
    "logarithmic": lambda x: np.log1p(x * (np.e - 1)),
}


@dataclass(frozen=True)
class Function:
    """One scoring function; `nearness` gives 0 (no boost) to 1 (all of it) for rows of a view."""

    boost: float
    curve: str
    nearness: Callable[[View, Array], Array]

    def lift(self, view: View, rows: Array) -> Array:
        """How much each row's score is raised by this function alone, 0 for not at all."""
        near = np.clip(np.nan_to_num(self.nearness(view, rows)), 0, 1)
        return (self.boost - 1) * CURVES[self.curve](near)


@dataclass(frozen=True)
class Scoring:
    """Field weights for the text query and functions over its matches."""

    weights: Mapping[str, float] = field(default_factory=dict)
    functions: tuple[Function, ...] = ()
    aggregation: str = "sum"

    def apply(self, arm: Arm, view: View) -> Arm:
        """Multiply the scores by what the functions say, and rank again."""
        if not self.functions or not len(arm.rows):
            return arm
        lifts = np.stack([function.lift(view, arm.rows) for function in self.functions])
        scores = (arm.scores * (1 + self._aggregate(lifts))).astype(np.float32)
        order = np.lexsort((arm.rows, -scores))
        return Arm(arm.rows[order], scores[order], arm.weight)

    def _aggregate(self, lifts: Array) -> Array:
        match self.aggregation:
            case "average":
                return np.asarray(lifts.mean(axis=0))
            case "minimum":
                return np.asarray(lifts.min(axis=0))
            case "maximum":
                return np.asarray(lifts.max(axis=0))
            case "firstMatching":
                first = (lifts != 0).argmax(axis=0)
                return np.asarray(lifts[first, np.arange(lifts.shape[1])])
        return np.asarray(lifts.sum(axis=0))


def parse_scoring(name: str | None, parameters: tuple[str, ...], definition: Definition) -> Scoring:
    """Return the profile a request names with its parameters; BadRequest if there is no such profile."""
    if name is None:
        return Scoring()
    profile = next((one for one in definition.raw["scoringProfiles"] if one.get("name") == name), None)
    if profile is None:
        raise BadRequest.parameter(f"Unknown scoring profile '{name}'.", "scoringProfile")
    given = dict(split_parameter(one) for one in parameters)
    weights = (profile.get("text") or {}).get("weights") or {}
    functions = [parse_function(one, given, definition) for one in profile.get("functions") or []]
    return Scoring(weights, tuple(functions), profile.get("functionAggregation") or "sum")


def split_parameter(text: str) -> tuple[str, str]:
    """Read `name-value`; the value may hold dashes itself."""
    name, dash, value = text.partition("-")
    if not dash or not name:
        raise BadRequest.parameter(f"'{text}' must have the form name-value.", "scoringParameters")
    return name, value


def parse_function(raw: Mapping[str, Any], given: Mapping[str, str], definition: Definition) -> Function:
    """Build one function; which it is has been checked when the index was defined."""
    kind = raw["type"]
    settings = raw.get(kind) or {}
    path = raw["fieldName"]
    build = {"freshness": freshness, "magnitude": magnitude, "distance": distance, "tag": tag}[kind]
    return Function(float(raw.get("boost") or 1), raw.get("interpolation") or "linear", build(path, settings, given))


def freshness(path: str, settings: Mapping[str, Any], _: Mapping[str, str]) -> Callable[[View, Array], Array]:
    """1 for now, falling to 0 at the boosting duration; a negative duration looks into the future."""
    span = duration(settings.get("boostingDuration"))
    now = (datetime.now(UTC) - EPOCH).total_seconds()

    def nearness(view: View, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, NumberColumn):
            return np.zeros(len(rows))
        age = now - column.values[rows] / 1000
        age = age if span > 0 else -age
        inside = column.present[rows] & (age >= 0)
        return np.where(inside, 1 - age / abs(span), 0)

    return nearness


def magnitude(path: str, settings: Mapping[str, Any], _: Mapping[str, str]) -> Callable[[View, Array], Array]:
    """0 at the start of the range, 1 at its end; outside 0, or 1 beyond the end if that is constant."""
    start, end = float(settings["boostingRangeStart"]), float(settings["boostingRangeEnd"])
    beyond = bool(settings.get("constantBoostBeyondRange"))

    def nearness(view: View, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, NumberColumn):
            return np.zeros(len(rows))
        share = (column.values[rows] - start) / (end - start)
        return np.where(column.present[rows] & ((share <= 1) | beyond), share, 0)

    return nearness


def distance(path: str, settings: Mapping[str, Any], given: Mapping[str, str]) -> Callable[[View, Array], Array]:
    """1 at the reference point, 0 from the boosting distance (km) on."""
    longitude, latitude = reference_point(given.get(settings["referencePointParameter"]))
    reach = float(settings["boostingDistance"])

    def nearness(view: View, rows: Array) -> Array:
        column = view.table.columns[path]
        if not isinstance(column, PointColumn):
            return np.zeros(len(rows))
        far = geo.distance(column.values[rows], longitude, latitude)
        return np.where(column.present[rows], 1 - far / reach, 0)

    return nearness


def reference_point(text: str | None) -> tuple[float, float]:
    """Read `longitude,latitude`; a parameter starting with a dash has two of them in the request."""
    try:
        longitude, latitude = (float(part) for part in str(text).split(","))
        return geo.checked(longitude, latitude)
    except ValueError:
        raise BadRequest.parameter(f"'{text}' is not a reference point.", "scoringParameters") from None


def tag(path: str, settings: Mapping[str, Any], given: Mapping[str, str]) -> Callable[[View, Array], Array]:
    """1 for documents that have one of the tags, 0 for others."""
    value = given.get(settings["tagsParameter"])
    if value is None:
        raise BadRequest.parameter(
            f"The scoring parameter '{settings['tagsParameter']}' is missing.", "scoringParameters"
        )
    wanted = {part.strip().strip("'") for part in value.split(",")}

    def nearness(view: View, rows: Array) -> Array:
        column, places, owners = gather(view.table, path, rows)
        if not isinstance(column, StringColumn):
            return np.zeros(len(rows))
        codes = [column.code_of[one] for one in wanted if one in column.code_of]
        return np.isin(rows, owners[np.isin(column.codes[places], codes)]).astype(np.float64)

    return nearness
