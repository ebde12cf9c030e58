"""Timer triggers: on time, made up for when missed, retried as their policy says."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.host.errors import HostStartupError
from local.host.function_metadata import RetryPolicy
from local.host.storage_operations import HOSTS_CONTAINER
from local.host.timer_trigger.schedule import parse_schedule
from tests.local.host.conftest import HostSandbox, RunningHost
from tests.machine import eventually

NOON = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("*/5 * * * * *", datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)),
        ("0 */5 * * * *", datetime(2026, 3, 1, 12, 5, tzinfo=UTC)),
        ("*/5 * * * *", datetime(2026, 3, 1, 12, 5, tzinfo=UTC)),
        ("0 30 9 * * MON-FRI", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("0 0 0 13 * 5", datetime(2026, 3, 13, tzinfo=UTC)),
        ("0 0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("00:00:30", NOON + timedelta(seconds=30)),
        ("1.00:00:00", NOON + timedelta(days=1)),
    ],
)
def test_the_next_time_is_the_first_one_that_matches(schedule: str, due: datetime) -> None:
    assert parse_schedule(schedule, "tick", {}).next_after(NOON) == due


def test_expressions_are_read_in_the_time_zone_of_the_settings() -> None:
    berlin = parse_schedule("0 0 9 * * *", "tick", {"WEBSITE_TIME_ZONE": "Europe/Berlin"})

    assert berlin.next_after(NOON) == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("schedule", ["", "every minute", "0 0 25 * * *", "* * *", "00:00:00"])
def test_an_invalid_schedule_is_refused_by_name(schedule: str) -> None:
    with pytest.raises(HostStartupError, match="'tick'"):
        parse_schedule(schedule, "tick", {})


def test_retry_delays_grow_up_to_their_maximum() -> None:
    fixed, growing = RetryPolicy(5, 10, 10), RetryPolicy(-1, 1, 30)

    assert [fixed.delay(attempt) for attempt in (1, 2, 5)] == [10, 10, 10]
    assert growing.delay(1) < growing.delay(3) < growing.delay(5)
    assert growing.delay(2000) == 30


def ticks(host: RunningHost) -> list[bool]:
    return [event["past_due"] for event in host.events("tick")]


def test_a_timer_runs_again_and_again(sandbox: HostSandbox) -> None:
    host = sandbox.start(SCHEDULE="* * * * * *")

    def ticked() -> None:
        assert ticks(host)[:3] == [False, False, False]

    eventually(ticked)


def test_a_failing_timer_is_retried_by_its_policy_and_gets_the_count(sandbox: HostSandbox) -> None:
    host = sandbox.start()

    def repeated() -> None:
        assert [event["attempt"] for event in host.events("stubborn")] == [0, 1, 2]

    eventually(repeated)


def test_a_run_missed_while_the_host_was_away_is_made_up_for_once(sandbox: HostSandbox) -> None:
    host = sandbox.start(SCHEDULE="0 0 * * * *")
    status_path = f"timers/{sandbox.name}/Host.Functions.tick/status"
    status_blob = sandbox.blobs().get_blob_client(HOSTS_CONTAINER, status_path)

    def status_written() -> None:
        assert status_blob.exists()

    eventually(status_written)
    host.stop()
    assert ticks(host) == []
    content = json.loads(status_blob.download_blob().readall())
    content["Next"] = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    status_blob.upload_blob(json.dumps(content), overwrite=True)

    again = sandbox.start(SCHEDULE="0 0 * * * *")

    def made_up() -> None:
        assert ticks(again) == [True]
        assert datetime.fromisoformat(json.loads(status_blob.download_blob().readall())["Next"]) > datetime.now(UTC)

    eventually(made_up)
    again.stop()
    once_more = sandbox.start(SCHEDULE="0 0 * * * *")
    once_more.stop()
    assert ticks(once_more) == [True]
