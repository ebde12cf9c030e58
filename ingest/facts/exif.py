"""EXIF: what the camera wrote, and what Windows and other programs added to it."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from ingest.facts.facts import TakenSource
from ingest.facts.formats.tiff import Tags, Value
from ingest.facts.text import clean, decode
from ingest.facts.times import Moment, parse_moment, plausible_moment

NOWHERE = 1e-6  # degrees around 0,0: what cameras without a fix write

DESCRIPTION, MAKE, MODEL, ORIENTATION, SOFTWARE, MODIFIED = 0x010E, 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
ARTIST, COPYRIGHT, RATING, RATING_PERCENT = 0x013B, 0x8298, 0x4746, 0x4749
XP_TITLE, XP_COMMENT, XP_AUTHOR, XP_KEYWORDS, XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F
EXPOSURE_TIME, F_NUMBER, ISO, FOCAL_LENGTH, LENS_MODEL, USER_COMMENT = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434, 0x9286
ORIGINAL, DIGITIZED = 0x9003, 0x9004
# Date, fraction of a second, offset.
TIMES: dict[TakenSource, tuple[int, int, int]] = {
    "exif": (ORIGINAL, 0x9291, 0x9011),
    "exif_digitized": (DIGITIZED, 0x9292, 0x9012),
    "exif_modified": (MODIFIED, 0x9290, 0x9010),
}
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, ALTITUDE_REF, ALTITUDE, TIME, DATE = 1, 2, 3, 4, 5, 6, 7, 29

CHARSETS = {b"ASCII\0\0\0": "", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "shift_jis", b"\0" * 8: ""}


class Exif:
    """All EXIF of a file: a tag's value is that of the first block that has it."""

    def __init__(self, blocks: Sequence[Tags]) -> None:
        self.tags: Mapping[int, Value] = _merge(part for each in blocks for part in (each.photo, each.exif))
        self.gps: Mapping[int, Value] = _merge(each.gps for each in blocks)

    def text(self, tag: int) -> str:
        """An ASCII tag, whatever its encoding really is, up to the zero at its end."""
        return as_text(self.tags.get(tag))

    def texts(self, tag: int) -> list[str]:
        """The parts of an ASCII tag between its zeros, as Copyright has for photographer and editor."""
        value = self.tags.get(tag)
        return [decode(part).strip() for part in value.split(b"\0")] if isinstance(value, bytes) else []

    def windows_text(self, tag: int) -> str:
        """One of Windows' fields, which are UTF-16."""
        value = self.tags.get(tag)
        if isinstance(value, tuple):  # bytes that some programs write as numbers
            value = bytes(int(number) & 0xFF for number in value if math.isfinite(number))
        return value.decode("utf-16-le", "ignore").partition("\0")[0].strip() if value else ""

    def windows_list(self, tag: int) -> list[str]:
        """One of Windows' lists, with semicolons between."""
        return [part.strip() for part in self.windows_text(tag).split(";") if part.strip()]

    def number(self, tag: int) -> float | None:
        """The first number of a tag, if it is one."""
        return as_number(self.tags.get(tag))

    def user_comment(self) -> str:
        """The comment behind its eight bytes of encoding."""
        value = self.tags.get(USER_COMMENT)
        if not isinstance(value, bytes):
            return ""
        encoding, body = CHARSETS.get(value[:8].upper()), value[8:]
        if encoding is None:
            return as_text(value)
        if encoding == "utf-16":
            return _utf_16(body).partition("\0")[0].strip()
        if encoding:
            return body.decode(encoding, "ignore").strip("\0 ")
        return as_text(body)

    def moment(self, source: TakenSource) -> Moment | None:
        """The original, digitized or modified time, with its fraction and offset."""
        tag, fraction, offset = TIMES[source]
        return parse_moment(self.text(tag), source, zone=self.text(offset), fraction=self.text(fraction))

    def gps_moment(self) -> Moment | None:
        """The satellites' time, which is UTC."""
        match = re.match(r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})", as_text(self.gps.get(DATE)), re.ASCII)
        clock = self.gps.get(TIME)
        if not match or not isinstance(clock, tuple) or len(clock) < 3 or not all(map(math.isfinite, clock)):
            return None
        parts = (*(int(part) for part in match.groups()), *(int(number) for number in clock[:3]))
        utc = plausible_moment(parts, "gps", zone="Z")
        return utc and Moment(local=utc.local, source="gps", zone="+00:00", instant=True)

    def location(self) -> tuple[float, float] | None:
        """Longitude and latitude in degrees."""
        return point(
            degrees(self.gps.get(LONGITUDE), as_text(self.gps.get(LONGITUDE_REF)), 180),
            degrees(self.gps.get(LATITUDE), as_text(self.gps.get(LATITUDE_REF)), 90),
        )

    def altitude(self) -> float | None:
        """Metres above the sea, negative below it."""
        below = self.gps.get(ALTITUDE_REF) in {b"\1", b"1", (1.0,), (1,)}
        height = as_number(self.gps.get(ALTITUDE))
        return -height if height is not None and below else height

    def camera(self) -> str | None:
        """Make and model as one name."""
        return camera_name(self.text(MAKE), self.text(MODEL))


def _merge(directories: Iterable[Mapping[int, Value]]) -> dict[int, Value]:
    merged: dict[int, Value] = {}
    for directory in directories:
        for tag, value in directory.items():
            merged.setdefault(tag, value)
    return merged


def _utf_16(body: bytes) -> str:
    """Without a mark for its byte order, the one in which more of the characters are Latin."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return body.decode("utf-16", "ignore")
    little = body[1::2].count(0) >= body[::2].count(0)
    return body.decode("utf-16-le" if little else "utf-16-be", "ignore")


def as_text(value: Value | None) -> str:
    """A tag's text without its padding."""
    return decode(value.partition(b"\0")[0]).strip() if isinstance(value, bytes) else ""


def as_number(value: Value | None) -> float | None:
    """The first number, if there is a finite one; a single byte is one, too."""
    if isinstance(value, bytes):
        return float(value[0]) if len(value) == 1 else None
    return float(value[0]) if value and math.isfinite(value[0]) else None


def degrees(value: Value | None, ref: str, limit: int) -> float | None:
    """Degrees, minutes and seconds as one number with its sign; None if they aren't valid coordinates."""
    if not isinstance(value, tuple) or not value:
        return None
    # Minutes and seconds may be missing, or nothing divided by nothing.
    minutes, seconds = (0.0 if math.isnan(number) else number for number in (*value[1:3], 0.0, 0.0)[:2])
    size = abs(value[0]) + minutes / 60 + seconds / 3600
    if not math.isfinite(size) or size > limit or minutes < 0 or seconds < 0:
        return None
    negative = ref[:1].upper() in {"S", "W"} or value[0] < 0
    return round(-size if negative else size, 6) + 0.0  # adding zero turns -0.0 into 0.0


def point(longitude: float | None, latitude: float | None) -> tuple[float, float] | None:
    """A spot, unless it is none: nobody's photo is in the Gulf of Guinea at exactly 0,0."""
    if longitude is None or latitude is None or (abs(longitude) < NOWHERE and abs(latitude) < NOWHERE):
        return None
    return longitude, latitude


def camera_name(make: str, model: str) -> str | None:
    """Make and model as one name; many models repeat the make."""
    make, model = clean(make), clean(model)
    if make and model and model.lower().startswith(make.split()[0].lower()):
        return model
    return " ".join(part for part in (make, model) if part) or None
