"""What happens meanwhile: parts are killed, slowed, throttled, filled up and restarted."""

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.machine import Azurite
from tests.soak.ledger import Ledger
from tests.world import Process, World

OF_MODELS: list[dict[str, Any]] = [
    {"kind": "429", "on": "any", "rate": 0.5, "seconds": 1},
    {"kind": "500", "on": "vision", "rate": 0.5},
    {"kind": "503", "on": "embed", "rate": 0.5},
    {"kind": "reset", "on": "any", "rate": 0.3},
    {"kind": "latency", "on": "any", "rate": 1, "seconds": 1},
]
OF_SEARCH: list[dict[str, Any]] = [
    {"status": 503, "count": 5},
    {"status": 503, "count": 6, "match": "docs/search.index"},
    {"status": 429, "count": 4, "headers": {"Retry-After": "1"}},
    {"reset": True, "count": 3},
    {"documents": {"status": 503}, "count": 3, "match": "docs/search.index"},
    {"delay": 2.0, "count": 6},
]
OF_STORAGE: list[dict[str, Any]] = [
    {"kind": "full"},
    {"kind": "throttled", "rate": 0.5},
    {"kind": "slow", "rate": 0.5, "seconds": 1},
]


@dataclass
class Trouble:
    """One thing after the other goes wrong; the ledger has when the answer of a model may have been lost by it."""

    world: World
    apps: Sequence[Process]
    ledger: Ledger
    chance: random.Random
    stopped: threading.Event
    note_calls: Callable[[], None]
    every: float = 4.0  # seconds between two, on average
    done: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def work(self) -> None:
        """Make trouble until it is time to stop; what was stopped runs again then."""
        while not self.stopped.wait(self.chance.uniform(0, 2 * self.every)):
            kinds = [self.kill_app, self.restart_app, self.kill_search, self.kill_models]
            kinds += [self.spoil_models, self.spoil_search, self.spoil_storage] * 2
            kinds += [self.restart_storage, self.freeze_storage]
            kind = self.chance.choice(kinds)
            try:
                kind()
            except Exception as error:
                self.faults.append(f"{kind.__name__}: {type(error).__name__}: {error}")
                return
            self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1

    def calm(self) -> None:
        """Lift all faults."""
        self.world.calm()
        httpx.delete(_faults_of(self.world.azurite), trust_env=False).raise_for_status()

    def kill_app(self) -> None:
        self._again(self.chance.choice(self.apps), signal.SIGKILL)

    def restart_app(self) -> None:
        self._again(self.chance.choice(self.apps), signal.SIGTERM)

    def kill_search(self) -> None:
        self._again(self.world.search, signal.SIGKILL)

    def kill_models(self) -> None:
        self.note_calls()
        self._again(self.world.models, signal.SIGKILL)

    def spoil_models(self) -> None:
        self.world.misbehave(**self.chance.choice(OF_MODELS), **{"for": self.chance.uniform(2, 8)})

    def spoil_search(self) -> None:
        self.world.search_fault(**self.chance.choice(OF_SEARCH))

    def spoil_storage(self) -> None:
        seconds, now = self.chance.uniform(1, 6), time.time()
        fault = self.chance.choice(OF_STORAGE) | {"for": seconds}
        httpx.post(_faults_of(self.world.azurite), json=fault, trust_env=False).raise_for_status()
        self.ledger.disturbed(now, now + seconds)

    def restart_storage(self) -> None:
        since = time.time()
        self.world.azurite.restart()
        self.ledger.disturbed(since, time.time())

    def freeze_storage(self) -> None:
        since = time.time()
        self.world.azurite.pause()
        time.sleep(self.chance.uniform(1, 5))
        self.world.azurite.resume()
        self.ledger.disturbed(since, time.time())

    def _again(self, part: Process, number: int) -> None:
        since = time.time()
        part.stop(number)
        time.sleep(self.chance.uniform(0, 2))
        part.start()
        self.ledger.disturbed(since, time.time())


def _faults_of(azurite: Azurite) -> str:
    return f"http://127.0.0.1:{azurite.blob_port}/__faults"
