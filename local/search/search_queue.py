"""
The order in which searches run, one at a time: in parallel they only take turns in Python, and all of them are late.

The service works on many at once, so that a short search is answered while long ones go on. Here a short one goes
before a long one that waits, unless that came `PATIENCE` or more earlier. Those of a kind run in the order they came.
"""

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from queue import PriorityQueue

from starlette.responses import Response

PATIENCE = 0.15  # seconds; about what eight long searches take that came at the same time
# Signs of a search that compares vectors or ranks by meaning, which takes several times what words and facets do: in a
# body, or without quotes in an address.
LONG = re.compile(rb'"vectorQueries"\s*:\s*\[\s*\{|"?semanticQuery"?\s*[:=]|"?queryType"?\s*[:=]\s*"?semantic\b')


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
        # No variable has the answer here, as an error's traceback would keep it, and with it the error.
        return await self._queued(search, is_long=is_long)

    def _queued(self, search: Callable[[], Response], *, is_long: bool) -> "asyncio.Future[Response]":
        due = self._clock() + (PATIENCE if is_long else 0)
        waiting = WaitingSearch(due, next(self._numbers), search)
        self._waiting.put(waiting)
        self._thread.submit(self._run_first)
        return asyncio.wrap_future(waiting.answer)

    def _run_first(self) -> None:
        first = self._waiting.get_nowait()
        if not first.answer.set_running_or_notify_cancel():  # whoever asked has left
            return
        try:
            first.answer.set_result(first.run())
        except BaseException as error:  # for who waits for the answer, not for this thread
            first.answer.set_exception(error)
        finally:
            del first  # an error's traceback has this frame, and the frame would have the answer with the error


def is_long(body: bytes, parameters: str) -> bool:
    """Whether a search seems to be long, by the body of a POST or the query string of a GET; only order rests on it."""
    return bool(LONG.search(body or parameters.encode()))
