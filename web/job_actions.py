"""What jobs can do, wired: each action, and what of the app does it to a photo."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from catalogue.context import catalogue_context
from catalogue.jobs.actions import JobAction, PhotoAction
from catalogue.jobs.batched_context import BatchedContext
from catalogue.jobs.collect_actions import CollectAction, CollectServices
from catalogue.jobs.edit_action import PhotoEditing
from catalogue.jobs.export_action import ExportAction, ExportServices
from catalogue.position import place_of
from catalogue.tag_cleaning import check_rename, renamed_values
from ingest.context import ingest_context
from ingest.originals import delete_original
from ingest.removal import remove
from ingest.trash import restore
from shared.access.roles import Role
from shared.catalogue.in_force import definitions_version
from shared.current_ids import current_ids
from shared.errors import NotFound
from shared.photo import Photo
from shared.services import services
from shared.stores.jobs import Job
from shared.stores.tickets import Ticket
from web.described import described
from web.move_action import MoveAction


@cache
def job_actions() -> Mapping[str, JobAction]:
    """Every action by its name; another is one more line here."""
    editing = PhotoEditing(batched_context, place_of)

    async def rename_tags(id_: str, job: Job) -> bool:
        return await editing.write(id_, lambda photo: renamed_values(photo, **job.parameters), job)

    actions: list[JobAction] = [
        PhotoAction("delete", Role.EDITOR, "deleted", delete, take_out_of_trash),
        editing.action,
        PhotoAction(
            "rename_tags",
            Role.EDITOR,
            "edited",
            rename_tags,
            editing.take_back,
            names=frozenset({"old", "new"}),
            checked=checked_rename,
        ),
        ExportAction(export_services),
        CollectAction(collecting_services),
        CollectAction(collecting_services, removes=True),
        MoveAction(ingest_context),
        PhotoAction("recaption", Role.ADMIN, "recaptioned", recaption),  # each photo is paid for
    ]
    return {each.name: each for each in actions}


@cache
def batched_context() -> BatchedContext:
    """What jobs edit with in this process."""
    return BatchedContext(catalogue_context())


def collecting_services() -> CollectServices:
    """What collecting takes."""
    clients = services()
    return CollectServices(clients.collections, clients.index, clients.jobs, ids_of_now)


async def ids_of_now(ids: Sequence[str]) -> list[str]:
    """The ids that these photos have now."""
    clients = services()
    return await current_ids(ids, clients.moves, clients.collections, clients.index)


def export_services() -> ExportServices:
    """What exporting takes."""
    clients = services()
    return ExportServices(clients.exports, clients.index, clients.storage, described)


async def delete(id_: str, job: Job) -> bool:
    """Move a photo into the trash; nothing is to be done where it is gone."""
    context = ingest_context()
    photo = await context.index.get(id_)
    if photo is None:
        return False
    try:
        await delete_original(photo.path, context, by=job.created_by)
    except NotFound:  # its file went without us
        await remove(photo.path, context)
    return True


async def take_out_of_trash(id_: str, job: Job, by: str) -> bool:
    """Restore what a job has deleted; nothing is to be done where it is there again, or gone for good."""
    context = ingest_context()
    if await context.index.get(id_) is not None:
        return False
    try:
        await restore(id_, context)
    except NotFound:  # an earlier try of this slice put it back, and it is not indexed yet
        return False
    return True


async def checked_rename(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The tags to replace, and the one in their place."""
    return check_rename(parameters)


async def recaption(id_: str, job: Job) -> bool:
    """Have a photo described again, where another prompt, model or language described it."""
    context = ingest_context()
    photo = await indexed_photo(id_)
    if context.is_current(photo.recipe):
        return False
    await context.tickets.send(Ticket(photo.path, definitions=definitions_version()))
    return True


async def indexed_photo(id_: str) -> Photo:
    """The photo; NotFound where it was deleted, or moved, since the job was made."""
    photo = await ingest_context().index.get(id_)
    if photo is None:
        raise NotFound(f"there is no photo {id_} any more", param="id")
    return photo
