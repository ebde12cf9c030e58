"""Our clock, set right by that of a service."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from shared.service_clock import ServiceClock


def response(**headers: str) -> SimpleNamespace:
    return SimpleNamespace(http_response=SimpleNamespace(headers=headers))


def difference(clock: ServiceClock) -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_a_date_sets_the_clock_and_a_difference_is_said(caplog: pytest.LogCaptureFixture) -> None:
    clock = ServiceClock()
    for minutes in (-30, 90):
        clock.read(response(Date=format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)))
        assert abs(difference(clock) - timedelta(minutes=minutes)) < timedelta(seconds=5)

    assert caplog.text.count("our clock differs") == 2


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_without_a_date_our_own_clock_counts(headers: dict[str, str]) -> None:
    clock = ServiceClock()
    clock.read(response(**headers))

    assert abs(difference(clock)) < timedelta(seconds=5)


def test_the_service_is_asked_once_in_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr("shared.service_clock.time.monotonic", lambda: now)
    clock = ServiceClock()

    assert (clock.expire(), clock.expire()) == (True, False)
    now += 599
    assert not clock.expire()
    now += 1
    assert clock.expire()
