"""When photos were taken, in OData: ranges of wall clocks and of instants."""

import re
from datetime import UTC, datetime

from shared.photo import wall_clock
from shared.taken_period import LATEST, period_end

# No photo is older, and not every OData parser accepts years before 1000, with or without leading zeros.
EARLIEST = datetime(1000, 1, 1)
# In an address that is not encoded, a plus is a blank.
LOST_PLUS = re.compile(r"([T ]\S+) (?=\d\d:?\d\d$)")


def date_range(text: str) -> tuple[datetime, datetime]:
    """
    The start and the end (exclusive) of a year, a month or a day; for a moment, the moment twice.

    They are aware only for a moment with an offset, else readings of a wall clock.
    """
    parts = [int(part) for part in text[:10].split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    start = datetime(year, month, day)
    if len(text) > 10:
        moment = datetime.fromisoformat(LOST_PLUS.sub(r"\1+", text))
        return moment, moment
    return start, period_end(start, ("year", "month", "day")[len(parts) - 1])


def taken_from(start: datetime) -> str:
    """The clause for photos of which nothing that is known lies before this instant or reading of a wall clock."""
    return _by_clock_or_instant(start, f"taken_local ge {_literal(start)}", "taken_at ge")


def taken_before(end: datetime) -> str:
    """The clause for photos of which all that is known lies before this instant or reading of a wall clock."""
    return _by_clock_or_instant(end, f"taken_until le {_literal(end)}", "taken_at lt")


def _by_clock_or_instant(moment: datetime, by_wall_clock: str, by_instant: str) -> str:
    if moment.tzinfo is None:
        return by_wall_clock
    return f"({by_instant} {_literal(_in_utc(moment))} or taken_at eq null and {by_wall_clock})"


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC, without its zone; the last one there is instead of one after it."""
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return EARLIEST if moment.year == datetime.min.year else LATEST


def _literal(moment: datetime) -> str:
    """A time as the service takes it, in whole seconds."""
    return wall_clock(max(moment.replace(tzinfo=None), EARLIEST)) + "Z"
