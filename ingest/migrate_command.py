"""`python -m ingest migrate`: moves the library to another index, embedding model or schema while it is in use."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from ingest.context import IngestContext
from ingest.migration.alignment import Alignment
from ingest.migration.estimate import estimate_migration
from ingest.migration.mending import mend
from ingest.migration.patience import patiently
from ingest.migration.steps import KNOWN_TO_ALL, begin, end, give_up, go_back, switch
from ingest.migration.tending import remove
from ingest.reconcile import reconcile
from ingest.refresh import keep, refresh
from shared.catalogue.in_force import catalogue
from shared.command_line import agreed
from shared.embedded_index import EmbeddedIndex, IndexRecord, using_index
from shared.embedding_model import EmbeddingModel
from shared.errors import BadRequest, Permanent, Transient
from shared.log_text import error_label
from shared.price_setting import require_price
from shared.search.live_index import LiveIndex

INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,127}")

Say = Callable[[str], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--to", metavar="INDEX", help="the name of the new index")
    parser.add_argument("--embedding-model", metavar="MODEL", help="what embeds there, if not the model of now")
    parser.add_argument("--dimensions", type=int, metavar="N", help="the length of its vectors")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--back", action="store_true", help="return to the index before, or give up one being filled")
    way.add_argument("--finish", action="store_true", help="remove the index before")


async def migrate(arguments: argparse.Namespace, context: IngestContext, show: Say) -> int:
    """Run the command; 0 if all was done, 1 if somebody said no or the comparison failed."""
    assert context.live_index
    azd = getattr(arguments, "azd", False)
    migration = Migration(context, context.live_index, show, asks=not arguments.yes, azd=azd)
    record = await patiently(context.live_index.record.now)
    if arguments.finish:
        return await migration.finish()
    if arguments.back:
        return await migration.back(record)
    if arguments.to is None:
        print(state_of(record))
        return 0
    target = _target(arguments, record)
    if target == record.live:
        print(f"the library is in the index {target} already")
        await migration.settle()
        return 0
    return await migration.run(target)


def state_of(record: IndexRecord) -> str:
    """Where the library is, as sentences."""
    lines = [f"the library is in the index {record.live}"]
    if record.beside and record.is_filling:
        lines.append(f"{record.beside} is being filled: run `python -m ingest migrate --to {record.beside.name}` again")
    elif record.beside:
        way = f"--to {record.beside.name}" if record.is_back else "--back"
        lines.append(f"{record.beside} is kept until {record.kept_until:%Y-%m-%d %H:%M} UTC: {way} returns to it")
    if record.removing:
        lines.append(f"{record.removing} is to be removed")
    return "\n".join(lines)


def _target(arguments: argparse.Namespace, record: IndexRecord) -> EmbeddedIndex:
    if not INDEX_NAME.fullmatch(arguments.to):
        raise BadRequest("--to takes a name of 2 to 128 lower-case letters, digits, hyphens and underscores")
    if (arguments.embedding_model is None) != (arguments.dimensions is None):
        raise BadRequest("--embedding-model and --dimensions go together")
    for each in (record.live, record.beside):
        if each and each.name == arguments.to and arguments.embedding_model is None:
            return each
    embedding = record.live.embedding
    if arguments.embedding_model:
        embedding = EmbeddingModel(arguments.embedding_model, arguments.dimensions)
    return EmbeddedIndex(arguments.to, embedding)


class Migration:
    """One run of the command, which goes on wherever an earlier one was stopped."""

    def __init__(self, context: IngestContext, index: LiveIndex, show: Say, *, asks: bool, azd: bool) -> None:
        self._context, self._index, self._show = context, index, show
        self._store = index.record
        self._asks, self._azd = asks, azd

    async def run(self, target: EmbeddedIndex) -> int:
        """Fill the target, compare both and switch."""
        record = await patiently(self._store.now)
        live, other = self._index.at(record.live), self._index.at(target)
        by = (record.live, target)
        if record.beside != target and await other.exists():
            raise BadRequest(f"there is an index {target.name} already: choose another name, or delete it")
        settings = self._context.settings
        model = target.embedding.name
        require_price(model, "--embedding-model", budget=settings.budget_per_day, prices=settings.prices)
        await self._try_model(target)
        await patiently(live.ready)
        print(await estimate_migration(live, other, by=by, prices=self._context.settings.prices))
        if not agreed(f"move from {record.live} to {target}?", asks=self._asks):
            return 1
        record = await begin(target, self._store)
        if not await other.exists():
            await other.create(catalogue(), languages=live.languages)
        await self._until_known(record)
        alignment = Alignment(live, other, by=by, context=self._context, progress=self._show)
        await alignment.run()
        if await compare(azd=self._azd) != 0:
            print("both could not be compared, so searches stay where they are; run it again to go on")
            return 1
        await alignment.run()
        record = await switch(self._store)
        await self._context.write_down("migrated", about=f"index:{record.live.name}")
        print(f"searches now use {record.live}; {record.beside} is kept until {record.kept_until:%Y-%m-%d %H:%M} UTC")
        await self._until_known(record)
        await self.settle()
        print("--back returns to it, --finish removes it before that")
        return 0

    async def back(self, record: IndexRecord) -> int:
        """Return to the index before, end that where it was stopped, or give up an index that is being filled."""
        if record.is_back and record.beside:
            print(f"the library has returned to {record.live}: --to {record.beside.name} moves it there once more")
            await self.settle()
            return 0
        if record.is_filling or record.removing:
            return await self._give_up(record)
        return await self._go_back(record)

    async def _go_back(self, record: IndexRecord) -> int:
        """Make the index before the same as the live one, and switch to it."""
        if record.beside is None:
            raise BadRequest("there is no index to go back to")
        if not agreed(f"return from {record.live} to {record.beside}?", asks=self._asks):
            return 1
        by = (record.live, record.beside)
        one, other = (self._index.at(each) for each in by)
        await patiently(one.ready)
        await Alignment(one, other, by=by, context=self._context, progress=self._show).run()
        record = await go_back(self._store)
        await self._context.write_down("migrated", about=f"index:{record.live.name}")
        print(f"searches use {record.live} again")
        await self._until_known(record)
        await self.settle()
        return 0

    async def _give_up(self, record: IndexRecord) -> int:
        """Remove the index that was being filled."""
        if record.is_filling:
            record = await give_up(self._store)
        await self._until_known(record)
        await remove(self._index, self._context)
        print(f"gave it up: the library stays in {record.live}")
        return 0

    async def finish(self) -> int:
        """Remove the index before."""
        record = await end(self._store)
        await self._until_known(record)
        await remove(self._index, self._context)
        print(f"removed {record.removing}; the library is in {record.live}")
        return 0

    async def settle(self) -> None:
        """Embed and mend what was written around the switch, and compare the container with the index of now."""
        record = await patiently(self._store.now)
        lacking = f"embedding_recipe eq null or embedding_recipe ne '{record.live.embedding.recipe}'"
        for path in [each.path async for each in self._context.index.walk(lacking)]:
            await self._refresh(path)
        if record.beside:
            await mend(self._index.at(record.live), self._index.at(record.beside), self._context)
        await patiently(partial(reconcile, self._context))

    async def _refresh(self, path: str) -> None:
        """Embed one photo; what cannot be read any more stays as it was, and keeps no other from being embedded."""
        try:
            await patiently(partial(refresh, path, self._context))
        except Permanent as error:
            await keep(path, str(error), self._context, label=error_label(error))
            print(f"kept {path} as it was: {error}")
        except Transient as error:
            if not error.uses_attempt:  # it is not about this photo
                raise
            print(f"failed {path}: {error}; reconcile tries it again")

    async def _try_model(self, target: EmbeddedIndex) -> None:
        """An error now, rather than in the middle, if the model does not embed or has other dimensions."""
        with using_index(target):
            await self._context.embed(["a photo"])

    async def _until_known(self, record: IndexRecord) -> None:
        """Wait until every instance has read what was written, and ended what it wrote before."""
        assert record.since
        if (wait := (record.since + timedelta(seconds=KNOWN_TO_ALL) - datetime.now(UTC)).total_seconds()) > 0:
            self._show("waiting until every instance knows")
            await asyncio.sleep(wait)


async def compare(*, azd: bool) -> int:
    """Have the side that searches compare both indexes, in a process of its own, which prints what it finds."""
    command = [sys.executable, "-m", "query", "compare", *(["--azd"] if azd else [])]
    sys.stdout.flush()
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait()
