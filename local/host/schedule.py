"""When a timer is due: NCRONTAB expressions with or without seconds, and constant intervals."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter  # type: ignore[import-untyped]

from .errors import CannotRun
from .host_file import seconds

_NEVER = datetime.max.replace(tzinfo=UTC)


class Schedule(Protocol):
    def after(self, moment: datetime) -> datetime:
        """The first time due later than this moment."""


@dataclass(frozen=True)
class Cron:
    """Day of month and day of week must both match, as in NCRONTAB."""

    expression: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        steps = croniter(self.expression, moment.astimezone(self.zone), second_at_beginning=True, day_or=False)
        try:
            return cast(datetime, steps.get_next(datetime)).astimezone(UTC)
        except ValueError:  # the thirty-first of February
            return _NEVER


@dataclass(frozen=True)
class Constant:
    interval: timedelta

    def after(self, moment: datetime) -> datetime:
        return moment + self.interval


def parse_schedule(text: str, function: str, environment: Mapping[str, str] = os.environ) -> Schedule:
    """An expression of five or six fields, or hh:mm:ss; CannotRun names the function."""
    fields = text.split()
    if len(fields) in {5, 6}:
        expression = " ".join(fields if len(fields) == 6 else ["0", *fields])
        if croniter.is_valid(expression, second_at_beginning=True):
            return Cron(expression, _zone(environment, function))
    try:
        interval = seconds(text)
    except ValueError:
        interval = 0
    if interval <= 0:
        raise CannotRun(
            f"Function '{function}': the schedule '{text}' is neither an NCRONTAB expression "
            "({second} {minute} {hour} {day} {month} {day of week}) nor a time span (hh:mm:ss)."
        )
    return Constant(timedelta(seconds=interval))


def _zone(environment: Mapping[str, str], function: str) -> ZoneInfo:
    name = environment.get("WEBSITE_TIME_ZONE") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CannotRun(f"Function '{function}': WEBSITE_TIME_ZONE '{name}' is not a known time zone.") from None
