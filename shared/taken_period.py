"""The period in which a photo was taken, as far as its date is known: a year, a month, a day, a minute or a second."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

SHORT_PERIODS = {"day": timedelta(days=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
LATEST = datetime.max.replace(microsecond=0)


def period_end(start: datetime, precision: str | None) -> datetime:
    """The first second after the period that starts here; the last one there is where the calendar ends before."""
    try:
        if precision == "year":
            return start.replace(year=start.year + 1)
        if precision == "month":
            return (start + timedelta(days=32)).replace(day=1)
        return start + SHORT_PERIODS[precision or "second"]
    except (ValueError, OverflowError):
        return LATEST


def period_fields(local: str | None, precision: str | None) -> dict[str, Any]:
    """The fields of a photo that follow from its `taken_local` and `taken_precision`."""
    if not local:
        return {"taken_until": None, "taken_month": None}
    until = period_end(datetime.fromisoformat(local), precision).isoformat()
    return {"taken_until": until, "taken_month": local[: 4 if precision == "year" else 7]}


def lacks_period(document: Mapping[str, Any]) -> bool:
    """Whether these fields have a date, but not what follows from it: they were written before that was kept."""
    return bool(document.get("taken_local")) and not document.get("taken_until")
