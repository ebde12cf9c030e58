"""
Edits: what people write about a photo.

An edit is stored first and is the truth from then on; the document in the index follows at once, and if that fails,
by a ticket or by reconcile. People who edit different fields at the same time both have their way.
"""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalogue.context import EditingContext
from shared.edits import EDITED, FieldEdit, PhotoEdits, apply_edits, original_of
from shared.errors import NotFound, PhotoError, PreconditionFailed, Transient
from shared.log_text import error_label
from shared.photo import Photo, utc
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

ROUNDS = 20  # tries while others edit the same photo
Edit = Callable[[Photo, PhotoEdits], PhotoEdits]
PlaceOf = Callable[[Mapping[str, float]], Awaitable[dict[str, str]]]


def record_etag(photo: Photo) -> str:
    """The etag of a photo's record: it changes with the file, its description and its edits."""
    original = original_of(photo)
    parts = [photo.etag, photo.sidecar_digest, photo.recipe, photo.edits_state]
    parts += [getattr(original, name) for name in EDITED]
    return f'"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'


async def edit(
    id_: str,
    values: Mapping[str, Any] | Callable[[Photo], Mapping[str, Any]],
    *,
    by: str,
    context: EditingContext,
    if_match: frozenset[str] = frozenset(),
    place: Mapping[str, str] | None = None,
    job: str = "",
) -> Photo:
    """
    Write these values into fields of a photo, or where they are None take edits back; return it as it is then.

    What depends on the values that a photo has is made of the photo, again if somebody else edits it meanwhile.

    `place` is that of a new location, whose city, state and country it then has. NotFound if it is not indexed,
    PreconditionFailed if its record has none of the etags in `if_match`, when there are some.
    """
    return (await edit_recorded(id_, values, by=by, context=context, if_match=if_match, place=place, job=job))[0]


async def edit_recorded(
    id_: str,
    values: Mapping[str, Any] | Callable[[Photo], Mapping[str, Any]],
    *,
    by: str,
    context: EditingContext,
    if_match: frozenset[str] = frozenset(),
    place: Mapping[str, str] | None = None,
    job: str = "",
) -> tuple[Photo, PhotoEdits]:
    """Edit a photo; it and its edits as they are then."""
    now = datetime.now(UTC)

    def write(photo: Photo, edits: PhotoEdits) -> PhotoEdits:
        new = {
            name: None
            if value is None
            else FieldEdit(
                value=value,
                by=by,
                at=utc(now),
                digest=photo.digest,
                place=dict(place or {}) if name == "location" else {},
            )
            for name, value in (values(photo) if callable(values) else values).items()
        }
        return edits.changed(new, by=by, at=now, job=job)

    return await _change(id_, write, context, if_match)


async def undo(
    id_: str, change: int | None, *, by: str, context: EditingContext, if_match: frozenset[str] = frozenset()
) -> Photo:
    """Undo a change of a photo, the last one if none is named, and return the photo as it is then."""
    now = datetime.now(UTC)
    return (await _change(id_, lambda _, edits: edits.undone(change, by=by, at=now), context, if_match))[0]


async def _change(
    id_: str, change: Edit, context: EditingContext, if_match: frozenset[str]
) -> tuple[Photo, PhotoEdits]:
    for _ in range(ROUNDS):
        indexed, edits = await _current(id_, context)
        photo = apply_edits(indexed, edits)
        if if_match and not {"*", record_etag(photo)} & if_match:
            raise PreconditionFailed("the photo has changed since: read it again", param="If-Match")
        new = change(photo, edits)
        if new is edits:  # whoever wrote them may have died before the document followed
            return photo if photo == indexed else await _follow(photo, context), edits
        if written := await context.edits.write(replace(new, path=photo.path)):
            return await _follow(apply_edits(photo, written), context, (indexed, written)), written
    raise Transient("others are editing this photo all the time: try again")


async def _current(id_: str, context: EditingContext) -> tuple[Photo, PhotoEdits]:
    """A photo as it is indexed, and its edits, which its document may not have yet."""
    photo, edits = await context.read(id_)
    if photo is None:
        raise NotFound(f"there is no photo {id_}", param="id")
    return photo, edits


async def _follow(edited: Photo, context: EditingContext, start: tuple[Photo, PhotoEdits] | None = None) -> Photo:
    """Bring the document in line with what was stored; it is no reason to fail if that has to wait."""
    try:
        return await context.documents.follow(edited.id, start) or edited
    except PhotoError as error:
        log.warning("an edit is stored, and will be indexed later: %s", error_label(error))
    try:
        await context.refresh_tickets.send(Ticket(edited.path))
    except PhotoError as error:
        log.warning("reconcile will index an edit: %s", error_label(error))
    return edited
