"""What a contributor may do to their own uploads alone, and an editor to all."""

from dataclasses import dataclass

from ingest.companions import files_beside
from ingest.context import IngestContext
from ingest.facts.sidecar_names import photos_of
from ingest.file_roles import role_by_name
from ingest.originals import ANY_VERSION, delete_original
from shared.access.caller import Caller
from shared.access.requirement import require_role
from shared.access.roles import Role
from shared.access.uploader import NOBODY, Uploader
from shared.errors import PreconditionFailed
from shared.storage import BlobInfo


@dataclass(frozen=True)
class UploadCondition:
    """What must be so when an upload is finished, as of the parameters of `Storage.upload`."""

    if_match: str | None
    if_none_match: bool


def is_own(uploader: Uploader, caller: Caller) -> bool:
    """Whether something is this caller's; what is nobody's is not."""
    return bool(uploader.owner) and uploader.owner == caller.owner


def uploader_of(path: str, caller: Caller) -> Uploader:
    """Whose an upload is; an editor's sidecar is nobody's, so that it tells about anybody's photo."""
    is_for_anybody = caller.role >= Role.EDITOR and role_by_name(path) == "attached"
    return NOBODY if is_for_anybody else Uploader.of_caller(caller)


async def require_own(path: str, caller: Caller, context: IngestContext, *, what: str) -> str | None:
    """
    InsufficientRights where an original is somebody else's, for those who are no editors.

    The etag of the version that is theirs; None for editors, who may do it to any.
    """
    if caller.role >= Role.EDITOR:
        return None
    original = await context.storage.stat(path)
    if original is None or not is_own(original.uploader, caller):
        require_role(caller, Role.EDITOR, what=what)
    return original.etag if original else None


async def delete_if_own(path: str, caller: Caller, context: IngestContext, *, if_match: str | None = None) -> None:
    """
    Move an original into the trash if this caller may, and remove what was made from it.

    PreconditionFailed, and it stays, if it has another etag than `if_match`, or is replaced meanwhile, maybe by others.
    """
    own = await require_own(path, caller, context, what="deleting what others have uploaded")
    if own and if_match not in {None, ANY_VERSION, own}:
        raise PreconditionFailed("the photo has changed or is gone", param="If-Match")
    await delete_original(path, context, by=caller.name, if_match=own or if_match)


async def check_upload(
    path: str, existing: BlobInfo | None, wanted: UploadCondition, caller: Caller, context: IngestContext
) -> UploadCondition:
    """
    The condition under which this caller may upload a file: who is no editor replaces only what is their own.

    A sidecar says what its photo shows, and when and where, so it is an edit of the photo beside it.
    """
    if caller.role >= Role.EDITOR:
        return wanted
    if role_by_name(path) == "attached":
        for photo in photos_of(path, await files_beside(path, context)):
            await require_own(photo, caller, context, what="a sidecar of a photo that others have uploaded")
    if existing is None:
        return UploadCondition(None, if_none_match=True)  # nor what somebody else uploads meanwhile
    if not is_own(existing.uploader, caller):
        require_role(caller, Role.EDITOR, what="replacing what others have uploaded")
    return UploadCondition(wanted.if_match or existing.etag, if_none_match=False)
