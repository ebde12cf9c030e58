"""Jobs rest after a batch while people are at work, and yet go on."""

from collections.abc import Callable

import pytest

from catalogue.jobs.giving_way import BATCH, LONGEST_REST, RECENT, SMALL_BATCH, batch_size, give_way
from shared.request_load import RequestLoad


class Office:
    """A process with requests, whose time passes while a job sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.load = RequestLoad(lambda: self.now)
        self.on_sleep: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.on_sleep()

    async def rested(self, worked: float) -> float:
        before = self.now
        await give_way(worked, load=self.load, sleep=self.sleep)
        return self.now - before


async def test_where_nobody_is_a_job_does_not_rest() -> None:
    office = Office()
    assert await office.rested(1) == 0

    with office.load.counted():
        pass
    office.now += RECENT + 0.1

    assert await office.rested(1) == 0


async def test_after_a_request_it_rests_twice_as_long_as_it_worked() -> None:
    office = Office()
    with office.load.counted():
        pass

    assert await office.rested(0.5) == pytest.approx(1.0)


async def test_it_waits_until_nobody_waits_but_not_for_ever() -> None:
    office = Office()

    with office.load.counted():
        assert await office.rested(0.5) == pytest.approx(LONGEST_REST, abs=0.1)
        assert await office.rested(60) == LONGEST_REST
    request = office.load.counted()
    request.__enter__()

    def end() -> None:
        if office.load.running and office.now > begun + 1:
            request.__exit__(None, None, None)

    begun, office.on_sleep = office.now, end
    assert 1 <= await office.rested(0.3) < 1.2


async def test_a_short_batch_is_followed_by_no_long_rest_even_if_somebody_always_waits() -> None:
    office = Office()

    with office.load.counted():
        assert await office.rested(0.1) == pytest.approx(0.5, abs=0.1)


async def test_it_waits_for_an_upload_whose_attempt_is_about_to_begin() -> None:
    office = Office()
    office.load.expect(1.5)

    assert await office.rested(0.5) == pytest.approx(1.5, abs=0.1)
    assert await office.rested(0.5) == pytest.approx(1)  # somebody was there lately


def test_batches_are_small_while_people_are_there() -> None:
    office = Office()
    assert batch_size(office.load) == BATCH

    with office.load.counted():
        assert batch_size(office.load) == SMALL_BATCH
    assert batch_size(office.load) == SMALL_BATCH

    office.now += RECENT + 0.1
    assert batch_size(office.load) == BATCH
    office.load.expect(1)
    assert batch_size(office.load) == SMALL_BATCH


def test_a_request_that_fails_is_over() -> None:
    load = RequestLoad(lambda: 7.0)

    with pytest.raises(ValueError, match="x"), load.counted():
        raise ValueError("x")

    assert (load.running, load.idle_seconds) == (0, 0)
