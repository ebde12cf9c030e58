"""How long a service asks us to stay away: the Retry-After header, in every spelling that is in use."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT = 7 * 24 * 3600.0  # seconds; a service that asks for more is tried again after a week
MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Seconds to wait by a response's headers, whose names are looked up in lower case; None if they do not say.

    OpenAI and Azure also send milliseconds, which are more precise. RFC 9110 allows a number of seconds or a date.
    """
    for name in MILLISECONDS:
        if (milliseconds := _number(headers.get(name))) is not None:
            return min(milliseconds / 1000, MAX_WAIT)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is None:
        seconds = _seconds_until(value)
    return None if seconds is None else min(seconds, MAX_WAIT)


def _number(value: str | None) -> float | None:
    """A finite number that is not negative, or None."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds_until(value: str | None) -> float | None:
    """Seconds until an HTTP date, 0 if it has passed; None if it isn't a date."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # asctime, the oldest of the three formats, has no zone: HTTP dates are in UTC
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
