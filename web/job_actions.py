"""What jobs can do, wired: each action, and what of the app does it to a photo."""

from collections.abc import Mapping
from functools import cache

from catalogue.context import catalogue_context
from catalogue.jobs.actions import JobAction, PhotoAction
from catalogue.jobs.collect_actions import CollectAction
from catalogue.jobs.edit_action import PhotoEditing
from ingest.context import ingest_context
from ingest.pipeline import remove
from shared.errors import NotFound
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.services import services
from shared.stores.collections import Collections
from shared.stores.jobs import Job
from shared.stores.tickets import Ticket


@cache
def job_actions() -> Mapping[str, JobAction]:
    """Every action by its name; another is one more line here."""
    actions: list[JobAction] = [
        PhotoAction("delete", delete),
        PhotoEditing(catalogue_context).action,
        CollectAction(collecting_services),
        CollectAction(collecting_services, removes=True),
        PhotoAction("recaption", recaption),
    ]
    return {each.name: each for each in actions}


def collecting_services() -> tuple[Collections, PhotoIndex]:
    """What collecting takes."""
    return services().collections, services().index


async def delete(id_: str, job: Job) -> bool:
    """Delete a photo's original and everything made from it; nothing is to be done where it is gone."""
    context = ingest_context()
    photo = await context.index.get(id_)
    if photo is None:
        return False
    await context.storage.delete(photo.path)
    context.original_count.invalidate()
    await remove(photo.path, context)
    return True


async def recaption(id_: str, job: Job) -> bool:
    """Have a photo described again, where another prompt, model or language described it."""
    context = ingest_context()
    photo = await indexed_photo(id_)
    if photo.recipe == context.recipe:
        return False
    await context.tickets.send(Ticket(photo.path))
    return True


async def indexed_photo(id_: str) -> Photo:
    """The photo; NotFound where it was deleted, or moved, since the job was made."""
    photo = await ingest_context().index.get(id_)
    if photo is None:
        raise NotFound(f"there is no photo {id_} any more", param="id")
    return photo
