"""What the files beside a photo tell about it: XMP sidecars, and the JSON files of Google Takeout."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.facts.exif import point
from ingest.facts.times import Moment, plausible_moment
from ingest.facts.xmp import Xmp

# Bytes of a sidecar that is read. Depth maps and masks make XMP large. Takeout's files have a few thousand bytes,
# and JSON of nothing but brackets takes twenty times its size in memory.
LARGEST_XMP = 16_000_000
LARGEST_TAKEOUT = 1_000_000


@dataclass(frozen=True)
class Sidecar:
    """A file beside the photo: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Takeout:
    """What Google Photos knows of a photo. Its time is an instant; people's names are left out."""

    title: str = ""
    description: str = ""
    taken: Moment | None = None
    location: tuple[float, float] | None = None
    altitude: float | None = None


def read_sidecar(sidecar: Sidecar) -> Xmp | Takeout | None:
    """What a sidecar tells; None for a JSON file that isn't Takeout's. Damage is the same as nothing."""
    if not may_be_read(sidecar.name, len(sidecar.data)):
        return None
    return Xmp([sidecar.data]) if _is_xmp(sidecar.name) else read_takeout(sidecar.data)


def may_be_read(name: str, size: int) -> bool:
    """Whether a sidecar is not too large to be read."""
    return size <= (LARGEST_XMP if _is_xmp(name) else LARGEST_TAKEOUT)


def _is_xmp(name: str) -> bool:
    return name.lower().endswith(".xmp")


def read_takeout(data: bytes) -> Takeout | None:
    """One of Takeout's JSON files; None for any other JSON."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not content.keys() & {"photoTakenTime", "geoData", "creationTime"}:
        return None
    geo = next((spot for key in ("geoData", "geoDataExif") if (spot := _geo(content.get(key)))), None)
    return Takeout(
        title=_string(content.get("title")),
        description=_string(content.get("description")),
        taken=_instant(content.get("photoTakenTime")),
        location=geo[0] if geo else None,
        altitude=geo[1] if geo else None,
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _instant(value: object) -> Moment | None:
    """`{"timestamp": "1564653600"}`: seconds since 1970, also before that."""
    try:
        seconds = int(str(value["timestamp"]).strip()[:20]) if isinstance(value, Mapping) else None
        if seconds is None:
            return None
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except (KeyError, ValueError, OverflowError):
        return None
    moment = plausible_moment((*utc.timetuple()[:6],), "sidecar")
    return moment and Moment(local=moment.local, source="sidecar", zone="+00:00", instant=True)


def _geo(value: object) -> tuple[tuple[float, float], float | None] | None:
    """Where, and how high: zeros are how Google says that it does not know."""
    if not isinstance(value, Mapping):
        return None
    latitude, longitude = _bounded(value.get("latitude"), 90), _bounded(value.get("longitude"), 180)
    spot = point(longitude, latitude)
    return (spot, _bounded(value.get("altitude"), 100_000) or None) if spot else None


def _bounded(value: Any, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= limit else None
