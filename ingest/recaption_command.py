"""`python -m ingest recaption`: describes photos again, in place or by another model beside what they have."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from ingest import batch_command
from ingest.batch_captions.cost import batch_estimate
from ingest.context import IngestContext
from ingest.document import description_of
from ingest.recaption import Estimate, estimate, recaption, stale_paths
from ingest.sample_page import SampledPhoto, sample_page
from ingest.trial_captions import accept, describe_all, reject, sample, trial_context
from shared.command_line import agreed
from shared.errors import BadRequest, NotFound
from shared.price_setting import require_price

Say = Callable[[str], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--dry-run", action="store_true", help="only count these photos and the tokens they would take")
    parser.add_argument("--to", metavar="MODEL", help="describe them by this model beside the descriptions of now")
    parser.add_argument("--page", type=Path, default=Path("captions.html"), help="where --sample shows both")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    batch_command.add_options(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--sample", type=int, metavar="N", help="describe N photos only, and show both side by side")
    way.add_argument("--accept", action="store_true", help="use the descriptions by the model of --to")
    way.add_argument("--reject", action="store_true", help="delete the descriptions by the model of --to")


async def run_recaption(arguments: argparse.Namespace, context: IngestContext, show: Say) -> int:
    """Run the command; 0 if all was done, 1 if somebody said no or photos failed."""
    model = arguments.to
    if model is None:
        if arguments.sample or arguments.accept or arguments.reject:
            raise BadRequest("--sample, --accept and --reject go with --to MODEL")
        return await _in_place(arguments, context, show)
    if arguments.batch:
        raise BadRequest("--batch describes photos in place: without --to, by the model of CAPTION_MODEL")
    if arguments.accept:
        return await _accept(model, context)
    if arguments.reject:
        print(f"{await reject(context, model):,} descriptions by {model} are deleted")
        return 0
    if context.models.caption_model == model:
        raise BadRequest(f"CAPTION_MODEL is {model} already: without --to, photos are described again in place")
    settings = context.settings
    require_price(model, "--to", budget=settings.budget_per_day, prices=settings.prices)
    trial = trial_context(context, model)
    if arguments.sample:
        return await _sample(arguments, context, trial)
    return await _describe(arguments, trial, show)


async def _in_place(arguments: argparse.Namespace, context: IngestContext, show: Say) -> int:
    cost = await estimate(context)
    print(f"{cost}{_price(context, cost)}")
    if arguments.batch:
        print(batch_estimate(cost.stale, context))
    if arguments.dry_run:
        return 0
    if arguments.batch:
        names = await stale_paths(context)
        await context.write_down("recaptioned", count=len(names))
        await batch_command.run_batches(names, arguments, context, show)
        return 0
    count = await recaption(context)
    await context.write_down("recaptioned", count=count)
    print(f"{count:,} photos are queued")
    return 0


async def _sample(arguments: argparse.Namespace, context: IngestContext, trial: IngestContext) -> int:
    rows = []
    for photo, description in await sample(trial, arguments.sample):
        try:
            preview = await context.storage.read_preview(photo.id)
        except NotFound:
            preview = b""
        rows.append(SampledPhoto(photo.path, preview, description_of(photo), description))
    text = sample_page(rows, now=f"{context.models.caption_model} or before", new=arguments.to)
    await asyncio.to_thread(arguments.page.write_text, text, encoding="utf-8")
    print(f"{len(rows):,} photos described by {arguments.to} are beside what they have in {arguments.page}")
    return 0


async def _describe(arguments: argparse.Namespace, trial: IngestContext, show: Say) -> int:
    model, cost = arguments.to, await estimate(trial)
    print(f"{cost}{_price(trial, cost)}{_days(cost, trial.settings.captions_per_day)}")
    if arguments.dry_run or not cost.stale:
        return 0
    if not agreed(f"describe {cost.stale:,} photos by {model}, beside what they have?", asks=not arguments.yes):
        return 1
    report = await describe_all(trial, progress=show)
    for path, reason in sorted(report.failed.items()):
        print(f"failed {path}: {reason}")
    print(
        f"{report.described:,} described by {model}, {report.kept:,} were before, {report.changed:,} changed, "
        f"{len(report.failed):,} failed; what searches use is as it was"
    )
    return 1 if report.failed else 0


async def _accept(model: str, context: IngestContext) -> int:
    queued, lacking = await accept(context, model)
    await context.write_down("recaptioned", count=queued)
    print(f"{queued:,} photos are queued to be described as {model} has done; nothing is paid for")
    if lacking:
        print(f"{lacking:,} are not described by it yet: without --to and --accept, `recaption` has that done and paid")
    return 0


def _price(context: IngestContext, cost: Estimate) -> str:
    """What describing them costs by the model of this context, where its price is known."""
    prices = context.settings.prices
    price = prices.of(context.models.caption_model)
    return f", {prices.format(cost.stale * price.caption)} by prices of {prices.dated}" if price and cost.stale else ""


def _days(cost: Estimate, cap: int) -> str:
    return f", on {-(-cost.stale // cap):,} days of {cap:,} captions (CAPTIONS_PER_DAY)" if cap else ""
