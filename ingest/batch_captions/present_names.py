"""Where the photos of a batch are when it ends: some were renamed meanwhile, and some are gone."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from ingest.context import IngestContext
from ingest.to_trash import find
from shared.photo import photo_id
from shared.stores.caption_batches import OrderedCaption

AT_ONCE = 8  # captions whose photos are looked for


async def present_names(captions: Sequence[OrderedCaption], context: IngestContext) -> list[list[str]]:
    """
    The names of the photos that wait for each of these captions, as they are by now.

    One that was moved through the app is known by its new name. Of bytes that none of the names has any more, all files
    are looked through, for which the container is listed once: who renames a file elsewhere tells nobody.
    """
    names = list[list[str]]()
    for start in range(0, len(captions), AT_ONCE):
        some = captions[start : start + AT_ONCE]
        names += await asyncio.gather(*(_names_of(each, context) for each in some))
    lost = {each.md5 for each, found in zip(captions, names, strict=True) if each.md5 and not found}
    by_md5 = await _files_of(lost, context) if lost else {}
    return [found or by_md5.get(each.md5, []) for each, found in zip(captions, names, strict=True)]


async def _names_of(caption: OrderedCaption, context: IngestContext) -> list[str]:
    names = [await _present_name(name, context) for name in caption.names]
    return [name for name in names if name]


async def _present_name(name: str, context: IngestContext) -> str | None:
    if await context.storage.stat(name):
        return name
    moves = await context.moves.steps(photo_id(name))
    if moves and await context.storage.stat(moves[-1].new_path):
        return moves[-1].new_path
    return None


async def _files_of(md5s: Collection[str], context: IngestContext) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    async for each in context.storage.originals():
        if each.md5 in md5s:
            found.setdefault(str(each.md5), []).append(each.name)
    return found


async def is_known(caption: OrderedCaption, context: IngestContext) -> bool:
    """Whether there is a photo of these bytes all the same: one that is indexed, or waits in the trash."""
    if await context.index.holds(caption.digest, besides=""):
        return True
    trashed = [await find(photo_id(name), context) for name in caption.names]
    return any(each and each.digest == caption.digest for each in trashed)
