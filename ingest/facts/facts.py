"""The facts of one photo, as far as its file, its name and its sidecars tell them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# Where the time comes from, best first; `exif_modified` may well be the time of an edit.
TakenSource = Literal[
    "sidecar", "exif", "xmp", "iptc", "exif_digitized", "png_text", "gps", "file_name", "exif_modified"
]
Precision = Literal["year", "month", "day", "minute", "second"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    What is known without looking at the picture; empty or None where nothing is known.

    Texts are single lines without control characters. `keyword_paths` are written `space > moon > landing`,
    widest word first. `rating` is 0 (not rated) to 5, or -1 (rejected).

    `taken_local` is the clock on the wall: naive, and exact to `taken_precision`, so that `1969-07` is
    1 July 1969 with the precision `month`. `taken_zone` is its offset from UTC such as `-05:00`, and
    `taken_at` the instant in UTC; both are None where no zone is known. Where only the instant is known,
    the wall clock is that of UTC and the zone `+00:00`.

    `location` is (longitude, latitude) in degrees, WGS 84; `altitude` is in metres above the sea.
    `exposure_time` is in seconds, `focal_length` in millimetres, `orientation` is EXIF's, 1 to 8.
    """

    title: str = ""
    headline: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    keyword_paths: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    credit: str = ""
    rights: str = ""
    usage_terms: str = ""
    web_statement: str = ""
    rating: int | None = None

    sublocation: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    country_code: str = ""
    location: tuple[float, float] | None = None
    altitude: float | None = None

    taken_local: datetime | None = None
    taken_zone: str | None = None
    taken_at: datetime | None = None
    taken_source: TakenSource | None = None
    taken_precision: Precision | None = None

    camera: str | None = None
    lens: str | None = None
    software: str | None = None
    iso: int | None = None
    f_number: float | None = None
    exposure_time: float | None = None
    focal_length: float | None = None
    orientation: int | None = None
