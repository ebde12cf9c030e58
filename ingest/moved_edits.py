"""Takes what people wrote about a photo to its new id; whoever writes meanwhile loses nothing."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ingest.context import IngestContext
from shared.edits import Change, PhotoEdits
from shared.errors import PreconditionFailed, Transient
from shared.stores.moves import Move

ROUNDS = 20  # tries while others edit the same photo


async def carry_edits(begun: Move, context: IngestContext) -> bool:
    """Write all changes of the old id to the new one that it lacks; False if it lacks none."""
    for _ in range(ROUNDS):
        old, new = await context.edits.read(begun.id), await context.edits.read(begun.new_id)
        if not old.etag:
            return False
        carried = replace(with_changes_of(old, new), path=begun.new_path)
        if carried == new:
            return False
        if await context.edits.write(carried):
            return True
    raise Transient("others are editing this photo all the time: try again")


def with_changes_of(old: PhotoEdits, new: PhotoEdits) -> PhotoEdits:
    """The edits of the new id with the changes of the old one that it lacks; all of the old where it has none."""
    if not new.etag:
        return replace(old, id=new.id, etag="")
    for change in old.history:
        twin = next((each for each in new.history if _is_same(each, change)), None)
        if twin is None:
            new = new.changed(change.after, by=change.by, at=datetime.fromisoformat(change.at), job=change.job)
        elif change.undone_at and not twin.undone_at:
            with suppress(PreconditionFailed):  # somebody has changed it since
                new = new.undone(twin.number, by=change.undone_by, at=datetime.fromisoformat(change.undone_at))
    return new


def _is_same(first: Change, second: Change) -> bool:
    return (first.by, first.at, first.after) == (second.by, second.at, second.after)
