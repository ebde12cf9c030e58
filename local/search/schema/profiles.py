"""Scoring profiles as an index defines them: what is checked before one is accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local.search.errors import NotImplementedHere
from local.search.schema.field import DATE, DOUBLE, INT32, INT64, POINT, STRING, Field

DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d{1,9})?S)?)?", re.ASCII
)
SECONDS = (86_400, 3600, 60, 1)
TYPES = {
    "freshness": {DATE},
    "magnitude": {INT32, INT64, DOUBLE},
    "distance": {POINT},
    "tag": {STRING},
}
AGGREGATIONS = ("sum", "average", "minimum", "maximum", "firstMatching")
CURVES = ("linear", "constant", "quadratic", "logarithmic")


def duration(text: object) -> float:
    """Read an ISO 8601 duration of days and smaller, in seconds; ValueError if it is none or zero."""
    match = DURATION.fullmatch(str(text))
    total = sum(int(part or 0) * unit for part, unit in zip(match.groups()[1:], SECONDS, strict=True)) if match else 0
    if not match or not total:
        raise ValueError(f"'{text}' is not a duration")
    return -total if match[1] else total


def check_profile(profile: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    """Check a scoring profile when it is defined; ValueError or NotImplementedHere."""
    for path, weight in ((profile.get("text") or {}).get("weights") or {}).items():
        one = fields.get(path)
        if one is None or not one.searchable or not isinstance(weight, int | float) or weight <= 0:
            raise ValueError(f"the weight of '{path}' needs a searchable field and a positive number")
    if (profile.get("functionAggregation") or "sum") not in AGGREGATIONS:
        raise NotImplementedHere(f"the function aggregation '{profile['functionAggregation']}'")
    for function in profile.get("functions") or []:
        check_function(function, fields)


def check_function(raw: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    """Check one function: its kind, its field and its settings."""
    kind, path = raw.get("type"), raw.get("fieldName")
    one = fields.get(str(path))
    if kind not in TYPES:
        raise NotImplementedHere(f"the scoring function '{kind}'")
    if one is None or one.element not in TYPES[kind] or not one.filterable:
        raise ValueError(f"the {kind} function needs a filterable field of a fitting type, not '{path}'")
    if (raw.get("interpolation") or "linear") not in CURVES:
        raise ValueError(f"the interpolation '{raw['interpolation']}' is unknown")
    if not 1 <= abs(float(raw.get("boost") or 1)) < 1e6:
        raise ValueError("the boost must be a number of at least 1")
    settings = raw.get(kind) or {}
    if kind == "freshness":
        duration(settings.get("boostingDuration"))
    if kind == "magnitude" and float(settings["boostingRangeStart"]) == float(settings["boostingRangeEnd"]):
        raise ValueError("the range of a magnitude function must not be empty")
    if kind == "distance":
        float(settings["boostingDistance"]), str(settings["referencePointParameter"])
    if kind == "tag":
        str(settings["tagsParameter"])
