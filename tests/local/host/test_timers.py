"""Timer triggers: on time, made up for when missed, repeated by their retry policy."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.host.errors import CannotRun
from local.host.functions import Retry
from local.host.receipts import HOSTS_CONTAINER
from local.host.schedule import parse_schedule
from tests.local.host.conftest import RunningHost, World
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
    assert parse_schedule(schedule, "tick", {}).after(NOON) == due


def test_expressions_are_read_in_the_time_zone_of_the_settings() -> None:
    berlin = parse_schedule("0 0 9 * * *", "tick", {"WEBSITE_TIME_ZONE": "Europe/Berlin"})

    assert berlin.after(NOON) == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("schedule", ["", "every minute", "0 0 25 * * *", "* * *", "00:00:00"])
def test_a_schedule_that_means_nothing_is_refused_by_name(schedule: str) -> None:
    with pytest.raises(CannotRun, match="'tick'"):
        parse_schedule(schedule, "tick", {})


def test_retry_delays_grow_up_to_their_maximum() -> None:
    fixed, growing = Retry(5, 10, 10), Retry(-1, 1, 30)

    assert [fixed.delay(attempt) for attempt in (1, 2, 5)] == [10, 10, 10]
    assert growing.delay(1) < growing.delay(3) < growing.delay(5)
    assert growing.delay(2000) == 30


def ticks(host: RunningHost) -> list[bool]:
    return [note["past_due"] for note in host.noted("tick")]


def test_a_timer_runs_again_and_again(world: World) -> None:
    host = world.start(SCHEDULE="* * * * * *")

    def ticked() -> None:
        assert ticks(host)[:3] == [False, False, False]

    eventually(ticked)


def test_a_failing_timer_is_repeated_by_its_policy_and_told_the_count(world: World) -> None:
    host = world.start()

    def repeated() -> None:
        assert [note["attempt"] for note in host.noted("stubborn")] == [0, 1, 2]

    eventually(repeated)


def test_a_run_missed_while_the_host_was_away_is_made_up_for_once(world: World) -> None:
    host = world.start(SCHEDULE="0 0 * * * *")
    status = f"timers/{world.name}/Host.Functions.tick/status"
    hosts = world.blobs().get_blob_client(HOSTS_CONTAINER, status)

    def noted() -> None:
        assert hosts.exists()

    eventually(noted)
    host.stop()
    assert ticks(host) == []
    content = json.loads(hosts.download_blob().readall())
    content["Next"] = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    hosts.upload_blob(json.dumps(content), overwrite=True)

    again = world.start(SCHEDULE="0 0 * * * *")

    def made_up() -> None:
        assert ticks(again) == [True]
        assert datetime.fromisoformat(json.loads(hosts.download_blob().readall())["Next"]) > datetime.now(UTC)

    eventually(made_up)
    again.stop()
    once_more = world.start(SCHEDULE="0 0 * * * *")
    once_more.stop()
    assert ticks(once_more) == [True]
