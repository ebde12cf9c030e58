"""
How many calls a quota of tokens still takes, by what a model's server tells with its answers.

So calls wait for the next period before one is refused. What a call takes is seen by how much less is left after some:
the server counts the longest answer that a call allows, and what other instances call meanwhile is in it as well.
"""

from shared.models.token_limit import TokenLimit

UNDER_WAY = 0.5  # seconds until a server has counted a call, at most
PROBE = 65.0  # seconds after a call until the next goes out, whatever was told: more than a photo waits for its turn
NEW = 0.3  # the weight of what was seen last in what a call takes


class Quota:
    """Of the calls of one process to one model, which are alike; moments are of one clock."""

    def __init__(self) -> None:
        self._begun = 0
        self._begun_at = 0.0
        self._latest: dict[int, float] = {}  # when those began that a server may not have counted yet, by number
        self._uncounted: set[int] = set()  # calls that have begun, and are not in what was told
        self._silent = 0  # the last call that has ended without a word of the quota
        self._cost = 0.0  # tokens of a call
        self._limit: TokenLimit | None = None  # what was told last
        self._counted = 0  # of the calls that have begun, in what was told
        self._at = 0.0
        self._period = 0.0  # seconds

    def begin(self, now: float) -> int:
        """A call begins: its number."""
        self._begun += 1
        self._begun_at = now
        self._latest[self._begun] = now
        self._uncounted.add(self._begun)
        self._forget_counted(now)
        return self._begun

    def end(self, number: int) -> None:
        """A call has ended, and nothing was told with it; often it never reached the server."""
        self._latest.pop(number, None)
        self._uncounted.discard(number)
        self._silent = max(self._silent, number)

    def tell(self, number: int, limit: TokenLimit, now: float) -> None:
        """The answer to a call says so: OpenAI as it was when the call came, Azure as it is."""
        self._latest.pop(number, None)
        self._forget_counted(now)
        counted = number if limit.fills_up else self._begun - len(self._latest)
        # Nobody knows whether a call took anything that ended without a word.
        if self._limit and counted > self._counted >= self._silent:
            taken = min(self._limit.limit, self._limit.remaining + self._come_since(now)) - limit.remaining
            if taken > 0:
                seen = taken / (counted - self._counted)
                self._cost = (1 - NEW) * self._cost + NEW * seen if self._cost else seen
        if counted >= self._counted:
            self._limit, self._counted, self._at = limit, counted, now
            self._period = max(self._period, limit.reset)
            self._uncounted = {each for each in self._uncounted if each > number} if limit.fills_up else {*self._latest}

    def wait(self, now: float) -> float:
        """
        Seconds until there are tokens for one more call, beside those that have begun; 0 where nobody knows.

        What was told may be wrong, and only another answer can tell: a call goes out every minute or so in any case.
        """
        return max(0.0, min(self._shortage(now), self._begun_at + PROBE - now))

    def _shortage(self, now: float) -> float:
        """Seconds until there are tokens for one more call, by what was told."""
        if self._limit and not self._limit.fills_up and now - self._at >= self._limit.reset:
            self._begin_period(now)
        limit = self._limit
        if limit is None or not self._cost or self._cost > limit.limit:
            return 0.0
        missing = self._cost * (len(self._uncounted) + 1) - limit.remaining - self._come_since(now)
        if missing <= 0:
            return 0.0
        return missing / limit.rate if limit.rate and limit.fills_up else limit.reset - (now - self._at)

    def _forget_counted(self, now: float) -> None:
        self._latest = {number: begun for number, begun in self._latest.items() if begun > now - UNDER_WAY}

    def _come_since(self, now: float) -> float:
        """Tokens that have come bit by bit since something was told."""
        limit = self._limit
        return limit.rate * (now - self._at) if limit and limit.fills_up else 0.0

    def _begin_period(self, now: float) -> None:
        """All tokens are there again. When the period ends is told with its first answer."""
        assert self._limit
        self._limit = TokenLimit(self._limit.limit, self._limit.limit, self._period)
        self._counted, self._at = self._begun, now
        self._uncounted.clear()
