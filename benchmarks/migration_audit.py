"""The index after a move, compared with the container, with what people wrote, and with what was paid for."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from benchmarks.migration_load import People
from benchmarks.migration_seed import SeededLibrary
from ingest.context import IngestContext, ingest_context
from ingest.file_roles import photos
from ingest.reconcile import reconcile
from shared.embedded_index import EmbeddedIndex
from shared.photo import Photo, photo_id, stored_fields
from shared.search.query import IndexQuery
from tests.world import World

PAGE = 500
PATIENCE = 240.0  # seconds that what was begun may take, on a machine that does other things as well
PAUSE = 3.0


@dataclass
class Audit:
    """What was counted, and what is wrong."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def audit(world: World, people: People, library: SeededLibrary) -> Audit:
    """
    Look at everything once what was begun has ended.

    What differs before `reconcile` has run, as the timer would have it, is a figure; what differs then is a fault.
    """
    context = ingest_context()
    assert context.live_index
    record = await context.live_index.record.now()
    look = partial(_look, record.live, people, library, world, context)
    first = await _patiently(look, PATIENCE / 2)
    if not first.faults:
        return first
    report = await reconcile(context, grace=timedelta())
    print(f"  before reconcile: {first.faults[:10]}; it found {report}", flush=True)
    last = await _patiently(look, PATIENCE)
    last.figures["differed_before_reconcile"] = len(first.faults)
    return last


async def _patiently(look: Callable[[], Awaitable[Audit]], patience: float) -> Audit:
    """Look again until all is as it should be, or patience is at its end."""
    end = time.monotonic() + patience
    while (found := await look()).faults and time.monotonic() < end:  # noqa: ASYNC110 - it asks servers
        await asyncio.sleep(PAUSE)
    return found


async def _look(
    live: EmbeddedIndex, people: People, library: SeededLibrary, world: World, context: IngestContext
) -> Audit:
    documents = await _documents(live, context)
    blobs = {photo_id(each.name): each async for each in photos(context)}
    changes, present = people.changes, blobs.keys() & documents.keys()
    kept = library.photos.keys() & present - changes.overwritten
    paid = len(await asyncio.to_thread(world.calls, "vision"))
    titles = {id_: title for id_, title in library.titles.items() if id_ not in changes.deleted} | changes.titles
    older = [each for each in present if documents[each].etag != blobs[each].etag]
    lost = [each for each in titles.keys() & present if documents[each].title != titles[each]]
    again = [each for each in kept if documents[each].caption != library.photos[each].caption]
    faults = [
        *(f"{blobs[each].name} is not in the index" for each in blobs.keys() - documents.keys()),
        *(f"{documents[each].path} is in the index without a file" for each in documents.keys() - blobs.keys()),
        *(f"{documents[each].path} is an older version" for each in older),
        *(f"an edit of {documents[each].path} is lost" for each in lost),
        *(f"{documents[each].path} was described again" for each in again),
        *_vector_faults(live, documents),
        *_file_faults(people, library, blobs.keys()),
    ]
    if paid > changes.contents:
        faults.append(f"{paid} captions were paid for {changes.contents} new contents")
    figures = {"files": len(blobs), "documents": len(documents), "unchanged": len(kept), "edits": len(titles)}
    return Audit(figures | {"captions_paid": paid, "new_contents": changes.contents}, faults)


def _vector_faults(live: EmbeddedIndex, documents: dict[str, Photo]) -> list[str]:
    recipe, dimensions = live.embedding.recipe, live.embedding.dimensions
    others = Counter((each.embedding_recipe == recipe, len(each.vector)) for each in documents.values())
    del others[True, dimensions]
    return [f"{count} photos are not embedded as they should be: {what}" for what, count in others.items()]


def _file_faults(people: People, library: SeededLibrary, there: Set[str]) -> list[str]:
    """Photos that nobody deleted and that are gone, and the other way round."""
    changes = people.changes
    expected = (library.photos.keys() - changes.deleted) | {photo_id(each) for each in changes.uploaded}
    gone = [f"the file of {each} is gone" for each in expected - there]
    return gone + [f"the file of {each} was deleted and is there" for each in changes.deleted & there]


async def _documents(live: EmbeddedIndex, context: IngestContext) -> dict[str, Photo]:
    assert context.live_index
    index = context.live_index.at(live)
    found: dict[str, Photo] = {}
    fields, filter_ = (*stored_fields(), "vector"), None
    while True:
        query = IndexQuery(filter=filter_, order_by=("id",), top=PAGE, fields=fields, plain=True)
        page = [each.photo for each in (await index.search(query)).hits]
        found |= {each.id: each for each in page}
        if len(page) < PAGE:
            return found
        filter_ = f"id gt '{page[-1].id}'"
