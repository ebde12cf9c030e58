"""
The property test finds a filter that somebody forgets, wherever that is.

A few in every run; all of them with `ACCESS_MUTATIONS=all`.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from shared.access.caller import APP
from tests.access.libraries import Case, cases
from tests.access.test_visibility import check
from tests.access.world import AccessWorld, running_access_world

EXAMPLES = 60  # after which a filter that nobody misses is not tested


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def always_soon(value: Any) -> Callable[..., Any]:
    async def soon(*_: Any, **__: Any) -> Any:
        return value

    return soon


async def every_id(ids: Any, index: Any) -> frozenset[str]:
    return frozenset(ids)


async def every_collection(collections: Any, index: Any) -> list[Any]:
    return list(collections)


async def every_entry(context: Any) -> list[Any]:
    return [each async for each in context.trash.entries()]


async def any_failure(id_: str, context: Any) -> Any:
    return await context.failures.read(id_)


async def any_trashed(id_: str, context: Any) -> Any:
    return await context.trash.read(id_)


async def any_fault(faults: Any) -> list[Any]:
    return list(faults)


async def any_proposal(id_: str, proposals: Any, index: Any) -> Any:
    return await proposals.read(id_)


# Of a photo by its id it is forgotten twice: that a search finds it first, and that its document is judged then.
FORGOTTEN: dict[str, dict[str, Any]] = {
    "queries": {"shared.access.sight.RuledSight.odata": always(None)},
    "a photo by its id": {
        "shared.search.index.PhotoIndex._is_found": always_soon(True),
        "shared.access.sight.RuledSight.sees_document": always(True),
    },
    "originals by path": {"ingest.originals.is_visible": always_soon(True)},
    "the trash": {"web.trash.trash.visible_entries": every_entry},
    "the number of deleted photos": {"ingest.status.visible_entries": every_entry},
    "restoring": {"ingest.trash.find_visible": any_trashed},
    "failures": {"web.status.is_visible_failure": always_soon(True)},
    "the number of failures": {"ingest.status.is_visible_failure": always_soon(True)},
    "retrying": {"web.status.visible_failure": any_failure},
    "deleting what fails": {"web.photos.visible_failure": any_failure},
    "the number of files": {"ingest.file_roles.is_visible": always_soon(True)},
    "picture links": {"web.links.visible_ids": every_id},
    "collections": {"shared.visible_collections._visible": every_collection},
    "a job of somebody else's": {"shared.stores.jobs.Job.is_of": always(True)},
    "errors of a job": {"web.jobs.as_seen": any_fault},
    "a proposal": {"web.proposals.read_proposal": any_proposal},
    "where a photo was moved": {"shared.current_ids._sees": always_soon(True)},
    "history": {"web.edits.is_visible": always_soon(True)},
    "uploads": {"web.photos.check_folder": always(None)},
    "what is kept for those who see the same": {"shared.access.sight.RuledSight.key": "all"},
    "what is not indexed": {"shared.access.sight.RuledSight.sees": always(True)},
    "what visitors of a share see": {"query.search.shared_photos.maker_of": always(APP)},
    "folders": {"shared.access.sight.RuledSight.sees_folder": always(True)},
}
IN_EVERY_RUN = ("queries", "a photo by its id", "originals by path")
CHOSEN = FORGOTTEN if os.environ.get("ACCESS_MUTATIONS") == "all" else IN_EVERY_RUN


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccessWorld]:
    with running_access_world(tmp_path_factory.mktemp("forgotten")) as running:
        yield running


@pytest.mark.parametrize("place", CHOSEN)
def test_a_forgotten_filter_is_found(place: str, world: AccessWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for target, forgetful in FORGOTTEN[place].items():
        monkeypatch.setattr(target, forgetful)

    def tells(case: Case) -> bool:
        try:
            world.run(check(case, world))
        except AssertionError:
            return True
        return False

    patience = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    try:
        find(cases(), tells, settings=patience)
    except NoSuchExample:
        pytest.fail(f"nobody misses the filter of {place}")
