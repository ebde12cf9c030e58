"""What a file says of itself: when and where it was taken, with what. Wrong EXIF never fails a photo."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags
from PIL.Image import Exif

EARLIEST = datetime(1826, 1, 1, tzinfo=UTC)  # the oldest photograph there is
STAMP = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?:[-_ T.]{1,3}(?:at )?(\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d))?(?!\d)"
)

EXIF_DATES = (
    ("exif", ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
    ("exif_digitized", ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    ("exif_modified", ExifTags.Base.DateTime, ExifTags.Base.OffsetTime),
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    What is known without looking at the picture.

    `taken_at` is aware; where the file gives no zone it is the camera's clock read as UTC and
    `zone` is None. `source` is exif, exif_digitized, exif_modified, gps, file_name or blob.
    `location` is (longitude, latitude) in degrees, WGS 84.
    """

    taken_at: datetime | None = None
    source: str | None = None
    zone: str | None = None
    location: tuple[float, float] | None = None
    camera: str | None = None
    lens: str | None = None
    software: str | None = None


def read_facts(exif: Exif, *, name: str, modified: datetime) -> Facts:
    """Read the facts from EXIF, and what EXIF lacks from the file's name and the blob's time."""
    tags = {**dict(exif), **_ifd(exif, ExifTags.IFD.Exif)}
    gps = _ifd(exif, ExifTags.IFD.GPSInfo)
    taken_at, source, zone = _taken(tags, gps, name, modified)
    return Facts(
        taken_at=taken_at,
        source=source,
        zone=zone,
        location=_location(gps),
        camera=_camera(tags),
        lens=_text(tags.get(ExifTags.Base.LensModel)),
        software=_text(tags.get(ExifTags.Base.Software)),
    )


def _ifd(exif: Exif, which: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(which))
    except Exception:  # a broken directory raises anything from KeyError to struct.error
        return {}


def _taken(
    tags: Mapping[int, Any], gps: Mapping[int, Any], name: str, modified: datetime
) -> tuple[datetime, str, str | None]:
    for source, tag, offset_tag in EXIF_DATES:
        zone = _zone(tags.get(offset_tag))
        if moment := _moment(_text(tags.get(tag)), zone):
            return moment, source, _text(tags.get(offset_tag)) if zone else None
    if moment := _gps_time(gps):
        return moment, "gps", "+00:00"
    if moment := _named(name):
        return moment, "file_name", None
    return modified, "blob", "+00:00"


def _moment(text: str | None, zone: timezone | None) -> datetime | None:
    """EXIF's `2024:05:01 10:11:12`, in the variants cameras write; None for zeros and nonsense."""
    found = re.match(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?", text or "")
    if not found:
        return None
    return _plausible(*(int(part or 0) for part in found.groups()), zone=zone)


def _plausible(*parts: int, zone: timezone | None) -> datetime | None:
    try:
        moment = datetime(*parts, tzinfo=zone or UTC)  # type: ignore[arg-type,misc]  # six whole numbers
        return moment if EARLIEST < moment < datetime.now(UTC) + timedelta(days=2) else None
    except (ValueError, OverflowError):
        return None


def _zone(value: Any) -> timezone | None:
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", _text(value) or "")
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes <= 14 * 60 else None


def _gps_time(gps: Mapping[int, Any]) -> datetime | None:
    date, time = _text(gps.get(ExifTags.GPS.GPSDateStamp)), gps.get(ExifTags.GPS.GPSTimeStamp)
    try:
        hours, minutes, seconds = (int(float(part)) for part in time or ())
        year, month, day = (int(part) for part in re.split(r"[:\-/]", date or ""))
        return _plausible(year, month, day, hours, minutes, seconds, zone=UTC)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        return None


def _named(name: str) -> datetime | None:
    """`IMG_20240501_101112.jpg`, `2024-05-01 holiday.jpg`, `PXL_20240501_101112345.jpg` and the like."""
    for found in STAMP.finditer(name.rpartition("/")[2]):
        if moment := _plausible(*(int(part or 0) for part in found.groups()), zone=None):
            return moment
    return None


def _location(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None:
        return None
    # Cameras without a fix write zeros; nobody's photo is in the Gulf of Guinea at exactly 0,0.
    return None if (latitude, longitude) == (0.0, 0.0) else (longitude, latitude)


def _degrees(value: Any, ref: Any, negative: str, limit: int) -> float | None:
    """Degrees, minutes and seconds as one number with its sign; None when they are no place."""
    try:
        degrees, minutes, seconds = (float(part) for part in [*value, 0, 0][:3])
        size = abs(degrees) + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(size) or size > limit or minutes < 0 or seconds < 0:
        return None
    south_or_west = (_text(ref) or "").upper().startswith(negative) or degrees < 0
    return round(-size if south_or_west else size, 6) + 0.0  # adding zero turns -0.0 into 0.0


def _camera(tags: Mapping[int, Any]) -> str | None:
    """Make and model as one name; many models repeat the make."""
    make, model = _text(tags.get(ExifTags.Base.Make)), _text(tags.get(ExifTags.Base.Model))
    if make and model and model.lower().startswith(make.split()[0].lower()):
        return model
    return " ".join(part for part in (make, model) if part) or None


def _text(value: Any) -> str | None:
    """A tag's text without its padding; None for anything that is not text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    clean = "".join(char for char in value.partition("\0")[0] if char.isprintable()).strip()
    return clean[:200] or None
