"""
The order in which searches run, one at a time: in parallel they only take turns in Python, and all of them are late.

The service works on many at once, so that a short search is answered while long ones go on. Here a short one goes
before long ones that wait, unless they have waited for `PATIENCE` longer. Searches that take equally long run in the
order they came.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from queue import PriorityQueue

from starlette.responses import Response

PATIENCE = 0.15  # seconds; about what eight long searches take that came at the same time
SIGNS_OF_LONG = (b'"vectorQueries"', b'"semantic"')


@dataclass(frozen=True, order=True)
class WaitingSearch:
    """A search that has not begun, ordered by when it is due."""

    due: float
    number: int
    run: Callable[[], Response] = field(compare=False)
    answer: "Future[Response]" = field(compare=False, default_factory=Future)


class SearchQueue:
    """Searches that wait for their turn, and the thread that runs them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: PriorityQueue[WaitingSearch] = PriorityQueue()
        self._numbers = count()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")

    async def run(self, search: Callable[[], Response], *, is_long: bool) -> Response:
        """Run the search in its turn; raises what it raises."""
        due = self._clock() + (PATIENCE if is_long else 0)
        waiting = WaitingSearch(due, next(self._numbers), search)
        self._waiting.put(waiting)
        self._thread.submit(self._run_first)
        return await asyncio.wrap_future(waiting.answer)

    def _run_first(self) -> None:
        first = self._waiting.get_nowait()
        if not first.answer.set_running_or_notify_cancel():  # whoever asked has left
            return
        try:
            first.answer.set_result(first.run())
        except BaseException as error:  # for who waits for the answer, not for this thread
            first.answer.set_exception(error)


def is_long(body: bytes) -> bool:
    """Whether a search seems to compare vectors or to rank by meaning: several times what words and facets take."""
    return any(sign in body for sign in SIGNS_OF_LONG)
