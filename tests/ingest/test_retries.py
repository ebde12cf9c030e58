"""The failure policy: what is waited out, what is given up, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest import retries
from shared.errors import BadPhoto, BadReply, Outage, PhotoError, SettingsError, Throttled, Transient
from shared.photo import utc
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket


class FakeStores:
    """Stands for the ticket queue and the failure records, and remembers what they were told."""

    def __init__(self) -> None:
        self.sent: list[tuple[Ticket, float]] = []
        self.records: list[Failure] = []
        self.cleared: list[str] = []

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        self.sent.append((ticket, delay))

    async def write(self, failure: Failure) -> None:
        self.records.append(failure)

    async def clear(self, id_: str) -> None:
        self.cleared.append(id_)


async def attempted(ticket: Ticket, error: Exception | None) -> FakeStores:
    async def work() -> None:
        if error:
            raise error

    stores: Any = FakeStores()
    await retries.attempt(ticket, work, tickets=stores, failures=stores)
    return stores  # type: ignore[no-any-return]


async def test_a_success_clears_the_failure_record() -> None:
    stores = await attempted(Ticket("a.jpg"), None)

    assert stores.cleared == [Ticket("a.jpg").id]
    assert not stores.sent


async def test_what_may_heal_is_postponed_and_shown() -> None:
    stores = await attempted(Ticket("a.jpg"), Transient("busy"))

    [(ticket, delay)] = stores.sent
    assert ticket.attempt == 2
    assert 15 <= delay <= 19
    [record] = stores.records
    assert (record.state, record.reason, record.attempts) == ("retrying", "busy", 1)
    assert record.next_attempt_at


async def test_a_stated_wait_is_kept() -> None:
    [(_, delay)] = (await attempted(Ticket("a.jpg"), Transient("busy", wait=600))).sent

    assert delay >= 600


@pytest.mark.parametrize("error", [Throttled("slow down"), Outage("down"), SettingsError("wrong")])
async def test_what_is_not_the_photos_fault_uses_up_no_attempt(error: Exception) -> None:
    ticket = Ticket("a.jpg", 8, utc(datetime.now(UTC) - timedelta(days=2)))

    [(following, delay)] = (await attempted(ticket, error)).sent

    assert following.attempt == 8
    assert delay <= 750


async def test_a_service_that_stays_away_for_a_week_ends_in_a_failure() -> None:
    ticket = Ticket("a.jpg", 1, utc(datetime.now(UTC) - timedelta(days=8)))

    [record] = (await attempted(ticket, Throttled("slow down"))).records

    assert record.state == "failed"


@pytest.mark.parametrize(("error", "last"), [(Transient("busy"), 8), (BadReply("nonsense"), 3)])
async def test_the_last_attempt_is_the_last(error: PhotoError, last: int) -> None:
    assert (await attempted(Ticket("a.jpg", last - 1), error)).sent
    stores = await attempted(Ticket("a.jpg", last), error)

    assert not stores.sent
    [record] = stores.records
    assert record.state == "failed"
    assert f"after {last} attempts" in record.reason


async def test_what_cannot_heal_is_given_up_at_once() -> None:
    stores = await attempted(Ticket("a.jpg"), BadPhoto("not an image"))

    assert not stores.sent
    assert [(each.state, each.reason) for each in stores.records] == [("failed", "not an image")]


async def test_a_bug_is_left_to_the_host() -> None:
    with pytest.raises(ZeroDivisionError):
        await attempted(Ticket("a.jpg"), ZeroDivisionError())


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
