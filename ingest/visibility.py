"""Whether what is not in the index may be shown: files, failures and the trash are judged by their paths."""

from ingest.context import IngestContext
from shared.access.sight import current_sight
from shared.errors import InsufficientRights, NotFound
from shared.photo import folder_of, photo_id
from shared.stores.failures import Failure


async def prepare(id_: str, context: IngestContext) -> None:
    """Know what `is_visible` asks for, whether or not there is a photo of this id: no one can tell by the work."""
    if not current_sight().is_full:
        await context.collections.of_photo(id_)


async def is_visible(path: str, context: IngestContext) -> bool:
    """Whether the caller of now sees the photo at a path, whether or not there is one."""
    sight = current_sight()
    if sight.is_full:
        return True
    return sight.sees(path, await context.collections.of_photo(photo_id(path)))


def check_folder(path: str) -> None:
    """InsufficientRights for a path in a folder that the caller of now does not see, whatever is there."""
    if not current_sight().sees_folder(folder_of(path)):
        raise InsufficientRights("you do not see photos in this folder, so you cannot put any there", param="path")


async def visible_failure(id_: str, context: IngestContext) -> Failure:
    """The record of a photo that fails; NotFound if it does not, or if it is hidden."""
    await prepare(id_, context)
    failure = await context.failures.read(id_)
    if not await is_visible_failure(failure, context):
        raise NotFound(f"no failure is recorded for {id_}", param="id")
    return failure


async def is_visible_failure(failure: Failure, context: IngestContext) -> bool:
    """Whether the caller of now sees a failure; what is about no photo, only those from whom nothing is hidden."""
    return current_sight().is_full or (not failure.unreadable and await is_visible(failure.path, context))
