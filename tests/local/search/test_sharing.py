"""Searches go on together, a change to the view goes alone."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from local.search.sharing import SharedLock


def entered(lock: SharedLock, pool: ThreadPoolExecutor, leave: Event, *, alone: bool) -> tuple[Event, Future[None]]:
    inside = Event()

    def work() -> None:
        with lock.alone() if alone else lock.together():
            inside.set()
            assert leave.wait(10)

    return inside, pool.submit(work)


def test_many_hold_it_together() -> None:
    lock, leave = SharedLock(), Event()
    with ThreadPoolExecutor(3) as pool:
        entries = [entered(lock, pool, leave, alone=False) for _ in range(3)]
        assert all(inside.wait(5) for inside, _ in entries)
        leave.set()


@pytest.mark.parametrize("holder", ["alone", "together"])
def test_alone_means_alone(holder: str) -> None:
    lock, leave = SharedLock(), Event()
    with ThreadPoolExecutor(2) as pool:
        first, _ = entered(lock, pool, leave, alone=holder == "alone")
        assert first.wait(5)
        second, done = entered(lock, pool, leave, alone=holder == "together")
        assert not second.wait(0.1)
        leave.set()
        done.result(5)


def test_who_waits_to_be_alone_lets_nobody_in_before() -> None:
    lock, leave, later = SharedLock(), Event(), Event()
    with ThreadPoolExecutor(3) as pool:
        first, _ = entered(lock, pool, leave, alone=False)
        assert first.wait(5)
        alone, writing = entered(lock, pool, later, alone=True)
        assert not alone.wait(0.1)
        second, reading = entered(lock, pool, later, alone=False)
        assert not second.wait(0.1)
        leave.set()
        assert alone.wait(5)
        assert not second.is_set()
        later.set()
        writing.result(5)
        reading.result(5)
