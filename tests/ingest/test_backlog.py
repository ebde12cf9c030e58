"""What is on its way already, by what the queues tell."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.backlog import LONG_GRACE, Backlog, read_backlog
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import fakes


@pytest.mark.parametrize(
    ("arrivals", "tickets", "due", "backlog"),
    [
        (0, 0, False, Backlog(busy=False, clear=True)),
        (1, 0, False, Backlog(busy=True, clear=True)),
        (None, 0, False, Backlog(busy=False, clear=False)),
        (0, 1, True, Backlog(busy=False, clear=True)),  # that of the photo that is being retried
        (0, 2, True, Backlog(busy=True, clear=False)),
        (0, 2, False, Backlog(busy=False, clear=False)),
        (None, 2, True, Backlog(busy=True, clear=False)),
    ],
)
async def test_the_backlog(arrivals: int | None, tickets: int, due: bool, backlog: Backlog) -> None:
    world = fakes()
    retrying = Failure.of(Ticket("a.jpg"), "busy", due=datetime.now(UTC))
    failed = Failure.of(Ticket("b.jpg"), "broken")
    world.failures.records = {each.id: each for each in (retrying, failed)}
    world.host_queues.waiting = arrivals
    world.tickets.waiting, world.tickets.due = tickets, due

    assert await read_backlog(world.context) == backlog


async def test_uploads_are_on_their_way_while_their_tickets_wait() -> None:
    world = fakes()
    world.upload_tickets.waiting = 1

    assert await read_backlog(world.context) == Backlog(busy=True, clear=True)


@pytest.mark.parametrize("asked", [timedelta(), timedelta(minutes=5), timedelta(days=1)])
def test_a_photo_that_may_be_queued_where_nobody_sees_it_has_more_time(asked: timedelta) -> None:
    assert Backlog(busy=False, clear=True).grace(asked) == asked
    assert Backlog(busy=False, clear=False).grace(asked) == max(asked, LONG_GRACE)
