"""The offset of a wall clock, where the file doesn't state it: from its place, or from a clock that showed UTC."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.facts.times import format_offset
from shared.places import zone_name

# Offsets besides whole hours that are, or were since cameras tell the time, in use somewhere, in minutes.
ODD_OFFSETS = {-570, -270, -210, -150, 210, 270, 330, 345, 390, 505, 510, 525, 570, 630, 690, 765, 825}
OFFSETS = {60 * hours for hours in range(-12, 15)} | ODD_OFFSETS
TOLERANCE = timedelta(seconds=100)  # between a camera's clock and the satellites'


def offset_at(location: tuple[float, float], local: datetime) -> str | None:
    """What a wall clock at that spot was ahead of UTC when it showed `local`."""
    return _offset(zone_name(*location), local)


def local_at(location: tuple[float, float], utc: datetime) -> tuple[datetime, str] | None:
    """What a wall clock at that spot showed at an instant, and its offset; both times are naive."""
    try:
        zone = ZoneInfo(zone_name(*location))
        local = utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError, OverflowError):
        return None
    offset = _whole_minutes(local - utc)
    return (local, offset) if offset else None


def offset_between(local: datetime, utc: datetime) -> str | None:
    """The offset that a wall clock had when it showed `local` at `utc`; None if no zone has such an offset."""
    difference = local - utc
    nearest = round(difference / timedelta(minutes=15)) * 15
    if nearest in OFFSETS and abs(difference - timedelta(minutes=nearest)) <= TOLERANCE:
        return format_offset(nearest)
    return None


def _offset(name: str, local: datetime) -> str | None:
    try:
        difference = local.replace(tzinfo=ZoneInfo(name)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OverflowError):
        return None
    return _whole_minutes(difference) if difference is not None else None


def _whole_minutes(difference: timedelta) -> str | None:
    """Before there were zones every town had its own time, to the second."""
    minutes, rest = divmod(int(difference.total_seconds()), 60)
    return None if rest else format_offset(minutes)
