"""
Files beside a photo that tell about it: XMP sidecars, and the JSON files of Google Takeout.

Their names say which photo they belong to:

    DSC_1.xmp, DSC_1.jpg.xmp                  DSC_1.jpg; the first also DSC_1.nef and all others of the stem
    IMG_7.jpg.supplemental-metadata.json      IMG_7.jpg; Google cuts the name at 46 characters before `.json`
    IMG_7.jpg.json                            IMG_7.jpg, as Takeout wrote it until 2024
    IMG_7.jpg(1).json                         IMG_7(1).jpg
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.facts.exif import point
from ingest.facts.times import Moment, plausible_moment
from ingest.facts.xmp import Xmp

TAKEOUT = ".supplemental-metadata"
CUT = 45  # characters from which on a name in Takeout may have been cut
LARGEST = 16_000_000  # bytes of a sidecar that is read at all
PREFIX = 40  # characters by which a photo and its sidecars are listed: fewer than what Takeout leaves of a name
# fmt: off
EXTENSIONS = frozenset({
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "hif",
    "avif", "jp2", "j2k", "jpx", "psd", "psb", "svg", "ico", "tga", "dng", "cr2", "cr3", "nef", "nrw",
    "arw", "srf", "sr2", "raf", "orf", "rw2", "pef", "srw", "3fr", "iiq", "mp4", "mov", "m4v", "avi",
    "mp", "mpg", "3gp",
})
# fmt: on
# What Google Photos adds to the name of a photo that was edited there; the two share one sidecar.
EDITED = ("-edited", "-bearbeitet", "-modifié", "-editado", "-modificato", "-bewerkt", "-edytowane", "-effects")
_NUMBERED = re.compile(r"\((\d{1,4})\)$")


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


def is_sidecar(name: str) -> bool:
    """Whether a file of this name is one that belongs to a photo beside it."""
    _, file = _split_folder(name)
    stem, extension = _split(file)
    if file.startswith("._"):  # what macOS leaves beside a sidecar
        return False
    return extension == "xmp" or (extension == "json" and _is_takeout(stem))


def listing_prefix(name: str) -> str:
    """With which the names of a photo and of all its sidecars begin, given the name of either."""
    folder, file = _split_folder(name)
    stem, extension = _split(file)
    if extension == "json":
        stem = _split_number(stem)[0]
        stem = stem[: len(stem) - _tail(stem)]
    if extension in {"xmp", "json"} and _split(stem)[1] in EXTENSIONS:
        stem = _split(stem)[0]
    stem = _without_edit_mark(_split_number(stem)[0])
    return f"{folder}{stem[:PREFIX]}"


def belongs_to(sidecar: str, photo: str) -> int:
    """How surely a sidecar belongs to a photo, by their names: 0 if not at all, more for a closer match."""
    (folder, file), (photo_folder, photo_file) = _split_folder(sidecar), _split_folder(photo)
    if folder != photo_folder or not is_sidecar(sidecar):
        return 0
    stem, extension = _split(file.casefold())
    photo_file = photo_file.casefold()
    if extension == "xmp":
        return 3 if stem == photo_file else 2 if stem == _split(photo_file)[0] else 0
    if _is_takeout_of(stem, photo_file):
        return 3
    photo_stem, photo_extension = _split(photo_file)
    original = _without_edit_mark(photo_stem)
    return 1 if original != photo_stem and _is_takeout_of(stem, f"{original}.{photo_extension}") else 0


def photos_of(sidecar: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that a sidecar tells about; raw and JPEG of one stem share theirs."""
    return tuple(name for name in names if not is_sidecar(name) and belongs_to(sidecar, name))


def sidecars_of(photo: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are sidecars of a photo, the closest match first."""
    matches = [(belongs_to(name, photo), name) for name in names]
    return tuple(name for score, name in sorted(matches, key=lambda each: (-each[0], each[1])) if score)


def read_sidecar(sidecar: Sidecar) -> Xmp | Takeout | None:
    """What a sidecar tells; None for a JSON file that isn't Takeout's. Damage is the same as nothing."""
    data = sidecar.data[:LARGEST]
    return Xmp([data]) if sidecar.name.lower().endswith(".xmp") else read_takeout(data)


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


def _is_takeout(stem: str) -> bool:
    base, _ = _split_number(stem)
    tail = _tail(base)
    return len(base) >= CUT or _split(base[: len(base) - tail])[1] in EXTENSIONS


def _is_takeout_of(stem: str, photo: str) -> bool:
    """Whether Google would give this name to the JSON of that photo; both in lower case."""
    base, number = _split_number(stem)
    if number:
        photo_stem, extension = _split(photo)
        photo_stem, photo_number = _split_number(photo_stem)
        # Either Google numbered both, or the number is part of the original name.
        if photo_number == number and _fits(base, f"{photo_stem}.{extension}"):
            return True
    return _fits(stem, photo)


def _fits(base: str, photo: str) -> bool:
    return f"{photo}{TAKEOUT}".startswith(base) and (len(base) >= len(photo) or len(base) >= CUT)


def _tail(base: str) -> int:
    """How many characters of `.supplemental-metadata` a name ends with."""
    return next((count for count in range(len(TAKEOUT), 0, -1) if base.casefold().endswith(TAKEOUT[:count])), 0)


def _split_number(stem: str) -> tuple[str, str]:
    match = _NUMBERED.search(stem)
    return (stem[: match.start()], match[1]) if match else (stem, "")


def _without_edit_mark(stem: str) -> str:
    return next((stem[: -len(end)] for end in EDITED if stem.casefold().endswith(end)), stem)


def _split_folder(name: str) -> tuple[str, str]:
    folder, slash, file = name.rpartition("/")
    return folder + slash, file


def _split(file: str) -> tuple[str, str]:
    stem, dot, extension = file.rpartition(".")
    return (stem, extension.lower()) if dot and stem else (file, "")
