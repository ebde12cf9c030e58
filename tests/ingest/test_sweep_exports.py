"""Large exports go a day after they were made, and at once where nobody will get one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.sweep_exports import sweep_exports
from shared.photo import utc
from tests.ingest.fakes import fakes
from tests.shared.stores.test_jobs import some_job


def until(hours: int) -> dict[str, Any]:
    return {"result": {"expires_at": utc(datetime.now(UTC) + timedelta(hours=hours))}}


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        ({"state": "running"}, True),
        ({"state": "done", **until(1)}, True),
        ({"state": "done", **until(-1)}, False),
        ({"state": "cancelled"}, False),
        ({"state": "failed"}, False),
        (None, False),
    ],
)
async def test_an_export_stays_while_somebody_may_get_it(fields: dict[str, Any] | None, stays: bool) -> None:
    world, job = fakes(), some_job("export")
    if fields:
        await world.jobs.create(some_job("export", **fields), [])
    world.exports.written[job.id] = {"00000000-5": b"{}"}

    await sweep_exports(world.context)

    assert (job.id in world.exports.written) is stays
