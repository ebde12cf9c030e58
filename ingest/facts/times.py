"""Dates and times as EXIF, XMP and IPTC write them, whole or in part."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from ingest.facts.facts import Precision, TakenSource

EARLIEST = datetime(1826, 1, 1)  # the oldest photograph there is, by the clock on its wall
MARGIN = timedelta(days=2)  # clocks run fast, and it is tomorrow elsewhere
FARTHEST_ZONE = 14 * 60  # minutes
# What clocks show that nobody has set.
UNSET = {datetime(1904, 1, 1), datetime(1970, 1, 1), datetime(1980, 1, 1)}
PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "minute", "second")

_ZONE = r"(Z|[+-]\d{1,2}:?\d{2})"
_TIME = rf"[ T]+(\d{{1,2}})[:.](\d{{1,2}})(?:[:.](\d{{1,2}})(?:[.,](\d+))?)?\s*{_ZONE}?"
_DATE = re.compile(rf"\s*(\d{{4}})(?:[:\-/.](\d{{1,2}})(?:[:\-/.](\d{{1,2}})(?:{_TIME})?)?)?(?!\d)")
_IPTC_DATE = re.compile(r"\s*(\d{4})[-:]?(\d\d)[-:]?(\d\d)")
_IPTC_TIME = re.compile(rf"\s*(\d\d):?(\d\d):?(\d\d)\s*{_ZONE}?")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """
    A wall clock's reading, its precision and its offset from UTC if that was written beside it.

    An `instant` comes without a wall clock, so `local` is UTC's.
    """

    local: datetime
    source: TakenSource
    precision: Precision = "second"
    zone: str | None = None
    instant: bool = False

    @property
    def fine(self) -> bool:
        """Whether this is a time of day and not only a date."""
        return self.precision in {"minute", "second"}

    def includes(self, other: "Moment") -> bool:
        """Whether the other is within the year, the month or the day that this one names."""
        count = PRECISIONS.index(self.precision) + 1
        return count <= 3 and self.local.timetuple()[:count] == other.local.timetuple()[:count]


def parse_moment(text: str, source: TakenSource, *, zone: str = "", fraction: str = "") -> Moment | None:
    """`2024:05:01 10:11:12`, `2024-05-01T10:11:12.5+02:00`, `1969-07`; None for zeros, nonsense and the future."""
    match = _DATE.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    return plausible_moment(
        (year, month, day, hour, minute, second),
        source,
        zone=match[8] or zone,
        fraction=match[7] or fraction,
    )


def parse_iptc_moment(date: str, time: str, source: TakenSource = "iptc") -> Moment | None:
    """`20240501` and `101112+0200`; zeros stand for a month or a day that is not known."""
    match = _IPTC_DATE.match(date)
    if not match:
        return None
    clock = _IPTC_TIME.match(time)
    parts = [int(part) for part in match.groups()] + ([int(part) for part in clock.groups()[:3]] if clock else [])
    return plausible_moment((*parts, *[None] * (6 - len(parts))), source, zone=(clock[4] or "") if clock else "")


def parse_mail_date(text: str, source: TakenSource) -> Moment | None:
    """`Sat, 20 Dec 2008 17:00:46 -0600`, as PNG recommends it, or any other form that `moment` reads."""
    try:
        parts = parsedate_tz(text[:100])
    except (ValueError, IndexError, TypeError, OverflowError):  # it reads the dates of mail, and others surprise it
        parts = None
    if not parts:
        return parse_moment(text, source)
    seconds = parts[9]
    zone = format_offset(seconds // 60) if seconds is not None and abs(seconds) <= FARTHEST_ZONE * 60 else ""
    return plausible_moment(parts[:6], source, zone=zone)


def plausible_moment(
    parts: tuple[int | None, ...], source: TakenSource, *, zone: str = "", fraction: str = ""
) -> Moment | None:
    """Year to second, of which the last ones may be missing, as a moment between the first photograph and now."""
    year, month, day, hour, minute, second = parts
    precision = _precision(parts)
    try:
        local = datetime(  # the clock on the wall
            year or 0,
            month or 1,
            (day or 1) if month else 1,
            0 if hour == 24 else hour or 0,  # some phones write 24 for the hour after midnight
            minute or 0,
            min(second or 0, 59),  # leap seconds
            int(f"{fraction[:6]:0<6}") if fraction.isdecimal() and fraction.isascii() else 0,
        )
    except (ValueError, OverflowError):
        return None
    if not EARLIEST <= local < datetime.now(UTC).replace(tzinfo=None) + MARGIN or local in UNSET:
        return None
    result = Moment(local=local, source=source, precision=precision)
    return replace(result, zone=parse_offset(zone)) if result.fine else result


def _precision(parts: tuple[int | None, ...]) -> Precision:
    _, month, day, _, minute, second = parts
    if not month:
        return "year"
    if not day:
        return "month"
    if minute is None:
        return "day"
    return "minute" if second is None else "second"


def parse_offset(text: str) -> str | None:
    """`+2:00`, `+0200` or `Z` as `+02:00`; None for anything else."""
    text = text.strip()
    if text in {"Z", "z"}:
        return "+00:00"
    match = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})", text, re.ASCII)
    if not match or int(match[3]) > 59:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return format_offset(-minutes if match[1] == "-" else minutes) if minutes <= FARTHEST_ZONE else None


def format_offset(minutes: int) -> str:
    """An offset of so many minutes east of UTC as `+02:00`."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def offset_minutes(zone: str) -> int:
    """The other way round."""
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone.startswith("-") else minutes
