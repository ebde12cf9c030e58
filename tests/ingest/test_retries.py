"""The failure policy: what is waited out, what is given up, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ingest import retries
from shared.errors import (
    BadPhoto,
    BadReply,
    BadRequest,
    Claimed,
    NotFound,
    Outage,
    OutOfMemory,
    Paused,
    PhotoError,
    SettingsError,
    Throttled,
    Transient,
)
from shared.photo import utc
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import fakes


class FakeStores:
    """Stands for the ticket queue and the failure records, and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.sent: list[tuple[Ticket, float]] = []
        self.records: list[Failure] = []
        self.cleared: list[str] = []

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        self.calls.append("send")
        self.sent.append((ticket, delay))

    async def write(self, failure: Failure) -> None:
        self.calls.append("write")
        self.records.append(failure)

    async def read(self, id_: str) -> Failure:
        for each in reversed(self.records):
            if each.id == id_:
                return each
        raise NotFound("nothing has failed")

    async def clear(self, id_: str, *, with_others: bool) -> None:
        self.cleared.append(id_)


async def attempt(ticket: Ticket, error: Exception | None) -> FakeStores:
    async def work() -> str:
        if error:
            raise error
        return "a photo"

    stores: Any = FakeStores()
    await retries.attempt(ticket, work, tickets=stores, failures=stores)
    return stores  # type: ignore[no-any-return]


async def test_a_success_clears_the_failure_record() -> None:
    stores = await attempt(Ticket("a.jpg"), None)

    assert stores.cleared == [Ticket("a.jpg").id]
    assert not stores.sent


async def test_what_may_heal_is_postponed_and_shown() -> None:
    stores = await attempt(Ticket("a.jpg"), Transient("busy"))

    [(ticket, delay)] = stores.sent
    assert ticket.attempt == 2
    assert 15 <= delay <= 19
    [record] = stores.records
    assert (record.state, record.reason, record.attempts) == ("retrying", "busy", 1)
    assert record.next_attempt_at


async def test_an_attempt_with_nothing_to_do_leaves_the_record_of_another() -> None:
    async def work() -> None:
        return None

    stores: Any = FakeStores()

    assert await retries.attempt(Ticket("a.jpg"), work, tickets=stores, failures=stores)
    assert not stores.cleared


async def test_what_is_retrying_is_recorded_before_its_next_attempt_can_begin() -> None:
    assert (await attempt(Ticket("a.jpg"), Transient("busy"))).calls == ["write", "send"]

    stores: Any = FakeStores()
    await retries.retry(Failure.of(Ticket("a.jpg"), "why"), tickets=stores, failures=stores)
    assert stores.calls == ["write", "send"]


async def test_a_retry_that_cannot_be_queued_leaves_the_failure_as_it_was() -> None:
    async def fail(ticket: Ticket, *, delay: float = 0) -> None:
        raise Outage("queues are down")

    stores: Any = FakeStores()
    stores.send = fail
    failure = Failure.of(Ticket("a.jpg"), "why")

    with pytest.raises(Outage):
        await retries.retry(failure, tickets=stores, failures=stores)
    assert stores.records[-1] == failure


async def test_a_ticket_is_queued_once_although_its_record_cannot_be_written(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise Transient("busy")

    async def fail(failure: Failure) -> None:
        raise Outage("storage is down")

    stores: Any = FakeStores()
    stores.write = fail
    await retries.attempt(Ticket("a.jpg"), work, tickets=stores, failures=stores)

    assert len(stores.sent) == 1
    assert "storage is down" in caplog.text


@pytest.mark.parametrize("last", [Outage("the index is down"), BadPhoto("no image")])
async def test_a_record_names_the_bytes_that_another_attempt_has_described(last: PhotoError) -> None:
    stores: Any = FakeStores()
    described = Outage("the index is down")
    described.digest = "d"

    async def fail(error: PhotoError) -> None:
        raise error

    for error in (described, last):
        await retries.attempt(Ticket("a.jpg"), lambda error=error: fail(error), tickets=stores, failures=stores)  # type: ignore[misc]

    assert [each.digest for each in stores.records] == ["d", "d"]


async def test_a_stated_wait_is_kept() -> None:
    [(_, delay)] = (await attempt(Ticket("a.jpg"), Transient("busy", wait=600))).sent

    assert delay >= 600


@pytest.mark.parametrize("error", [Throttled("slow down"), Outage("down"), SettingsError("wrong")])
async def test_what_is_not_the_photos_fault_uses_up_no_attempt(error: Exception) -> None:
    ticket = Ticket("a.jpg", 8, utc(datetime.now(UTC) - timedelta(days=2)))

    [(following, delay)] = (await attempt(ticket, error)).sent

    assert following.attempt == 8
    assert delay <= 750


async def test_a_service_that_stays_away_for_a_week_ends_in_a_failure() -> None:
    ticket = Ticket("a.jpg", 1, utc(datetime.now(UTC) - timedelta(days=8)))

    [record] = (await attempt(ticket, Throttled("slow down"))).records

    assert record.state == "failed"


@pytest.mark.parametrize(
    ("error", "last"), [(Transient("busy"), 8), (BadReply("nonsense"), 3), (OutOfMemory("too little"), 3)]
)
async def test_the_last_attempt_is_the_last(error: PhotoError, last: int) -> None:
    assert (await attempt(Ticket("a.jpg", last - 1), error)).sent
    stores = await attempt(Ticket("a.jpg", last), error)

    assert not stores.sent
    [record] = stores.records
    assert record.state == "failed"
    assert f"after {last} attempts" in record.reason


async def test_what_cannot_heal_is_given_up_at_once() -> None:
    stores = await attempt(Ticket("a.jpg"), BadPhoto("not an image"))

    assert not stores.sent
    assert [(each.state, each.reason) for each in stores.records] == [("failed", "not an image")]


async def test_a_bug_is_left_to_the_host() -> None:
    with pytest.raises(ZeroDivisionError):
        await attempt(Ticket("a.jpg"), ZeroDivisionError())


def test_eight_attempts_span_about_a_day() -> None:
    hours = sum(retries.backoff(attempt) for attempt in range(1, 8)) / 3600

    assert 18 <= hours <= 24


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"name": "a.jpg", "attempt": 2}', "a.jpg"),
        ('{"Type": "BlobTrigger", "ContainerName": "photos", "BlobName": "a b/c.jpg"}', "a b/c.jpg"),
        ("not json", None),
        ("[1]", None),
        ('{"name": 3}', None),
    ],
)
def test_poison_messages_of_both_kinds_name_their_photo(body: str, name: str | None) -> None:
    assert retries.blob_name_in(body) == name


# -- exact waits --------------------------------------------------------------------------

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def ticket_of_age(seconds: float, attempt: int = 1) -> Ticket:
    return Ticket("a.jpg", attempt, utc(NOW - timedelta(seconds=seconds)))


def test_waits_grow_five_times_up_to_eight_hours() -> None:
    assert [retries.backoff(attempt) for attempt in range(1, 9)] == [15, 75, 375, 1875, 9375, 28_800, 28_800, 28_800]


@pytest.mark.parametrize(
    ("age", "wait"), [(0, 15), (60, 15), (64, 16), (400, 100), (2400, 600), (2404, 600), (1e6, 600)]
)
def test_a_service_is_left_alone_for_a_quarter_of_the_time(age: float, wait: float) -> None:
    assert retries.outage_backoff(age) == wait


@pytest.mark.parametrize(
    ("error", "ticket", "wait", "spread"),
    [
        (Transient("busy"), ticket_of_age(5), 15, 3.75),
        (Transient("busy"), ticket_of_age(5, 3), 375, 93.75),
        (Transient("busy", wait=400), ticket_of_age(5, 3), 400, 100),
        (Transient("busy", wait=300), ticket_of_age(5, 3), 375, 93.75),
        (Transient("busy", wait=0), ticket_of_age(5), 15, 3.75),
        (Throttled("slow"), ticket_of_age(5, 5), 15, 3.75),
        (Throttled("slow"), ticket_of_age(400, 5), 100, 5),
        (Throttled("slow", wait=120), ticket_of_age(400, 5), 120, 5),
        (Outage("down"), Ticket("a.jpg"), 15, 3.75),
    ],
)
def test_the_delay_is_the_longer_of_two_and_a_little_more(
    error: Transient, ticket: Ticket, wait: float, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges = []

    def uniform(least: float, most: float) -> float:
        ranges.append((least, most))
        return 1.0

    monkeypatch.setattr("ingest.retries.random.uniform", uniform)

    assert retries.delay(error, ticket, NOW) == wait + 1
    assert ranges == [(0, spread)]


async def test_the_record_says_when_the_next_attempt_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.retries.random.uniform", lambda *_: 0.0)

    stores = await attempt(Ticket("a.jpg", 2), Transient("busy"))

    [(ticket, delay)] = stores.sent
    assert (ticket.attempt, delay) == (3, 75)
    due = datetime.fromisoformat(str(stores.records[0].next_attempt_at))
    assert abs((due - datetime.fromisoformat(ticket.since)).total_seconds() - 75) <= 1


@pytest.mark.parametrize(
    ("error", "age", "state"),
    [
        (Outage("down"), timedelta(days=6.9), "retrying"),
        (Outage("down"), timedelta(days=7.1), "failed"),
        (Claimed("another"), timedelta(days=7.1), "failed"),
        (Paused("spent"), timedelta(days=300), "retrying"),
        (SettingsError("wrong"), timedelta(days=7.1), "failed"),
    ],
)
async def test_how_long_something_is_waited_for(error: Exception, age: timedelta, state: str) -> None:
    ticket = Ticket("a.jpg", 1, utc(datetime.now(UTC) - age))

    [record] = (await attempt(ticket, error)).records

    assert record.state == state
    assert str(error) in record.reason


async def test_wrong_settings_are_an_outage_in_the_record() -> None:
    stores = await attempt(Ticket("a.jpg"), SettingsError("CHAT_MODEL is missing"))

    assert stores.records[0].reason == "CHAT_MODEL is missing"
    assert stores.sent[0][0].attempt == 1


# -- trying again -------------------------------------------------------------------------


async def test_a_failure_is_tried_again_from_the_first_attempt() -> None:
    world = fakes()
    failure = Failure.of(Ticket("a.jpg", 8), "gave up after 8 attempts: busy", error="busy")

    retrying = await retries.retry(failure, tickets=world.context.tickets, failures=world.context.failures)

    [(ticket, delay)] = world.tickets.sent
    assert (ticket.name, ticket.attempt, delay) == ("a.jpg", 1, 0)
    assert world.failures.records == {failure.id: retrying}
    assert (retrying.state, retrying.attempts, retrying.reason) == ("retrying", 1, failure.reason)
    assert retrying.last_error == "busy"


async def test_a_message_that_names_no_photo_cannot_be_tried_again() -> None:
    world = fakes()
    failure = Failure.of(Ticket("(message) x"), "names no photo", unreadable=True)

    with pytest.raises(BadRequest, match="this record names no photo") as raised:
        await retries.retry(failure, tickets=world.context.tickets, failures=world.context.failures)
    assert raised.value.param == "id"
    assert not world.tickets.sent


async def test_all_that_was_given_up_is_tried_again_but_unreadable_messages() -> None:
    world = fakes()
    for name, options in {"a": {}, "b": {}, "c": {"due": NOW}, "d": {"unreadable": True}}.items():
        await world.failures.write(Failure.of(Ticket(name), "why", **cast(Any, options)))

    assert await retries.retry_all(tickets=world.context.tickets, failures=world.context.failures) == [
        Ticket("a").id,
        Ticket("b").id,
    ]
    assert world.tickets.names == ["a", "b"]


# -- messages that the host gave up on ----------------------------------------------------


async def dead_letter(body: str) -> Failure:
    world = fakes()
    await retries.dead_letter(body, failures=world.context.failures)
    [failure] = world.failures.records.values()
    return failure


async def test_a_dead_letter_with_a_name_is_a_failed_photo() -> None:
    failure = await dead_letter('{"name": "a.jpg"}')

    assert (failure.path, failure.state, failure.unreadable) == ("a.jpg", "failed", False)
    assert failure.reason == "the app failed on this photo again and again; its log says why"


@pytest.mark.parametrize("body", ["what?", "[" * 100_000, '{"name": "\\ud800.jpg"}', "\ud800"])
async def test_a_dead_letter_without_a_name_keeps_its_beginning(body: str) -> None:
    failure = await dead_letter(body)
    text = body.replace("\ud800", "?")

    assert failure.unreadable
    assert failure.path == f"(message) {text[:200]}"
    assert failure.reason == f"a message in the queue names no photo: {text[:300]}"
