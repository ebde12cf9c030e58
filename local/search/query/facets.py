"""Facet expressions such as `tags,count:20,sort:value`, read and checked."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import BadRequestError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import BOOLEAN, DATE, DOUBLE, STRING, IndexField
from local.search.schema.values import parse_date

DEFAULT_COUNT = 10
SORTS = ("count", "-count", "value", "-value")
MAX_INTEGER = 2**63
TIME_UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
OFFSET = re.compile(r"([+-]?)(\d\d?):(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Facet:
    """One facet expression; `values` are the bounds of ranges, `interval` is a width or a unit of time."""

    field: IndexField
    count: int = DEFAULT_COUNT
    sort: str = "count"
    values: tuple[Any, ...] = ()
    interval: str | None = None
    offset: int = 0


def invalid_facet(message: str) -> BadRequestError:
    return BadRequestError.for_parameter(message, "facets")


def parse_facet(text: str, definition: IndexDefinition) -> Facet:
    """Read `tags,count:20,sort:value`; BadRequestError says what is wrong with it."""
    name, *options = (part.strip() for part in text.split(","))
    field = definition.by_path.get(name)
    if field is None:
        raise invalid_facet(f"Invalid expression: Could not find a property named '{name}' on type 'search.document'.")
    if not field.facetable:
        raise invalid_facet(
            f"The field '{name}' is not facetable. Only facetable fields can be used in facet expressions."
        )
    settings = dict(parse_option(option, text) for option in options)
    if len(settings) != len(options):
        raise invalid_facet(f"The facet expression '{text}' repeats an option.")
    if ("interval" in settings and settings.keys() & {"count", "sort", "values"}) or len(
        {"values", "sort"} & settings.keys()
    ) == 2:
        raise invalid_facet(f"The facet expression '{text}' combines options that exclude each other.")
    return build_facet(field, settings, text)


def parse_option(option: str, text: str) -> tuple[str, str]:
    name, colon, value = option.partition(":")
    if not colon or name not in ("count", "sort", "values", "interval", "timeoffset"):
        raise invalid_facet(f"The facet expression '{text}' has an unknown option '{option}'.")
    return name, value.strip()


def build_facet(field: IndexField, settings: Mapping[str, str], text: str) -> Facet:
    count = settings.get("count", str(DEFAULT_COUNT))
    if not (count.isascii() and count.isdigit() and len(count) < 10):
        raise invalid_facet(f"'count' in the facet expression '{text}' must be a whole number.")
    sort = settings.get("sort", "count")
    if sort not in SORTS:
        raise invalid_facet(f"'sort' in the facet expression '{text}' must be one of {', '.join(SORTS)}.")
    bounds = settings["values"].split("|") if "values" in settings else []
    return Facet(
        field=field,
        count=int(count),
        sort=sort,
        values=tuple(sorted(parse_bound(bound, field, text) for bound in bounds)),
        interval=parse_interval(settings.get("interval"), field, text),
        offset=parse_offset(settings.get("timeoffset"), field, text),
    )


def parse_bound(value: str, field: IndexField, text: str) -> float | int:
    """Read one bound of a range."""
    try:
        if field.element_type == DATE:
            return parse_date(value.strip())
        if field.element_type in (STRING, BOOLEAN):
            raise ValueError(value)
        number = float(value)
    except (ValueError, OverflowError):
        raise invalid_facet(f"'{value}' in the facet expression '{text}' is not a border for '{field.type}'.") from None
    if not math.isfinite(number):
        raise invalid_facet(f"'{value}' in the facet expression '{text}' is not a border for '{field.type}'.")
    if field.element_type != DOUBLE and abs(number) >= MAX_INTEGER:
        raise invalid_facet(f"'{value}' in the facet expression '{text}' is too large for '{field.type}'.")
    return number if field.element_type == DOUBLE or not number.is_integer() else int(number)


def parse_interval(value: str | None, field: IndexField, text: str) -> str | None:
    """Return an interval: a unit of time for dates, a positive number for numbers."""
    if value is None:
        return None
    if field.element_type == DATE and value in TIME_UNITS:
        return value
    if field.element_type not in (DATE, STRING, BOOLEAN):
        try:
            if 0 < float(value) < 1e18:
                return value
        except ValueError:
            pass
    raise invalid_facet(f"'{value}' in the facet expression '{text}' is not an interval for '{field.type}'.")


def parse_offset(value: str | None, field: IndexField, text: str) -> int:
    """Return a time offset in milliseconds."""
    if value is None:
        return 0
    match = OFFSET.fullmatch(value)
    if not match or field.element_type != DATE or int(match[2]) > 14 or int(match[3]) > 59:
        raise invalid_facet(f"'{value}' in the facet expression '{text}' is not a time offset.")
    minutes = int(match[2]) * 60 + int(match[3])
    return (-1 if match[1] == "-" else 1) * minutes * 60_000
