"""Tickets as they travel."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadRequest
from shared.stores.tickets import Ticket

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@given(st.text(min_size=1), st.integers(1, 100))
def test_a_ticket_survives_the_queue(name: str, attempt: int) -> None:
    ticket = Ticket(name, attempt).begin(NOON)

    assert Ticket.decode(ticket.encode()) == ticket


NO_TICKETS = ["", "[]", "null", "{}", '{"name": 3}', '{"name": "a", "attempt": "x"}']
BAD_DATES = ['{"name": "a", "since": "yesterday"}', '{"name": "a", "since": "2026-05-01"}']


@pytest.mark.parametrize("body", [*NO_TICKETS, *BAD_DATES])
def test_what_is_no_ticket_is_refused(body: str) -> None:
    with pytest.raises(BadRequest):
        Ticket.decode(body)


def test_the_first_attempt_sets_the_date_and_later_ones_keep_it() -> None:
    first = Ticket("a.jpg").begin(NOON)

    assert first.next().begin(datetime.now(UTC)).since == first.since
    assert first.age(NOON.replace(minute=1)) == 60
