"""When a timer is due: NCRONTAB expressions with or without seconds, and constant intervals."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter  # type: ignore[import-untyped]

from local.host.errors import HostStartupError
from local.host.host_json import parse_time_span

_NEVER = datetime.max.replace(tzinfo=UTC)


class TimerSchedule(Protocol):
    def next_after(self, time: datetime) -> datetime:
        """The first time due later than this one."""


@dataclass(frozen=True)
class CronSchedule:
    """Day of month and day of week must both match, as in NCRONTAB."""

    expression: str
    zone: ZoneInfo

    def next_after(self, time: datetime) -> datetime:
        times = croniter(self.expression, time.astimezone(self.zone), second_at_beginning=True, day_or=False)
        try:
            return cast(datetime, times.get_next(datetime)).astimezone(UTC)
        except ValueError:  # the thirty-first of February
            return _NEVER


@dataclass(frozen=True)
class ConstantSchedule:
    """Due again and again after the same interval."""

    interval: timedelta

    def next_after(self, time: datetime) -> datetime:
        return time + self.interval


def parse_schedule(text: str, function: str, environment: Mapping[str, str] = os.environ) -> TimerSchedule:
    """An expression of five or six fields, or hh:mm:ss; HostStartupError names the function."""
    fields = text.split()
    if len(fields) in {5, 6}:
        expression = " ".join(fields if len(fields) == 6 else ["0", *fields])
        if croniter.is_valid(expression, second_at_beginning=True):
            return CronSchedule(expression, _time_zone(environment, function))
    try:
        interval = parse_time_span(text)
    except ValueError:
        interval = 0
    if interval <= 0:
        raise HostStartupError(
            f"Function '{function}': the schedule '{text}' is neither an NCRONTAB expression "
            "({second} {minute} {hour} {day} {month} {day of week}) nor a time span (hh:mm:ss)."
        )
    return ConstantSchedule(timedelta(seconds=interval))


def _time_zone(environment: Mapping[str, str], function: str) -> ZoneInfo:
    name = environment.get("WEBSITE_TIME_ZONE") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise HostStartupError(f"Function '{function}': WEBSITE_TIME_ZONE '{name}' is not a known time zone.") from None
