"""
How fast to call a model that has refused calls: a little slower than what it took before that, then faster bit by bit.

A quota of tokens a minute is shared by all instances, and none is told its share. Each finds it by itself: the calls
that were taken within the last minute say what is possible. Calls that are refused are wasted, so the pace comes near
the limit slowly; where nothing is refused for long, it grows faster, until there is no limit again.
"""

from collections import deque

MEMORY = 60.0  # seconds for which calls that were taken tell the pace: that of quotas
MARGIN = 0.92  # of what was possible
GROWTH = 0.0006  # of the pace, with each call that is taken: from that margin, it takes 140 to be too fast
LONG = 200  # calls without a refusal, after which the limit is somewhere else
FAST_GROWTH = 0.01
LEAST_KNOWN = 1.0  # seconds between two calls, at most, where nothing is known but a refusal
FASTEST = 0.02  # seconds between two calls at which there is no limit to speak of


class Pace:
    """The calls of one process to one model, by moments of one clock."""

    def __init__(self) -> None:
        self._interval = 0.0
        self._next = float("-inf")
        self._begun: deque[float] = deque()  # calls of the last minute, without those that were refused
        self._taken = 0  # calls since the last refusal

    @property
    def interval(self) -> float:
        """Seconds between two calls; 0 while there is no limit."""
        return self._interval

    def earliest(self, now: float) -> float:
        """When the next call may begin."""
        return max(now, self._next) if self._interval else now

    def reserve(self, moment: float) -> None:
        """Let the next call begin then, and later ones after it."""
        self._next = moment + self._interval

    def begin(self, now: float) -> None:
        """A call begins."""
        while self._begun and self._begun[0] < now - MEMORY:
            self._begun.popleft()
        self._begun.append(now)

    def take(self) -> None:
        """A call was answered."""
        self._taken += 1
        if self._interval:
            self._interval /= 1 + (GROWTH if self._taken < LONG else FAST_GROWTH)
            if self._interval < FASTEST:
                self._interval = 0.0

    def refuse(self, begun: float, now: float, wait: float) -> None:
        """A call that has begun then was refused, and the model asks to be left alone for so many seconds."""
        if begun in self._begun:
            self._begun.remove(begun)
        self._taken = 0
        if self._begun:
            span = max(now - self._begun[0], wait)
            self._interval = max(self._interval, span / len(self._begun) / MARGIN)
        else:
            self._interval = max(2 * self._interval, min(wait, LEAST_KNOWN))
        self._next = max(self._next, now + wait)
