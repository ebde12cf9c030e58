"""Values as the wire gives them, checked and brought into one form per type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from local.search.errors import BadRequest
from local.search.schema.field import BOOLEAN, DATE, DOUBLE, INT32, INT64, POINT, STRING, Field

Vector = npt.NDArray[np.float32]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The years 1 to 9999, in milliseconds since 1970.
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
RANGES = {INT32: 2**31, INT64: 2**63}
SPECIAL = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}
LONGEST_TERM = 32_766
CRS = {"type": "name", "properties": {"name": "EPSG:4326"}}


def wrong(value: object, kind: str) -> BadRequest:
    """The service's sentence for a value of the wrong type."""
    shown = str(value)[:100]
    return BadRequest(
        f"The request is invalid. Details: Cannot convert the literal '{shown}' to the expected type '{kind}'."
    )


def milliseconds(text: str) -> int:
    """Parse a date with its offset into milliseconds since 1970 UTC; ValueError if it is none."""
    match = INSTANT.fullmatch(text)
    if not match:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if zone == "Z" else zone
    moment = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset}")
    delta = moment - EPOCH
    whole = (delta.days * 86_400 + delta.seconds) * 1000
    total = whole + round(float(f"0.{fraction or 0}") * 1000)
    if not EARLIEST <= total <= LATEST:
        raise ValueError(text)
    return total


def stored_milliseconds(text: str) -> int:
    """The same for what `spell_instant` wrote, several times faster."""
    delta = datetime.fromisoformat(text) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


@lru_cache(maxsize=4096)  # the buckets of a facet by month are the same every time
def spell_instant(value: int) -> str:
    """Write milliseconds since 1970 as the service does: UTC, `Z`, no trailing zeros."""
    seconds, rest = divmod(min(max(value, EARLIEST), LATEST), 1000)
    moment = (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{moment.isoformat()}{fraction}Z"


def check_string(value: object, field: Field) -> str:
    if not isinstance(value, str):
        raise wrong(value, STRING)
    if field.has_column and not field.key and len(value.encode()) > LONGEST_TERM:
        raise BadRequest(
            f"Field '{field.path}' contains a term that is too large to process. The max length for UTF-8 "
            f"encoded terms is {LONGEST_TERM} bytes."
        )
    return value


def check_integer(value: object, field: Field) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, field.element)
    if not -RANGES[field.element] <= value < RANGES[field.element]:
        raise wrong(value, field.element)
    return value


def check_double(value: object, field: Field) -> float | str:
    """Return a finite float, or the wire's spelling of NaN and the infinities."""
    if isinstance(value, str) and value in SPECIAL:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, DOUBLE)
    try:
        number = float(value)
    except OverflowError:
        raise wrong(value, DOUBLE) from None
    if not math.isfinite(number):
        raise wrong(value, DOUBLE)
    return number


def check_boolean(value: object, field: Field) -> bool:
    if not isinstance(value, bool):
        raise wrong(value, BOOLEAN)
    return value


def check_date(value: object, field: Field) -> str:
    """Return the moment in UTC; a date without an offset is refused, as in the service."""
    try:
        return spell_instant(milliseconds(value if isinstance(value, str) else ""))
    except (ValueError, OverflowError):
        raise wrong(value, DATE) from None


def check_point(value: object, field: Field) -> dict[str, Any]:
    """Return a GeoJSON point (longitude first) with its reference system."""
    if not isinstance(value, Mapping) or value.get("type") != "Point":
        raise wrong(value, POINT)
    place = value.get("coordinates")
    if not isinstance(place, list) or len(place) != 2:
        raise wrong(value, POINT)
    longitude, latitude = (number(part) for part in place)
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise wrong(value, POINT)
    return {"type": "Point", "coordinates": [longitude, latitude], "crs": CRS}


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise wrong(value, DOUBLE)
    return float(value)


CHECKS = {
    STRING: check_string,
    INT32: check_integer,
    INT64: check_integer,
    DOUBLE: check_double,
    BOOLEAN: check_boolean,
    DATE: check_date,
    POINT: check_point,
}


def check_vector(value: object, field: Field) -> Vector:
    """Return the vector as float32, or say how its length is wrong."""
    if not isinstance(value, list):
        raise wrong(value, field.type)
    if not set(map(type, value)) <= {int, float}:
        raise wrong(value, field.type)
    if len(value) != field.dimensions:
        raise BadRequest(
            "There's a mismatch in vector dimensions. "
            f"The vector field '{field.name}', with dimension of '{field.dimensions}', expects a length of "
            f"'{field.dimensions}'. However, the provided vector has a length of '{len(value)}'. Please ensure "
            "that the vector length matches the expected length of the vector field. Read the following "
            "documentation for more details: https://aka.ms/vectorsearch"
        )
    try:
        with np.errstate(over="ignore"):
            vector: Vector = np.array(value, dtype=np.float32)
    except OverflowError:
        raise wrong(value, field.type) from None
    if not np.isfinite(vector).all():
        raise wrong(value, field.type)
    return vector


def spell_vector(vector: Vector) -> list[float]:
    """Write float32 numbers with as few digits as still mean the same float32."""
    return [float(str(part)) for part in vector]
