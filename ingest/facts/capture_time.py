"""
When a photo was taken, of all the times that its sources tell.

A day is the day that was lived: what counts is the clock on the wall, and the zone only says which
instant that was. The order is that of the Metadata Working Group, and what it leaves open is
decided by how likely it is that the time is that of the photo, and not that of an edit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingest.facts.times import Moment, offset_minutes
from ingest.facts.zones import local_at, offset_at, offset_between

HOUR = 60
SAME_CLOCK = timedelta(seconds=1)  # XMP often leaves out the fractions that EXIF has


@dataclass(frozen=True, kw_only=True)
class CaptureTime:
    """The wall clock, its offset from UTC and the instant, as far as they are known."""

    moment: Moment
    zone: str | None
    instant: datetime | None


def choose_capture_time(
    moments: Sequence[Moment], *, location: tuple[float, float] | None, satellites: Moment | None
) -> CaptureTime | None:
    """The time of a photo from all that are told, the most trusted first; None where there is none."""
    if not moments:
        return None
    best = _finest(_with_edit_first(moments))
    if best.instant:
        return _with_wall_clock(best, moments, location)
    zone = (_stated_zone(best, moments) or _derived_zone(best, location, satellites)) if best.fine else None
    return _capture_time(best, zone)


def _with_edit_first(moments: Sequence[Moment]) -> Sequence[Moment]:
    """When a file was modified counts last, unless it confirms the day in the file's name and knows the hour."""
    first = moments[0]
    if first.source != "file_name":
        return moments
    edits = [each for each in moments if each.source == "exif_modified" and each.local.date() == first.local.date()]
    return [*edits, *moments]


def _finest(moments: Sequence[Moment]) -> Moment:
    """The first one, or a later one within the year or the day that it names."""
    best = moments[0]
    for other in moments[1:]:
        if best.includes(other) and not other.instant and other.source != "exif_modified":
            best = other
    return best


def _with_wall_clock(best: Moment, moments: Sequence[Moment], location: tuple[float, float] | None) -> CaptureTime:
    """An instant as the clock on the wall showed it: by a clock that ran beside it, by the place, or else as UTC."""
    for other in moments:
        if other.fine and not other.instant and other.source != "exif_modified":
            offset = offset_between(other.local, best.local)
            if offset and other.zone in {None, offset}:
                return _capture_time(other, other.zone or _zone_beside(best, other, offset, location))
    wall = local_at(location, best.local) if location else None
    if wall:
        return _capture_time(replace(best, local=wall[0]), wall[1])
    return _capture_time(best, best.zone)


def _zone_beside(best: Moment, other: Moment, offset: str, location: tuple[float, float] | None) -> str | None:
    """Google reads a clock without a zone as UTC, so that no difference from it tells nothing."""
    if offset == "+00:00" and best.source == "sidecar":
        return offset_at(location, other.local) if location else None
    return offset


def _stated_zone(best: Moment, moments: Sequence[Moment]) -> str | None:
    """Its own, or the one beside the same time elsewhere."""
    if best.zone:
        return best.zone
    return next(
        (each.zone for each in moments if each.zone and not each.instant and _same_clock(best, each)),
        None,
    )


def _same_clock(one: Moment, other: Moment) -> bool:
    return other.fine and abs(one.local - other.local) < SAME_CLOCK


def _derived_zone(best: Moment, location: tuple[float, float] | None, satellites: Moment | None) -> str | None:
    """
    By the place, or by what the satellites' clock showed meanwhile.

    The two differ where a camera was left on the time at home, which only the satellites tell. Their
    time may be old, so that the difference is chance: whole hours seldom are.
    """
    by_place = offset_at(location, best.local) if location else None
    by_clock = offset_between(best.local, satellites.local) if satellites else None
    if by_clock and (not by_place or offset_minutes(by_clock) % HOUR == 0):
        return by_clock
    return by_place


def _capture_time(moment: Moment, zone: str | None) -> CaptureTime:
    instant = (moment.local - timedelta(minutes=offset_minutes(zone))).replace(tzinfo=UTC) if zone else None
    return CaptureTime(moment=moment, zone=zone, instant=instant)
