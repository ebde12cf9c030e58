"""`--batch` of `import`, `recaption` and `reconcile`: photos are described in batches, for half the price."""

import argparse
from collections.abc import Callable, Sequence
from datetime import timedelta

from ingest.backlog import read_backlog
from ingest.batch_captions.cost import batch_estimate
from ingest.batch_captions.missing import hold_missing
from ingest.batch_captions.run import NO_MODEL, BatchRun
from ingest.context import IngestContext
from ingest.reconcile import reconcile
from shared.errors import SettingsError

Say = Callable[[str], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a command takes that can have photos described in batches."""
    add_batch_option(parser)
    parser.add_argument(
        "--no-wait", action="store_true", help="with --batch: only order, and leave the answers to the app"
    )


def add_batch_option(parser: argparse.ArgumentParser) -> None:
    """The option alone."""
    parser.add_argument(
        "--batch", action="store_true", help="have photos described by BATCH_MODEL, for half the price, within a day"
    )


def require_model(context: IngestContext) -> None:
    """SettingsError where no model for batches is named."""
    if not context.settings.batch_model:
        raise SettingsError(NO_MODEL)


async def run_reconcile(arguments: argparse.Namespace, context: IngestContext, show: Say) -> int:
    """Compare the container with the index; with `--batch`, what is missing is described in batches."""
    names = await _held(context) if arguments.batch else []
    print(await reconcile(context, grace=timedelta(), show=show))
    if arguments.batch:
        print(batch_estimate(len(names), context))
        await run_batches(names, arguments, context, show, holds=True)
    return 0


async def run_batches(
    names: Sequence[str], arguments: argparse.Namespace, context: IngestContext, show: Say, *, holds: bool = False
) -> None:
    """Have these photos described in batches, and what an earlier run has ordered."""
    await BatchRun(context, print, show, waits=not arguments.no_wait, holds=holds).run(names)


async def _held(context: IngestContext) -> list[str]:
    """The photos that are to be described in batches, held back from everything else."""
    require_model(context)
    if (await read_backlog(context)).busy:
        print("photos are on their way, each by itself: once they have arrived, run it again for what is left")
        return []
    return await hold_missing(context)
