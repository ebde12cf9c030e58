"""Ingestion from the command line: `python -m ingest import | status | retry | recaption | spending | ...`."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable

from ingest import batch_command, bill, import_command, migrate_command, recaption_command, retries
from ingest.context import IngestContext, ingest_context
from ingest.refresh import refresh_all
from ingest.refresh_estimate import estimate_refresh
from ingest.status import Reconciliation, list_failures, status, status_of
from shared.access.caller import COMMAND_LINE, acting_for
from shared.azd_environment import add_azd_option, load_settings
from shared.command_line import run_piped
from shared.errors import BadRequest, PhotoError, SettingsError
from shared.photo import is_photo_id, photo_id
from shared.redaction import redact_crashes
from shared.services import services

LongCommand = Callable[[argparse.Namespace, IngestContext, Callable[[str], None]], Awaitable[int]]


def main(argv: list[str] | None = None) -> int:
    """Run one command; it exits with 0 if all is well, 1 if photos failed or were left alone, 2 if it could not run."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    redact_crashes()
    try:
        load_settings(arguments)
        with acting_for(COMMAND_LINE):
            return asyncio.run(_run_and_close(arguments))
    except (PhotoError, SettingsError, NotADirectoryError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; run it again to continue", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Ingestion from the command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    import_ = commands.add_parser("import", help="upload a folder tree and follow it until it is searchable")
    import_command.add_options(import_)
    status_ = commands.add_parser("status", help="count the photos in each state, and list the failures")
    status_.add_argument("id", nargs="?", help="the id of a photo, as logs name it: print its path, state and reason")
    retry = commands.add_parser("retry", help="try failed photos again")
    retry.add_argument("path", nargs="*", help="the photos to try again; by default all that failed")
    recaption_ = commands.add_parser(
        "recaption", help="describe again the photos that another prompt, model or language described"
    )
    recaption_command.add_options(recaption_)
    refresh = commands.add_parser(
        "refresh", help="read again, without describing them, the photos that an older version of the app indexed"
    )
    refresh.add_argument("--dry-run", action="store_true", help="only say what that would take")
    bill.add_options(commands.add_parser("spending", help="what calls of models took and cost, of all instances"))
    reconcile_ = commands.add_parser("reconcile", help="compare the container with the index and repair what differs")
    batch_command.add_options(reconcile_)
    migrate_ = commands.add_parser("migrate", help="move to another index or embedding model, while all goes on")
    migrate_command.add_options(migrate_)
    for each in (parser, *commands.choices.values()):
        add_azd_option(each)
    return parser


async def _run_and_close(arguments: argparse.Namespace) -> int:
    try:
        return await _run(arguments)
    finally:
        await services().close()


async def _run(arguments: argparse.Namespace) -> int:
    context = ingest_context()
    if arguments.command in {"recaption", "reconcile", "refresh", "migrate"} or getattr(arguments, "batch", False):
        await context.know_fields()
    if arguments.command == "import":
        return await _import(arguments, context)
    if arguments.command == "status":
        return await _status_of(arguments.id, context) if arguments.id else await _status(context)
    if arguments.command == "retry":
        return await _retry(arguments.path, context)
    if arguments.command == "recaption":
        return await _with_progress(recaption_command.run_recaption, arguments, context)
    if arguments.command == "refresh":
        return await _refresh(context, dry_run=arguments.dry_run)
    if arguments.command == "spending":
        await bill.print_spending(arguments, context)
        return 0
    if arguments.command == "migrate":
        return await _with_progress(migrate_command.migrate, arguments, context)
    return await _with_progress(batch_command.run_reconcile, arguments, context)


async def _with_progress(run: LongCommand, arguments: argparse.Namespace, context: IngestContext) -> int:
    line = ProgressLine()
    try:
        return await run(arguments, context, line.show)
    finally:
        line.end()


async def _import(arguments: argparse.Namespace, context: IngestContext) -> int:
    line = ProgressLine()
    try:
        return await import_command.run_import(arguments, context, line.show, line.end)
    finally:
        line.end()


async def _status(context: IngestContext) -> int:
    counts = dict(vars(await status(context)))
    chat, limitations, of_models = counts.pop("chat_today"), counts.pop("limitations"), counts.pop("bill")
    reconciliation = counts.pop("reconciliation")
    for name, count in counts.items():
        print(f"{name:16} {count:,}")
    for name, spent in chat.items():
        print(f"chat of {name}: {spent.answers:,} answers, {spent.tokens:,} tokens today")
    if of_models and of_models.lines:
        cost = context.settings.prices.format(of_models.cost)
        print(f"models cost {cost} today, by prices of {of_models.priced}; python -m ingest spending says what for")
        print(f"{of_models.ranker_queries:,} queries of the semantic ranker today")
        if of_models.warning:
            print(of_models.warning)
    if reconciliation:
        _print_reconciliation(reconciliation)
    for limitation in limitations:
        print(f"limitation: {limitation}")
    failures = await list_failures(context.failures)
    for failure in failures:
        due = f" (next attempt {failure.next_attempt_at})" if failure.next_attempt_at else ""
        print(f"{failure.state} {failure.path}: {failure.reason}{due}")
    return 1 if any(failure.state == "failed" for failure in failures) else 0


def _print_reconciliation(reconciliation: Reconciliation) -> None:
    if reconciliation.ended_at:
        print(f"container and index were last compared until {reconciliation.ended_at}")
    if reconciliation.since:
        print(f"container and index are being compared since {reconciliation.since}")
    if reconciliation.warning:
        print(reconciliation.warning)


async def _status_of(id_: str, context: IngestContext) -> int:
    if not is_photo_id(id_):
        raise BadRequest(f"{id_!r} is not the id of a photo, which has 32 hexadecimal digits: logs name photos so")
    photo = await status_of(id_, context)
    print(f"{photo.state} {photo.path}" + (f": {photo.reason}" if photo.reason else ""))
    return 1 if photo.state == "failed" else 0


async def _retry(paths: list[str], context: IngestContext) -> int:
    tickets, failures = context.tickets, context.failures
    if not paths:
        retried = await retries.retry_all(tickets=tickets, failures=failures)
        await context.write_down("retried", retried)
        print(f"{len(retried)} photos will be tried again")
        return 0
    for path in paths:
        await retries.retry(await failures.read(photo_id(path)), tickets=tickets, failures=failures)
        await context.write_down("retried", [photo_id(path)])
        print(f"{path} will be tried again")
    return 0


async def _refresh(context: IngestContext, *, dry_run: bool) -> int:
    cost = await estimate_refresh(context)
    for difference in context.index.differences:
        print(difference)
    print(cost)
    if dry_run or not cost.outdated:
        return 0
    line = ProgressLine()
    report = await refresh_all(context, total=cost.outdated, progress=line.show)
    line.end()
    for name, reason in sorted(report.kept.items()):
        print(f"kept {name} as it was: {reason}")
    for name, reason in sorted(report.failed.items()):
        print(f"failed {name}: {reason}")
    print(
        f"{report.done:,} up to date, {report.left:,} left to reconcile, {len(report.kept):,} kept as they were, "
        f"{len(report.failed):,} failed"
    )
    return 1 if report.kept or report.failed else 0


class ProgressLine:
    """A line that overwrites itself on a terminal; elsewhere only its last text is printed."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._last = ""

    def show(self, text: str) -> None:
        if self._is_terminal:
            print(f"\r{text.ljust(len(self._last))}", end="", flush=True)
        self._last = text

    def end(self) -> None:
        if self._last:
            print("" if self._is_terminal else self._last)
        self._last = ""


if __name__ == "__main__":
    sys.exit(run_piped(main))
