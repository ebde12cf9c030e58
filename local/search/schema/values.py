"""Values as requests give them, checked and brought into one form per type."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from local.search.errors import BadRequestError
from local.search.schema.field import BOOLEAN, DATE, DOUBLE, INT32, INT64, POINT, STRING, IndexField

Vector = npt.NDArray[np.float32]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The years 1 to 9999, in milliseconds since 1970.
MIN_DATE, MAX_DATE = -62_135_596_800_000, 253_402_300_799_999
DATE_PATTERN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
RANGES = {INT32: 2**31, INT64: 2**63}
SPECIAL_NUMBERS = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}
MAX_TERM_BYTES = 32_766
CRS = {"type": "name", "properties": {"name": "EPSG:4326"}}


def conversion_error(value: object, kind: str) -> BadRequestError:
    """Return the service's error for a value of the wrong type."""
    literal = str(value)[:100]
    return BadRequestError(
        f"The request is invalid. Details: Cannot convert the literal '{literal}' to the expected type '{kind}'."
    )


def parse_date(text: str) -> int:
    """Parse a date with its offset into milliseconds since 1970 UTC; ValueError if it isn't one."""
    match = DATE_PATTERN.fullmatch(text)
    if not match:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if zone == "Z" else zone
    instant = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset}")
    delta = instant - EPOCH
    whole = (delta.days * 86_400 + delta.seconds) * 1000
    total = whole + round(float(f"0.{fraction or 0}") * 1000)
    if not MIN_DATE <= total <= MAX_DATE:
        raise ValueError(text)
    return total


def parse_stored_date(text: str) -> int:
    """Parse a date that `format_date` wrote, several times faster."""
    delta = datetime.fromisoformat(text) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


@lru_cache(maxsize=4096)  # the buckets of a facet by month are the same every time
def format_date(value: int) -> str:
    """Write milliseconds since 1970 as the service does: UTC, `Z`, no trailing zeros."""
    seconds, rest = divmod(min(max(value, MIN_DATE), MAX_DATE), 1000)
    instant = (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{instant.isoformat()}{fraction}Z"


def check_string(value: object, field: IndexField) -> str:
    if not isinstance(value, str):
        raise conversion_error(value, STRING)
    if field.has_column and not field.key and len(value.encode()) > MAX_TERM_BYTES:
        raise BadRequestError(
            f"Field '{field.path}' contains a term that is too large to process. The max length for UTF-8 "
            f"encoded terms is {MAX_TERM_BYTES} bytes."
        )
    return value


def check_integer(value: object, field: IndexField) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise conversion_error(value, field.element_type)
    if not -RANGES[field.element_type] <= value < RANGES[field.element_type]:
        raise conversion_error(value, field.element_type)
    return value


def check_double(value: object, field: IndexField) -> float | str:
    """Return a finite float, or the JSON spelling of NaN and the infinities."""
    if isinstance(value, str) and value in SPECIAL_NUMBERS:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise conversion_error(value, DOUBLE)
    try:
        number = float(value)
    except OverflowError:
        raise conversion_error(value, DOUBLE) from None
    if not math.isfinite(number):
        raise conversion_error(value, DOUBLE)
    return number


def check_boolean(value: object, field: IndexField) -> bool:
    if not isinstance(value, bool):
        raise conversion_error(value, BOOLEAN)
    return value


def check_date(value: object, field: IndexField) -> str:
    """Return the date in UTC; one without an offset is refused, as in the service."""
    try:
        return format_date(parse_date(value if isinstance(value, str) else ""))
    except (ValueError, OverflowError):
        raise conversion_error(value, DATE) from None


def check_point(value: object, field: IndexField) -> dict[str, Any]:
    """Return a GeoJSON point (longitude first) with its reference system."""
    if not isinstance(value, Mapping) or value.get("type") != "Point":
        raise conversion_error(value, POINT)
    coordinates = value.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) != 2:
        raise conversion_error(value, POINT)
    longitude, latitude = (check_coordinate(part) for part in coordinates)
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise conversion_error(value, POINT)
    return {"type": "Point", "coordinates": [longitude, latitude], "crs": CRS}


def check_coordinate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise conversion_error(value, DOUBLE)
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


def check_vector(value: object, field: IndexField) -> Vector:
    """Return the vector as float32; BadRequestError says how it is wrong."""
    if not isinstance(value, list):
        raise conversion_error(value, field.type)
    if not set(map(type, value)) <= {int, float}:
        raise conversion_error(value, field.type)
    if len(value) != field.dimensions:
        raise BadRequestError(
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
        raise conversion_error(value, field.type) from None
    if not np.isfinite(vector).all():
        raise conversion_error(value, field.type)
    return vector


def vector_to_json(vector: Vector) -> list[float]:
    """Return float32 numbers with as few digits as still mean the same float32."""
    return [float(str(part)) for part in vector]
