"""Scoring profiles as an index defines them: what is checked before one is accepted."""

import math
import re
from collections.abc import Mapping
from typing import Any

from local.search.errors import InvalidParameterError, UnsupportedFeatureError
from local.search.schema.field import DATE, DOUBLE, INT32, INT64, POINT, STRING, IndexField

DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d{1,9})?S)?)?", re.ASCII
)
SECONDS = (86_400, 3600, 60, 1)
FIELD_TYPES = {
    "freshness": {DATE},
    "magnitude": {INT32, INT64, DOUBLE},
    "distance": {POINT},
    "tag": {STRING},
}
AGGREGATIONS = ("sum", "average", "minimum", "maximum", "firstMatching")
CURVES = ("linear", "constant", "quadratic", "logarithmic")


def parse_duration(text: object) -> float:
    """Read an ISO 8601 duration of days and smaller units, in seconds; ValueError if it isn't one, or is zero."""
    match = DURATION.fullmatch(str(text))
    total = sum(int(part or 0) * unit for part, unit in zip(match.groups()[1:], SECONDS, strict=True)) if match else 0
    if not match or not total:
        raise ValueError(f"'{text}' is not a duration")
    return -total if match[1] else total


def check_scoring_profile(profile: Mapping[str, Any], fields: Mapping[str, IndexField]) -> None:
    """Check a scoring profile when it is defined; InvalidParameterError or UnsupportedFeatureError."""
    try:
        weights = read_object(read_object(profile.get("text"), "text").get("weights"), "weights")
        for path, weight in weights.items():
            check_weight(path, weight, fields)
        if (profile.get("functionAggregation") or "sum") not in AGGREGATIONS:
            raise UnsupportedFeatureError(f"the function aggregation '{profile['functionAggregation']}'")
        functions = profile.get("functions") or []
        if not isinstance(functions, list):
            raise ProfileError("'functions' must be an array")
        for function in functions:
            check_function(read_object(function, "functions"), fields)
    except ProfileError as error:
        raise InvalidParameterError.in_definition(
            f"The scoring profile '{profile.get('name')}' is wrong: {error}."
        ) from error


class ProfileError(Exception):
    """What is wrong with a scoring profile."""


def check_weight(path: str, weight: object, fields: Mapping[str, IndexField]) -> None:
    field = fields.get(path)
    positive = isinstance(weight, int | float) and weight > 0 and math.isfinite(read_number(weight, path))
    if field is None or not field.searchable or not positive:
        raise ProfileError(f"the weight of '{path}' needs a searchable field and a positive number")


def check_function(raw: Mapping[str, Any], fields: Mapping[str, IndexField]) -> None:
    """Check one function: its kind, its field and its settings."""
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in FIELD_TYPES:
        raise UnsupportedFeatureError(f"the scoring function '{kind}'")
    check_function_field(kind, raw.get("fieldName"), fields)
    if (raw.get("interpolation") or "linear") not in CURVES:
        raise ProfileError(f"the interpolation '{raw['interpolation']}' is unknown")
    if not 1 <= abs(read_number(raw.get("boost") or 1, "boost")) < 1e6:
        raise ProfileError("the boost must be a number of at least 1")
    settings = read_object(raw.get(kind), kind)
    if kind == "freshness":
        try:
            parse_duration(settings.get("boostingDuration"))
        except ValueError as error:
            raise ProfileError(str(error)) from error
    if kind == "magnitude":
        start, end = (read_number(settings.get(name), name) for name in ("boostingRangeStart", "boostingRangeEnd"))
        if start == end:
            raise ProfileError("the range of a magnitude function must not be empty")
    if kind == "distance":
        read_number(settings.get("boostingDistance"), "boostingDistance")
        check_parameter_name(settings, "referencePointParameter")
    if kind == "tag":
        check_parameter_name(settings, "tagsParameter")


def check_function_field(kind: str, path: object, fields: Mapping[str, IndexField]) -> None:
    field = fields.get(path) if isinstance(path, str) else None
    if field is None or field.element_type not in FIELD_TYPES[kind] or not field.filterable:
        raise ProfileError(f"the {kind} function needs a filterable field of a fitting type, not '{path}'")
    if kind != "tag" and has_many_values(field, fields):
        raise ProfileError(f"the {kind} function needs a field with one value per document, not '{path}'")


def has_many_values(field: IndexField, fields: Mapping[str, IndexField]) -> bool:
    """Whether a field is a collection or part of one."""
    parts = field.path.split("/")
    return any(fields["/".join(parts[:depth])].is_collection for depth in range(1, len(parts) + 1))


def read_object(value: object, name: str) -> Mapping[str, Any]:
    """Return a JSON object, an empty one where there is none."""
    if value and not isinstance(value, Mapping):
        raise ProfileError(f"'{name}' must be an object")
    return value if isinstance(value, Mapping) else {}


def read_number(value: object, name: str) -> float:
    """Return a number, which may have been sent as text."""
    try:
        if isinstance(value, int | float | str):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise ProfileError(f"'{name}' must be a number")


def check_parameter_name(settings: Mapping[str, Any], name: str) -> None:
    if not isinstance(settings.get(name), str):
        raise ProfileError(f"'{name}' must be a string")
