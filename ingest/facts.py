"""What a file says about itself: when, where and with what it was taken. Bad EXIF never fails a photo."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags
from PIL.Image import Exif

EARLIEST = datetime(1826, 1, 1, tzinfo=UTC)  # the oldest surviving photograph is from about then
DATE_IN_NAME = re.compile(
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
    What is known without looking at the pixels.

    `taken_at` is aware; if the file names no zone, it is the camera's local time read as UTC and
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
    """Read the facts from EXIF; a missing date comes from the file's name or the blob's time."""
    tags = {**_read_directory(exif), **_read_directory(exif, ExifTags.IFD.Exif)}
    gps = _read_directory(exif, ExifTags.IFD.GPSInfo)
    taken_at, source, zone = _date_taken(tags, gps, name, modified)
    return Facts(
        taken_at=taken_at,
        source=source,
        zone=zone,
        location=_location(gps),
        camera=_camera(tags),
        lens=_clean_text(tags.get(ExifTags.Base.LensModel)),
        software=_clean_text(tags.get(ExifTags.Base.Software)),
    )


def _read_directory(exif: Exif, ifd: int | None = None) -> dict[int, Any]:
    """The tags of one directory, of the main one without `ifd`; none if it is broken."""
    try:
        return dict(exif if ifd is None else exif.get_ifd(ifd))
    except MemoryError:
        raise
    except Exception:  # a broken directory raises anything from KeyError to struct.error
        return {}


def _date_taken(
    tags: Mapping[int, Any], gps: Mapping[int, Any], name: str, modified: datetime
) -> tuple[datetime, str, str | None]:
    for source, tag, offset_tag in EXIF_DATES:
        zone = _parse_zone(tags.get(offset_tag))
        if moment := _parse_exif_date(_clean_text(tags.get(tag)), zone):
            return moment, source, _clean_text(tags.get(offset_tag)) if zone else None
    if moment := _gps_date(gps):
        return moment, "gps", "+00:00"
    if moment := _date_in_name(name):
        return moment, "file_name", None
    return modified, "blob", "+00:00"


def _parse_exif_date(text: str | None, zone: timezone | None) -> datetime | None:
    """EXIF's `2024:05:01 10:11:12` and the variants that cameras write; None for zeros and nonsense."""
    match = re.match(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?", text or "")
    if not match:
        return None
    return _plausible_date(*(int(part or 0) for part in match.groups()), zone=zone)


def _plausible_date(*parts: int, zone: timezone | None) -> datetime | None:
    try:
        moment = datetime(*parts, tzinfo=zone or UTC)  # type: ignore[arg-type,misc]  # six integers
        return moment if EARLIEST < moment < datetime.now(UTC) + timedelta(days=2) else None
    except (ValueError, OverflowError):
        return None


def _parse_zone(value: Any) -> timezone | None:
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", _clean_text(value) or "")
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes)) if minutes <= 14 * 60 else None


def _gps_date(gps: Mapping[int, Any]) -> datetime | None:
    date, time = _clean_text(gps.get(ExifTags.GPS.GPSDateStamp)), gps.get(ExifTags.GPS.GPSTimeStamp)
    try:
        hours, minutes, seconds = (int(float(part)) for part in time or ())
        year, month, day = (int(part) for part in re.split(r"[:\-/]", date or ""))
        return _plausible_date(year, month, day, hours, minutes, seconds, zone=UTC)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        return None


def _date_in_name(name: str) -> datetime | None:
    """`IMG_20240501_101112.jpg`, `2024-05-01 holiday.jpg`, `PXL_20240501_101112345.jpg` and the like."""
    for match in DATE_IN_NAME.finditer(name.rpartition("/")[2]):
        if moment := _plausible_date(*(int(part or 0) for part in match.groups()), zone=None):
            return moment
    return None


def _location(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None:
        return None
    # Cameras without a fix write zeros; no photo was taken in the Gulf of Guinea at exactly 0, 0.
    return None if (latitude, longitude) == (0.0, 0.0) else (longitude, latitude)


def _degrees(value: Any, ref: Any, negative: str, limit: int) -> float | None:
    """Degrees, minutes and seconds as one signed number; None when they make no sense."""
    try:
        degrees, minutes, seconds = (float(part) for part in [*value, 0, 0][:3])
        size = abs(degrees) + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(size) or size > limit or minutes < 0 or seconds < 0:
        return None
    south_or_west = (_clean_text(ref) or "").upper().startswith(negative) or degrees < 0
    return round(-size if south_or_west else size, 6) + 0.0  # adding zero turns -0.0 into 0.0


def _camera(tags: Mapping[int, Any]) -> str | None:
    """Make and model as one name, without the make if the model repeats it."""
    make, model = _clean_text(tags.get(ExifTags.Base.Make)), _clean_text(tags.get(ExifTags.Base.Model))
    if make and model and model.lower().startswith(make.split()[0].lower()):
        return model
    return " ".join(part for part in (make, model) if part) or None


def _clean_text(value: Any) -> str | None:
    """A tag's text without padding, 200 characters at most; None for anything that isn't text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    clean = "".join(char for char in value.partition("\0")[0] if char.isprintable()).strip()
    return clean[:200] or None
