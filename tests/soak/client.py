"""How people reach the app: at either of its instances, again and again until they are answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

PAUSE = 1.0  # seconds until an impatient person tries again
BUSY = {429, 503}
TIMEOUT = 90  # seconds
KEYS = {name: f"{name}-" + name[0] * 40 for name in ("ada", "hana", "mallory")}
ROLES = {"ada": "admin", "hana": "admin", "mallory": "viewer"}  # only admins delete for good


@dataclass
class Findings:
    """What was wrong on the way, and how often which answer came."""

    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, what: str, status: int | str) -> None:
        with self.lock:
            self.answers[f"{what} {status}"] += 1

    def add(self, fault: str) -> None:
        with self.lock:
            self.faults[fault[:600]] += 1


class GaveUp(Exception):
    """The time is over, and there was no answer."""


@dataclass
class Client:
    """One person with a key. `deadline` is when they stop trying, in the seconds of `time.monotonic`."""

    name: str
    urls: Sequence[str]
    chance: random.Random
    findings: Findings
    deadline: float

    def __post_init__(self) -> None:
        self._http = httpx.Client(headers={"api-key": KEYS[self.name]}, timeout=TIMEOUT, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def once(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """The answer of either instance; None where there was none."""
        what = f"{method} {'/'.join(path.split('/')[1:3])}"
        try:
            answer = self._http.request(method, f"{self.chance.choice(self.urls)}{path}", **options)
        except httpx.HTTPError as error:
            self.findings.answered(what, type(error).__name__)
            return None
        self.findings.answered(what, answer.status_code)
        if answer.status_code >= 500 and answer.status_code not in BUSY:
            self.findings.add(f"{what} was answered with {answer.status_code}: {answer.text[:300]}")
        return answer

    def send(self, method: str, path: str, **options: Any) -> tuple[httpx.Response, bool]:
        """
        An answer that says what was done, and whether it was the first one; GaveUp where there is none in time.

        Where a first request was not answered, or by "not now", nobody knows what it did: it is sent again.
        """
        is_first = True
        while True:
            answer = self.once(method, path, **options)
            if answer is not None and answer.status_code < 500 and answer.status_code not in BUSY:
                return answer, is_first
            is_first = False
            if time.monotonic() > self.deadline:
                raise GaveUp(f"{method} {path}: {answer.status_code if answer is not None else 'no answer'}")
            time.sleep(PAUSE)
