"""An exporter that fails costs its telemetry, and one line an hour."""

import logging
from typing import Any

import pytest

from shared.telemetry.guard import PAUSE, QUIET, Guard, GuardedSpanExporter


def fail() -> bool:
    raise ConnectionError("secret-host")


def test_failures_are_named_once_an_hour_and_paused_after(caplog: pytest.LogCaptureFixture) -> None:
    now, tries = 0.0, 0
    guard = Guard(lambda: now)

    def refuse() -> bool:
        nonlocal tries
        tries += 1
        return False

    for second in range(int(QUIET)):
        now = float(second)
        assert not guard.run(refuse, succeeded=bool)
    assert tries == 6  # after 0, 1, 3, 7, 15 and 31 minutes
    assert [record.getMessage() for record in caplog.records] == [
        "telemetry cannot be sent, and is lost meanwhile: it was refused"
    ]

    now = 2 * QUIET
    guard.run(fail, succeeded=bool)
    assert [record.getMessage() for record in caplog.records[1:]] == [
        "telemetry cannot be sent, and is lost meanwhile: ConnectionError"
    ]


def test_what_works_again_is_sent_again() -> None:
    now = 0.0
    guard = Guard(lambda: now)

    assert not guard.run(fail, succeeded=bool)
    now = PAUSE
    assert guard.run(lambda: True, succeeded=bool)
    assert guard.run(lambda: True, succeeded=bool)


def test_an_exporter_that_raises_does_not_raise_further(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def export(self, spans: Any) -> Any:
            raise RuntimeError

    exporter = GuardedSpanExporter(Broken())  # type: ignore[arg-type]

    with caplog.at_level(logging.WARNING):
        assert exporter.export([]).name == "FAILURE"
    assert len(caplog.records) == 1
