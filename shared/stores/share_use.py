"""What is used of a share, and how much of it can be: originals on a day, and passwords in an hour (both UTC)."""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime

from pydantic.dataclasses import dataclass

from shared.errors import Throttled
from shared.stores.spending import until_tomorrow

ORIGINALS_A_DAY = 500  # links to them
DOWNLOADS_A_DAY = 1000  # by these links, again or in parts
ATTEMPTS_AN_HOUR = 20  # of one client, so that nobody keeps others out
ATTEMPTS_IN_ALL = 200
HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class ShareUse:
    """
    What was used of a share on a day, and tried in an hour.

    `attempts_by` has those of each client, as digests that no other hour has.
    """

    day: str = ""
    originals: int = 0
    downloads: int = 0
    hour: str = ""
    attempts: int = 0
    attempts_by: Mapping[str, int] = field(default_factory=dict)

    def with_original(self, now: datetime) -> "ShareUse":
        """The same and a link to an original; Throttled if there were too many today."""
        today = self._today(now)
        return _checked(replace(today, originals=today.originals + 1), now)

    def with_download(self, now: datetime) -> "ShareUse":
        """The same and a request that followed such a link; Throttled if there were too many today."""
        today = self._today(now)
        return _checked(replace(today, downloads=today.downloads + 1), now)

    def with_attempts(self, number: int, client: str, now: datetime) -> "ShareUse":
        """The same and so many passwords of a client; Throttled if these or everybody's were too many in this hour."""
        hour = f"{now:%Y-%m-%dT%H}"
        before = self if self.hour == hour else replace(self, hour=hour, attempts=0, attempts_by={})
        key = hashlib.sha256(f"{hour}\n{client}".encode()).hexdigest()[:16]
        own = max(0, before.attempts_by.get(key, 0) + number)
        total = max(0, before.attempts + number)
        if number > 0 and (own > ATTEMPTS_AN_HOUR or total > ATTEMPTS_IN_ALL):
            wait = HOUR - now.minute * 60 - now.second
            raise Throttled("too many wrong passwords were tried: come again in an hour", wait=float(wait))
        counts = {each: count for each, count in {**before.attempts_by, key: own}.items() if count}
        return replace(before, attempts=total, attempts_by=counts)

    def _today(self, now: datetime) -> "ShareUse":
        day = f"{now:%Y-%m-%d}"
        return self if self.day == day else replace(self, day=day, originals=0, downloads=0)


def _checked(use: ShareUse, now: datetime) -> ShareUse:
    if use.originals > ORIGINALS_A_DAY or use.downloads > DOWNLOADS_A_DAY:
        message = "too many originals of this share were downloaded today: come again tomorrow (UTC)"
        raise Throttled(message, wait=until_tomorrow(now))
    return use
