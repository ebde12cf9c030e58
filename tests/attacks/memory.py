"""The memory of a process and its children while something goes on."""

import threading
from contextlib import suppress
from types import TracebackType

import psutil

INTERVAL = 0.02  # seconds


class MemoryPeak:
    """`with MemoryPeak(pid) as peak: ...`; then `peak.megabytes`, and what it was at `start`."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.start = self.megabytes = self._measure()

    def __enter__(self) -> "MemoryPeak":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self.megabytes = max(self.megabytes, self._measure())

    def _measure(self) -> float:
        total = 0
        for each in [self._process, *self._process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += each.memory_info().rss
        return total / 1e6
