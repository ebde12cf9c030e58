"""What the function app and the command line call: ingestion with its services wired in."""

import json
from collections.abc import AsyncIterable, Mapping
from functools import cache
from typing import Any, get_args

from ingest import reconcile, status, tickets
from ingest.pipeline import ingest, remove
from ingest.studio import Studio
from shared.answers import MOST_LISTED, MOST_SKIPPED, Deleted, Retried, Status, Uploaded
from shared.errors import BadRequest, NotFound
from shared.numbers import whole
from shared.photo import LONGEST_PATH, photo_id
from shared.services import services
from shared.ticket import State, Ticket


@cache
def studio() -> Studio:
    """The studio of this process."""
    known = services()
    return Studio(known.storage, known.ledger, known.descriptions, known.models, known.index, known.settings)


@cache
def census() -> status.Census:
    return status.Census()


async def arrived(name: str) -> None:
    """A blob was written: its first attempt."""
    await _attempt(Ticket(name))


async def due(body: str) -> None:
    """A ticket is due: the next attempt. A message that is no ticket is recorded, not lost."""
    try:
        ticket = Ticket.decode(body)
    except BadRequest:
        await buried(body)
    else:
        await _attempt(ticket)


async def _attempt(ticket: Ticket) -> None:
    await tickets.attempt(ticket, lambda: ingest(ticket.name, studio()), ledger=studio().ledger)


async def buried(body: str) -> None:
    """The host gave up on a message: it becomes a failure record."""
    await tickets.bury(body, ledger=studio().ledger)


async def deleted(body: str) -> None:
    """Event Grid says that blobs are gone: take away what was made of them."""
    for name in deleted_names(body, container=studio().settings.container):
        await remove(name, studio())


def deleted_names(body: str, *, container: str) -> list[str]:
    """The names of originals in one `BlobDeleted` event or a list of them."""
    events = json.loads(body)
    subjects = [each.get("subject", "") for each in (events if isinstance(events, list) else [events])]
    start = f"/blobServices/default/containers/{container}/blobs/"
    return [subject.removeprefix(start) for subject in subjects if subject.startswith(start)]


async def upload(path: str, data: AsyncIterable[bytes]) -> Uploaded:
    """Stream an original into the container; from there on it is like any other upload."""
    checked_path(path)
    kept = await studio().storage.upload(path, data, limit=studio().settings.max_photo_bytes)
    census().due = 0.0
    return {
        "id": photo_id(path),
        "path": path,
        "size_bytes": kept.size,
        "etag": kept.etag,
        "state": "waiting",
    }


def checked_path(path: str) -> None:
    """BadRequest when a blob cannot be called so."""
    parts = path.split("/")
    if not path or len(path) > LONGEST_PATH:
        raise BadRequest(f"a path has 1 to {LONGEST_PATH} characters", param="path")
    if any(part in {"", ".", ".."} or part.endswith(".") for part in parts):
        raise BadRequest("the parts of a path must not be empty and must not end in a dot", param="path")
    if "\\" in path or any(ord(char) < 32 or ord(char) == 127 for char in path):
        raise BadRequest("a path must not hold backslashes or control characters", param="path")


async def delete(id_: str) -> Deleted:
    """Delete an original, and through it all that was made of it."""
    path = await _path(id_)
    await studio().storage.delete(path)
    census().due = 0.0
    await remove(path, studio())
    return {"id": id_, "path": path, "state": "deleted"}


async def _path(id_: str) -> str:
    photo = await studio().index.get(checked_id(id_))
    if photo:
        return photo.path
    try:
        return (await studio().ledger.failure(id_)).path
    except NotFound:
        raise NotFound(f"there is no photo {id_}", param="id") from None


def checked_id(id_: str) -> str:
    """The id, if it can be one: 32 hexadecimal digits."""
    if len(id_) != 32 or set(id_) - set("0123456789abcdef"):
        raise NotFound(f"there is no photo {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_


async def reconciled() -> None:
    """The timer's round: container against index."""
    await reconcile.reconcile(studio())


async def progress() -> Status:
    """How many photos are in which state, and what was spent today."""
    return await status.status(studio(), census())


async def failures(parameters: Mapping[str, str]) -> dict[str, Any]:
    """`{total, failures}`, those given up first; `state`, `top` and `skip` choose among them."""
    state = parameters.get("state")
    top = whole(parameters, "top", 100, most=MOST_LISTED)
    skip = whole(parameters, "skip", 0, most=MOST_SKIPPED)
    if state not in {None, *get_args(State)}:
        raise BadRequest("state is retrying or failed", param="state")
    found = await status.failing(studio().ledger, state=state)
    return {"total": len(found), "failures": [vars(each) for each in found[skip : skip + top]]}


async def retry(id_: str) -> dict[str, Any]:
    """Try one failing photo again at once."""
    ledger = studio().ledger
    return vars(await tickets.retry(await ledger.failure(checked_id(id_)), ledger=ledger))


async def retry_all() -> Retried:
    """Try every photo again that was given up."""
    found = [each for each in await status.failing(studio().ledger, state="failed") if not each.unreadable]
    for failure in found:
        await tickets.retry(failure, ledger=studio().ledger)
    return {"retried": len(found)}
