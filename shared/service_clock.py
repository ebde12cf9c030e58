"""The time by a service's clock: it checks when our links begin and end, and our own clock may be minutes off."""

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

log = logging.getLogger(__name__)

VALID = 600.0  # seconds after which the service is asked again
NOTABLE = timedelta(minutes=1)


class ServiceClock:
    """Our clock, set right by the Date header of a response that is passed to `read`."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._expires = float("-inf")

    def expire(self) -> bool:
        """Whether it is time to ask the service; True only once in ten minutes, whatever becomes of the question."""
        if time.monotonic() < self._expires:
            return False
        self._expires = time.monotonic() + VALID
        return True

    def read(self, response: Any) -> None:
        """Compare our clock with the date of an azure-core response, which is exact to a second."""
        try:
            date = parsedate_to_datetime(response.http_response.headers["Date"])
        except (KeyError, ValueError):
            return
        offset = date.astimezone(UTC) - datetime.now(UTC)
        if abs(offset - self._offset) > NOTABLE:
            log.warning("our clock differs from the service's by %.0f s", offset.total_seconds())
        self._offset = offset

    def now(self) -> datetime:
        """The time by the service's clock."""
        return datetime.now(UTC) + self._offset
