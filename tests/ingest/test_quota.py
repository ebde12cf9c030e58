"""Calls wait for the next period, or for tokens that come, before one is refused."""

import pytest

from ingest.quota import Quota
from shared.models.token_limit import TokenLimit, read_token_limit

LIMIT, COST, PERIOD = 10_000, 1_000, 10.0


class Azure:
    """A server that counts calls by periods, and says with an answer what is left then."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.used = 0
        self.refused = 0

    def call(self, now: float) -> int:
        if self.used + COST > LIMIT:
            self.refused += 1
        self.used += COST
        return self.quota.begin(now)

    def answer(self, number: int, now: float) -> None:
        self.quota.tell(number, TokenLimit(LIMIT - self.used, LIMIT, PERIOD - now % PERIOD), now)


def test_until_a_server_has_told_what_a_call_takes_nothing_is_held_back() -> None:
    quota = Quota()
    assert not quota.wait(0.0)
    quota.tell(quota.begin(0.0), TokenLimit(0, LIMIT, 5), 0.0)

    assert not quota.wait(1.0)


def calls_until_held(quota: Quota, server: Azure, now: float) -> int:
    count = 0
    while not quota.wait(now):
        server.call(now)
        count += 1
    return count


def test_what_the_period_has_no_tokens_for_waits_for_the_next_one() -> None:
    quota = Quota()
    server = Azure(quota)
    numbers = [server.call(0.0) for _ in range(3)]
    server.answer(numbers[0], 1.0)
    numbers.append(server.call(1.0))
    server.answer(numbers[1], 2.0)

    assert calls_until_held(quota, server, 2.5) == 6
    assert server.used == LIMIT
    assert quota.wait(2.5) == pytest.approx(7.5)
    assert quota.wait(9.0) == pytest.approx(1.0)
    server.used = 0  # a period begins
    assert calls_until_held(quota, server, 10.0) == 10
    assert server.refused == 0


def test_a_call_that_the_server_may_not_have_counted_is_counted_here() -> None:
    quota = Quota()
    server = Azure(quota)
    for now in (0.0, 1.0):
        server.answer(server.call(now), now + 0.9)
    quota.begin(2.0)  # on its way
    server.answer(2, 2.1)

    assert calls_until_held(quota, server, 2.2) == 7


def test_what_others_take_of_the_quota_counts() -> None:
    quota = Quota()
    server = Azure(quota)
    server.answer(server.call(0.0), 1.0)
    number = server.call(1.0)
    server.used += 3 * COST  # of other instances
    server.answer(number, 2.0)

    assert calls_until_held(quota, server, 3.0) == 1  # the others have their share of the five that are left


def test_of_tokens_that_come_bit_by_bit_only_the_missing_are_waited_for() -> None:
    quota = Quota()

    def told(number: int) -> TokenLimit:  # as it was when the call came
        left = LIMIT - number * COST
        return TokenLimit(left, LIMIT, 60 * (LIMIT - left) / LIMIT, fills_up=True)

    numbers = [quota.begin(0.0) for _ in range(8)]
    quota.tell(numbers[0], told(1), 0.0)
    quota.tell(numbers[1], told(2), 0.0)
    quota.tell(numbers[0], told(1), 0.0)  # an answer that comes late tells nothing new

    assert not quota.wait(0.0)
    quota.begin(0.0)
    quota.begin(0.0)
    assert quota.wait(0.0) == pytest.approx(6.0)  # a thousand of 10,000 tokens a minute
    assert not quota.wait(6.1)


def test_no_more_tokens_come_than_the_quota_has() -> None:
    quota = Quota()
    for left, now in ((9 * COST, 0.0), (8 * COST, 0.0), (9 * COST, 90.0)):  # long after it was full again
        quota.tell(quota.begin(now), TokenLimit(left, LIMIT, 60 * (LIMIT - left) / LIMIT, fills_up=True), now)
    for _ in range(8):
        assert not quota.wait(90.0)
        quota.begin(90.0)


@pytest.mark.parametrize("fills_up", [False, True])
def test_calls_that_end_without_a_word_of_the_quota_are_forgotten(fills_up: bool) -> None:
    quota = Quota()
    for left in (9 * COST, 8 * COST):
        quota.tell(quota.begin(0.0), TokenLimit(left, LIMIT, 60.0, fills_up), 0.6)
    numbers = [quota.begin(1.0) for _ in range(100)]
    assert quota.wait(1.5)

    for number in numbers:
        quota.end(number)

    assert not quota.wait(1.5)
    quota.tell(quota.begin(1.5), TokenLimit(COST, LIMIT, 60.0, fills_up), 1.5)  # whatever they took all the same
    assert not quota.wait(1.5)  # a call takes as much as before
    quota.begin(1.5)
    assert quota.wait(1.5)


def test_a_call_that_takes_more_than_the_quota_is_left_to_the_server() -> None:
    quota = Quota()
    for now, limit in enumerate([TokenLimit(100, 100, 5), TokenLimit(0, 100, 5), TokenLimit(0, 50, 5)]):
        quota.tell(quota.begin(now), limit, now + 0.9)

    assert not quota.wait(3.0)


@pytest.mark.parametrize("fills_up", [False, True])
def test_one_call_a_minute_goes_out_whatever_was_told(fills_up: bool) -> None:
    quota = Quota()
    for left in (2 * COST, COST):
        quota.tell(quota.begin(0.0), TokenLimit(left, LIMIT, 600.0, fills_up), 1.0)
    for _ in range(10):
        quota.begin(1.0)

    assert quota.wait(1.0) == pytest.approx(65.0)
    assert not quota.wait(66.0)
    quota.begin(66.0)
    assert quota.wait(67.0) == pytest.approx(64.0)


@pytest.mark.parametrize("left", [LIMIT, LIMIT + 1])
def test_a_full_quota_that_is_said_to_fill_up_is_waited_for_until_then(left: int) -> None:
    quota = Quota()
    quota.tell(quota.begin(0.0), TokenLimit(LIMIT, LIMIT, 12.0, fills_up=True), 0.0)
    quota.tell(quota.begin(0.0), TokenLimit(LIMIT - 6 * COST, LIMIT, 36.0, fills_up=True), 0.0)
    full = read_token_limit(
        {
            "x-ratelimit-limit-tokens": str(LIMIT),
            "x-ratelimit-remaining-tokens": str(left),
            "x-ratelimit-reset-tokens": "12s",
        }
    )
    assert full
    quota.tell(quota.begin(0.0), full, 0.0)
    quota.begin(1.0)

    assert quota.wait(2.0) == pytest.approx(10.0)
    assert not quota.wait(12.0)
