"""Jobs as HTTP callers see them: who does not see every photo sees the jobs that they have made, and no others."""

from collections.abc import Sequence

from shared.access.caller import current_caller
from shared.access.sight import current_sight
from shared.errors import NotFound
from shared.services import services
from shared.stores.jobs import Job, PhotoFault
from shared.visible_collections import visible_ids


async def read_job(id_: str) -> Job:
    """A job; NotFound if there is none, or if somebody else has made it and may see more than the caller."""
    job = await services().jobs.read(id_)
    if not (current_sight().is_full or job.is_of(current_caller())):
        raise NotFound(f"there is no job {id_}", param="id")
    return job


async def as_seen(faults: Sequence[PhotoFault]) -> list[PhotoFault]:
    """What was wrong with photos; of one that is hidden by now, as if it were gone."""
    if current_sight().is_full:
        return list(faults)
    visible = await visible_ids((each.id for each in faults), services().index)
    return [
        each if each.id in visible else PhotoFault(each.id, f"there is no photo {each.id} any more") for each in faults
    ]
