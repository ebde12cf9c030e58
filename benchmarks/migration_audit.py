"""The index after a move, compared with the container, with what people wrote, and with what was paid for."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import pairwise

from benchmarks.migration_load import People
from benchmarks.migration_seed import SeededLibrary
from ingest.context import IngestContext, ingest_context
from ingest.file_roles import photos
from ingest.reconcile import reconcile
from shared.embedded_index import EmbeddedIndex
from shared.photo import Photo, photo_id, stored_fields
from shared.search.query import IndexQuery
from tests.soak.audit import is_excused
from tests.soak.inventory import ModelCall, read_calls
from tests.world import World

PAGE = 500
PATIENCE = 240.0  # seconds that what was begun may take, on a machine that does other things as well
PAUSE = 3.0


@dataclass
class Audit:
    """What was counted, and what is wrong."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def audit(world: World, people: People, library: SeededLibrary, deaths: Sequence[float]) -> Audit:
    """
    Look at everything once what was begun has ended. `deaths` are the moments at which an instance was killed.

    What differs before `reconcile` has run, as the timer would have it, is a figure; what differs then is a fault. A
    caption whose answer an instance had when it was killed is a figure as well: nobody else can know that answer.
    """
    context = ingest_context()
    assert context.live_index
    record = await context.live_index.record.now()
    look = partial(_look, record.live, people, library, world, context, deaths)
    first = await _patiently(look, PATIENCE / 2)
    if not first.faults:
        return first
    end = time.monotonic() + PATIENCE
    while (report := await reconcile(context, grace=timedelta())).postponed and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(PAUSE)  # it queues nothing while queues are busy: the timer would come again
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
    live: EmbeddedIndex,
    people: People,
    library: SeededLibrary,
    world: World,
    context: IngestContext,
    deaths: Sequence[float],
) -> Audit:
    documents = await _documents(live, context)
    blobs = {photo_id(each.name): each async for each in photos(context)}
    changes, present = people.changes, blobs.keys() & documents.keys()
    kept = library.photos.keys() & present - changes.overwritten
    calls = await asyncio.to_thread(read_calls, world)
    lost_answers = paid_again(calls, deaths)
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
    if len(calls) - lost_answers > changes.contents:
        faults.append(f"{len(calls)} captions were paid for {changes.contents} new contents")
    figures = {"files": len(blobs), "documents": len(documents), "unchanged": len(kept), "edits": len(titles)}
    paid = {"captions_paid": len(calls), "new_contents": changes.contents, "answers_lost_by_kills": lost_answers}
    return Audit(figures | paid, faults)


def paid_again(calls: Sequence[ModelCall], deaths: Sequence[float]) -> int:
    """How many calls described a picture a second time after whoever had the answer was killed with it."""
    by_picture: dict[str, list[ModelCall]] = {}
    for each in sorted(calls, key=lambda call: call.start):
        by_picture.setdefault(each.preview, []).append(each)
    return sum(
        is_excused(first, second, [], [(death, death) for death in deaths if death <= second.start])
        for described in by_picture.values()
        for first, second in pairwise(described)
    )


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
