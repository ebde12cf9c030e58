"""What the benchmark of jobs makes of the times it measured, and of a job that failed."""

import httpx
import pytest

from benchmarks.jobs import MOST, Times, compare, has_ended, new_queries

QUIET = Times([0.25, 0.5, 1.0], [1.0])  # exact in binary


@pytest.mark.parametrize(
    ("busy", "holds"),
    [
        (Times([0.5 * MOST], [1.0 * MOST]), True),
        (Times([0.5 * MOST + 0.01], [1.0]), False),
        (Times([0.5], [1.0 * MOST + 0.01]), False),
    ],
)
def test_medians_are_compared_of_searches_and_of_uploads(busy: Times, holds: bool) -> None:
    assert compare(QUIET, busy) is holds


def test_no_question_is_asked_twice() -> None:
    queries = list(new_queries(["a dog", "a cat", "a boat"]))

    assert len(set(queries)) == len(queries) == 6


@pytest.mark.parametrize(
    ("record", "ended"), [({"state": "running", "failed": 0}, False), ({"state": "done", "failed": 0}, True)]
)
async def test_a_job_has_ended_when_it_is_done(record: dict[str, object], ended: bool) -> None:
    assert await has_ended(client_of(record), "1") is ended


@pytest.mark.parametrize("record", [{"state": "failed", "failed": 0}, {"state": "done", "failed": 3}])
async def test_a_job_that_has_not_done_its_work_is_no_measurement(record: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match="has not done its work"):
        await has_ended(client_of(record), "1")


def client_of(record: dict[str, object]) -> httpx.AsyncClient:
    """A client of an app that knows one job."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=record))
    return httpx.AsyncClient(base_url="http://app", transport=transport)
