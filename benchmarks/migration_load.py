"""People who search, upload, edit, overwrite and delete through two instances of the app, of which one may be dead."""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tests.world import picture

SEARCHERS = 3
PAUSE = 0.2  # seconds between two searches of one person
WRITE_PAUSE = 0.7  # seconds between two changes
MODES = ("hybrid", "vector", "keyword")
NEW = 1_000_000  # the number of the first picture that the library did not have


@dataclass
class Changes:
    """What people have changed, as far as the app has confirmed it."""

    contents: int = 0  # that were sent and are new, each of which may be described once
    uploaded: set[str] = field(default_factory=set)  # paths
    overwritten: set[str] = field(default_factory=set)  # ids
    deleted: set[str] = field(default_factory=set)  # ids
    titles: dict[str, str] = field(default_factory=dict)  # by id
    refused: list[str] = field(default_factory=list)


@dataclass
class SearchTimes:
    """Seconds that searches took, those that failed, and how often the other instance was asked."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    turned: int = 0

    @property
    def figures(self) -> dict[str, float]:
        """Milliseconds, and counts."""
        ordered = sorted(self.seconds)
        middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        return {
            "searches": len(ordered),
            "failed": len(self.failed),
            "asked_the_other_instance": self.turned,
            "median_ms": round(1000 * middle),
            "p95_ms": round(1000 * late),
        }


@dataclass
class People:
    """Those at work. Each asks one instance, and the other where that one is dead."""

    clients: Sequence[httpx.AsyncClient]
    words: Sequence[str]
    ids: list[str]  # of photos that may be changed, each once
    paths: dict[str, str]
    changes: Changes = field(default_factory=Changes)
    pictures: Iterator[int] = field(default_factory=lambda: itertools.count(NEW))
    chance: random.Random = field(default_factory=lambda: random.Random(24))

    @asynccontextmanager
    async def at_work(self, times: SearchTimes) -> AsyncIterator[None]:
        """While this runs, people search and change photos."""
        done = asyncio.Event()
        work = [self._search(times, number, done) for number in range(SEARCHERS)]
        tasks = [asyncio.create_task(each) for each in (*work, self._change(done))]
        try:
            yield
        finally:
            done.set()
            await asyncio.gather(*tasks)

    async def _search(self, times: SearchTimes, number: int, done: asyncio.Event) -> None:
        for turn in itertools.count(number):
            if done.is_set():
                return
            word = self.chance.choice(self.words)
            began = time.perf_counter()
            parameters = {"q": word, "mode": MODES[turn % len(MODES)], "top": 20}
            answer = await self._ask(turn, "GET", "/api/search", times, params=parameters)
            times.seconds.append(time.perf_counter() - began)
            if answer is None or answer.status_code != httpx.codes.OK or not answer.json()["photos"]:
                times.failed.append("no answer" if answer is None else f"{answer.status_code} {answer.text[:300]}")
            await asyncio.sleep(PAUSE)

    async def _ask(
        self, turn: int, method: str, url: str, times: SearchTimes | None = None, **options: Any
    ) -> httpx.Response | None:
        """The answer of one instance, or if it has none, of the other; None if neither answers."""
        answer = None
        for number in (turn, turn + 1):
            try:
                answer = await self.clients[number % len(self.clients)].request(method, url, **options)
            except httpx.TransportError:
                answer = None
            if answer is not None and not answer.is_server_error:
                return answer
            if times and number == turn:
                times.turned += 1
        return answer

    async def _change(self, done: asyncio.Event) -> None:
        ways = (self._upload, self._edit, self._overwrite, self._edit, self._delete)
        for turn in itertools.count():
            if done.is_set() or not self.ids:
                return
            await ways[turn % len(ways)](turn)
            await asyncio.sleep(WRITE_PAUSE)

    async def _upload(self, turn: int) -> None:
        path = f"uploaded/{next(self.pictures)}.jpg"
        if await self._put(turn, path):
            self.changes.uploaded.add(path)

    async def _overwrite(self, turn: int) -> None:
        id_ = self.ids.pop()
        self.changes.overwritten.add(id_)  # also where that was not confirmed: it may have been done
        await self._put(turn, self.paths[id_])

    async def _put(self, turn: int, path: str) -> bool:
        self.changes.contents += 1
        data = picture(next(self.pictures))
        return self._is_done(await self._ask(turn, "PUT", f"/api/photos/{quote(path)}", content=data), path)

    async def _edit(self, turn: int) -> None:
        id_, title = self.ids.pop(), f"A title of {turn} while all moves"
        if self._is_done(await self._ask(turn, "PATCH", f"/api/photos/{id_}", json={"title": title, "rating": 4}), id_):
            self.changes.titles[id_] = title

    async def _delete(self, turn: int) -> None:
        id_ = self.ids.pop()
        answer = await self._ask(turn, "DELETE", f"/api/photos/{id_}")
        if answer is not None and (answer.is_success or answer.status_code == httpx.codes.NOT_FOUND):
            self.changes.deleted.add(id_)  # one that the dead instance has deleted is not found by the other
        else:
            self._is_done(answer, id_)

    def _is_done(self, answer: httpx.Response | None, what: str) -> bool:
        if answer is not None and answer.is_success:
            return True
        self.changes.refused.append(f"{what}: {'no answer' if answer is None else answer.text[:200]}")
        return False
