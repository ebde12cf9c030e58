"""One run of a command with `--batch`: orders what is lacking, waits, and goes on where an earlier run was stopped."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, nullcontext
from datetime import UTC, date, datetime
from uuid import uuid4

from ingest.batch_captions.answers import follow_up
from ingest.batch_captions.booking import usage_of
from ingest.batch_captions.cost import batch_cost, expected_cost, price_name
from ingest.batch_captions.request_file import MAX_PHOTOS, PreparedCaption, RequestFile, prepared
from ingest.batch_hold import hold, release
from ingest.caption_once import caption_once, today
from ingest.context import IngestContext
from shared.catalogue.in_force import definitions_version
from shared.errors import BadReply, Claimed, Conflict, Paused, Permanent, SettingsError, Transient
from shared.log_text import error_label
from shared.photo import utc
from shared.prompt_text import NOTHING
from shared.stores.caption_batches import CaptionBatch

log = logging.getLogger(__name__)

LOCK_PATIENCE = 45.0  # seconds; what a run that was killed leaves locked is free after 30
SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds between two looks at the server
NO_MODEL = "BATCH_MODEL is missing: name the model, or on Azure the deployment for batches, that describes photos there"

Say = Callable[[str], None]


class BatchRun:
    """
    Has photos described in batches.

    The first one that lacks a description is described by a plain call: what the model refuses is learnt from it, and a
    model that describes nothing is noticed before a thousand are ordered.
    """

    def __init__(self, context: IngestContext, say: Say, show: Say, *, waits: bool = True, holds: bool = False) -> None:
        """`say` is told what was done, `show` the progress. `holds` where the photos are not indexed."""
        if not context.settings.batch_model:
            raise SettingsError(NO_MODEL)
        self._context = context
        self._batches, self._store = context.model_batches, context.caption_batches
        self._say, self._show = say, show
        self._waits, self._holds = waits, holds
        self._on_their_way = dict[tuple[str, str, str], str]()  # the batch, by recipe, digest and suffix
        self._copies = dict[str, dict[tuple[str, str], list[str]]]()  # photos by batch, digest and suffix
        self._has_learnt = False
        self._is_spent = False
        self._files = ExitStack()  # closes what an error leaves open

    async def run(self, names: Sequence[str]) -> None:
        """Order captions of these photos, unless they are ordered, and follow all batches to their end."""
        async with self._locked():
            unfinished = await self._unfinished()
            ordered = {name for each in unfinished for name in each.names}
            for each in unfinished:
                self._follow(each)
                await self._follow_up(each)
            with self._files:
                await self._order_all([name for name in names if name not in ordered])
        if self._waits:
            await self._wait()

    async def _order_all(self, names: list[str]) -> None:
        file: RequestFile | None = None
        async for photo in prepared(names, self._context):
            if photo.needs_none:
                await self._queue(photo.name)
            elif batch_id := self._on_their_way.get((self._context.recipe, photo.digest, photo.suffix or "")):
                copies = self._copies.setdefault(batch_id, {})
                copies.setdefault((photo.digest, photo.suffix or ""), []).append(photo.name)
            elif self._is_spent:
                continue
            elif not self._has_learnt:
                await self._describe(photo)
            else:
                file = await self._add(photo, file)
        await self._order(file)
        await self._join()
        if self._is_spent:
            self._say("CAPTIONS_PER_DAY or BUDGET_PER_DAY is used up for today: run it again after midnight UTC")

    async def _join(self) -> None:
        """Let copies wait for the batch that has their bytes; where it has ended by now, their description is kept."""
        for batch in [each for each in await self._store.all() if each.result is None and each.id in self._copies]:
            copies = self._copies.pop(batch.id)
            await self._store.write(batch.joined_by(copies))
            for (digest, _), names in copies.items():
                for name in names if batch.holds else ():
                    await hold(name, self._context, digest=digest)
        for name in [name for copies in self._copies.values() for names in copies.values() for name in names]:
            await self._queue(name)

    async def _add(self, photo: PreparedCaption, file: RequestFile | None) -> RequestFile:
        """Ask about a photo in the file, or in another if it is full, which is ordered then."""
        if file and await file.add(photo):
            return file
        await self._order(file)
        file = await self._new_file()
        if not await file.add(photo) and not self._is_spent:  # too large for any file
            await self._queue(photo.name)
        return file

    async def _new_file(self) -> RequestFile:
        cap = self._context.settings.captions_per_day
        left = cap - (await self._context.spending.total(today())).captions if cap else MAX_PHOTOS
        self._is_spent = self._is_spent or left <= 0
        file = RequestFile(self._batches, self._context, max_photos=min(left, MAX_PHOTOS))
        self._files.enter_context(file.file)
        return file

    async def _describe(self, photo: PreparedCaption) -> None:
        """Describe a photo by a plain call."""
        try:
            await caption_once(
                photo.digest,
                photo.preview,
                photo.hints or NOTHING,
                self._context,
                path=photo.name,
                hints_for_all=photo.hints_for_all or NOTHING,
            )
            self._has_learnt = True
        except Paused:
            self._is_spent = True
            return
        except (Permanent, BadReply, Claimed) as error:
            log.warning("could not describe the first photo: %s", error_label(error))
        await self._queue(photo.name)

    async def _order(self, file: RequestFile | None) -> None:
        """Upload a file, count it and order it; it is written down before, so that no kill has it ordered twice."""
        if file is None:
            return
        with file.file:
            if file.captions:
                await self._order_file(file)

    async def _order_file(self, file: RequestFile) -> None:
        context, captions = self._context, file.captions
        self._show(f"uploading {len(captions):,} photos")
        file.file.seek(0)
        id_ = uuid4().hex
        file_id = await self._batches.upload(file.file, f"{id_}.jsonl")
        day = today()
        if not await self._is_within_the_day(day, len(captions)):
            await self._batches.delete_file(file_id)
            self._is_spent = True
            return
        batch = CaptionBatch(
            id=id_,
            made_at=utc(datetime.now(UTC)),
            model=context.settings.batch_model,
            api=file.api,
            recipe=context.recipe,
            language=context.settings.caption_language,
            definitions=definitions_version(),
            day=day.isoformat(),
            priced_as=price_name(context.settings.batch_model, context),
            holds=self._holds,
            expected_cost=expected_cost(len(captions), context),
            file_id=file_id,
            captions=tuple(captions),
        )
        await self._store.write(batch)
        if self._holds:
            await self._hold_again(batch)
        self._follow(batch)
        self._say(f"{len(captions):,} captions are ordered as a batch")
        await self._follow_up(batch)
        for each in await self._unfinished():  # what has ended meanwhile
            if each.id != id_:
                await self._follow_up(each)

    async def _is_within_the_day(self, day: date, captions: int) -> bool:
        """Count them against the day's caps of money and of captions as they are sent; False if too little is left."""
        context, cost = self._context, expected_cost(captions, self._context)
        try:
            async with context.budget.holding(cost) if context.budget else nullcontext():
                is_within = await context.spending.add(day, captions=captions, cap=context.settings.captions_per_day)
                if is_within and context.budget:
                    context.budget.spend(cost, "batch")
                return is_within
        except Paused:
            return False

    async def _hold_again(self, batch: CaptionBatch) -> None:
        """Hold its photos from now on, and note their digests: what is kept of them goes with them."""
        for caption in batch.captions:
            for name in caption.names:
                await hold(name, self._context, digest=caption.digest)

    def _follow(self, batch: CaptionBatch) -> None:
        self._on_their_way |= {(batch.recipe, each.digest, each.suffix): batch.id for each in batch.captions}

    async def _follow_up(self, batch: CaptionBatch) -> int:
        """Do what is due for a batch, and return how many of its requests the server has done."""
        try:
            now, progress = await follow_up(batch, self._batches, self._store, self._context)
        except Transient as error:
            self._show(f"will try again: {error}")
            return 0
        if now.result and not now.is_open:
            self._say(ended(now, self._context))
        return progress.done if progress else 0

    async def _wait(self) -> None:
        start = time.monotonic()
        while unfinished := await self._unfinished():
            await asyncio.sleep(min(max(SHORTEST_PAUSE, (time.monotonic() - start) / 10), LONGEST_PAUSE))
            async with self._store.lock() as is_ours:
                if is_ours:
                    done = sum([await self._follow_up(each) for each in await self._unfinished()])
                    self._show(f"{len(unfinished):,} batches are under way: {done:,} captions are done")

    async def _unfinished(self) -> list[CaptionBatch]:
        return [each for each in await self._store.all() if each.is_open]

    async def _queue(self, name: str) -> None:
        await release(name, self._context, holds=self._holds, definitions=definitions_version())

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        """While no other run, and no timer, orders batches or takes answers."""
        start = time.monotonic()
        while True:
            async with self._store.lock() as is_ours:
                if is_ours:
                    yield
                    return
            if time.monotonic() - start > LOCK_PATIENCE:
                raise Conflict("another run of this command, or the app, is busy with batches: try it again later")
            self._show("waiting for another run")
            await asyncio.sleep(1)


def ended(batch: CaptionBatch, context: IngestContext) -> str:
    """What came of a batch, in a sentence."""
    result = batch.result
    assert result
    parts = [f"{result.kept:,} captions kept"]
    if result.dropped:
        parts.append(f"{result.dropped:,} not needed any more")
    if result.failed:
        parts.append(f"{result.failed:,} left to ordinary attempts" + (f" ({result.reason})" if result.reason else ""))
    cost = batch_cost(usage_of(result), batch.priced_as or price_name(batch.model, context), context)
    return f"a batch ended as {result.status}: {', '.join(parts)}; {cost}"
