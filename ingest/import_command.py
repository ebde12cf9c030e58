"""`python -m ingest import`: uploads a folder, and follows its photos until they are searchable."""

import argparse
from collections.abc import Callable
from pathlib import Path

from ingest import batch_command
from ingest.batch_captions.cost import batch_estimate
from ingest.batch_hold import held_names
from ingest.context import IngestContext
from ingest.import_estimate import estimate_import
from ingest.import_folder import follow, upload
from shared.photo import photo_id

Say = Callable[[str], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--into", default="", metavar="PREFIX", help="folder in the container to upload it to")
    parser.add_argument("--replace", action="store_true", help="overwrite photos that have other bytes")
    parser.add_argument("--dry-run", action="store_true", help="only say what describing the photos would take")
    batch_command.add_batch_option(parser)
    parser.add_argument(
        "--no-wait",
        action="store_true",
        help="do not wait until the photos are searchable; with --batch only order, and leave the answers to the app",
    )


async def run_import(arguments: argparse.Namespace, context: IngestContext, show: Say, end: Callable[[], None]) -> int:
    """Run the command; 1 if photos failed or were left alone. `end` ends the line that `show` writes."""
    if not arguments.folder.is_dir():
        raise NotADirectoryError(f"{arguments.folder} is not a folder")
    if arguments.dry_run:
        estimate = await estimate_import(arguments.folder, context)
        print(estimate)
        if arguments.batch:
            print(batch_estimate(estimate.contents, context))
        return 0
    if arguments.batch:
        batch_command.require_model(context)
    report = await upload(
        arguments.folder,
        arguments.into,
        context,
        progress=show,
        replace=arguments.replace,
        for_batch=arguments.batch,
    )
    end()
    if report.uploaded:
        await context.write_down("uploaded", [photo_id(each) for each in report.uploaded])
    for name, reason in sorted(report.skipped.items()):
        print(f"skipped {name}: {reason}")
    print(f"{len(report.uploaded)} uploaded, {len(report.unchanged)} unchanged, {len(report.skipped)} skipped")
    if arguments.batch:
        names = await held_names([*report.uploaded, *report.unchanged], context)
        print(batch_estimate(len(names), context))
        await batch_command.run_batches(names, arguments, context, show, holds=True)
        end()
    failed = dict(report.failed)
    if not arguments.no_wait:
        failed |= await follow([*report.uploaded, *report.unchanged], context, progress=show)
        end()
    for name, reason in sorted(failed.items()):
        print(f"failed {name}: {reason}")
    _print_different(report.different, replace=arguments.replace)
    return 1 if failed or report.different else 0


def _print_different(names: list[str], *, replace: bool) -> None:
    for name in sorted(names):
        print(f"not replaced {name}: the container has other bytes under this name")
    if names and replace:
        print(f"{len(names)} left alone, because what is there changed during the import; run it again")
    elif names:
        print(f"{len(names)} left alone; to overwrite what is there, run it again with --replace")
