"""`python -m ingest import | status | retry | recaption | reconcile`: ingestion from the command line."""

import argparse
import asyncio
import json
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path

from ingest import doors, folder, reconcile
from shared.errors import PhotoError, SettingsError
from shared.photo import photo_id
from shared.services import services

LOCAL = Path(__file__).parent.parent / "local.settings.json"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when photos failed, 2 when the command could not be run."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    _read_local_settings()
    try:
        return asyncio.run(_closing(given))
    except (PhotoError, SettingsError, NotADirectoryError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; run it again to go on where it was", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Ingestion from the command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    bring = commands.add_parser("import", help="upload a folder tree and follow it until it is searchable")
    bring.add_argument("folder", type=Path, metavar="DIR")
    bring.add_argument("--into", default="", metavar="PREFIX", help="folder in the container to put it into")
    bring.add_argument("--no-wait", action="store_true", help="do not wait until the photos are searchable")
    commands.add_parser("status", help="how many photos are in which state, and the failures")
    again = commands.add_parser("retry", help="try failed photos again")
    again.add_argument("path", nargs="*", help="photos to try again; all that failed if none is named")
    anew = commands.add_parser("recaption", help="describe again what an older prompt or model described")
    anew.add_argument("--dry-run", action="store_true", help="only say how many photos that are, and what it takes")
    commands.add_parser("reconcile", help="compare container and index, and mend what differs")
    return parser


def _read_local_settings() -> None:
    """The laptop's settings, where the environment does not say otherwise; in Azure there is no such file."""
    if LOCAL.exists():
        for name, value in json.loads(LOCAL.read_text(encoding="utf-8"))["Values"].items():
            os.environ.setdefault(name, str(value))


async def _closing(given: argparse.Namespace) -> int:
    try:
        return await _run(given)
    finally:
        await services().close()


async def _run(given: argparse.Namespace) -> int:
    if given.command == "import":
        return await _import(given)
    if given.command == "status":
        return await _status()
    if given.command == "retry":
        return await _retry(given.path)
    if given.command == "recaption":
        return await _recaption(dry=given.dry_run)
    print(await reconcile.reconcile(doors.studio(), grace=timedelta()))
    return 0


async def _import(given: argparse.Namespace) -> int:
    if not given.folder.is_dir():
        raise NotADirectoryError(f"{given.folder} is no folder")
    line = Line()
    done = await folder.upload(given.folder, given.into, doors.studio(), say=line.show)
    line.end()
    for name, reason in sorted(done.skipped.items()):
        print(f"skipped {name}: {reason}")
    print(f"{len(done.uploaded)} uploaded, {len(done.unchanged)} unchanged, {len(done.skipped)} skipped")
    failed = dict(done.broken)
    if not given.no_wait:
        failed |= await folder.follow([*done.uploaded, *done.unchanged], doors.studio(), say=line.show)
        line.end()
    for name, reason in sorted(failed.items()):
        print(f"failed {name}: {reason}")
    return 1 if failed else 0


async def _status() -> int:
    for name, count in (await doors.progress()).items():
        print(f"{name:16} {count:,}")
    listed = await doors.failures({})
    for each in listed["failures"]:
        due = f" (next attempt {each['next_attempt_at']})" if each["next_attempt_at"] else ""
        print(f"{each['state']} {each['path']}: {each['reason']}{due}")
    return 1 if any(each["state"] == "failed" for each in listed["failures"]) else 0


async def _retry(paths: list[str]) -> int:
    if not paths:
        print(f"{(await doors.retry_all())['retried']} photos are tried again")
        return 0
    for path in paths:
        await doors.retry(photo_id(path))
        print(f"{path} is tried again")
    return 0


async def _recaption(*, dry: bool) -> int:
    known = await reconcile.estimate(doors.studio())
    print(f"{known.stale:,} of {known.total:,} photos are out of date; about {known.tokens:,} tokens to describe them")
    if not dry:
        print(f"{await reconcile.recaption(doors.studio()):,} photos are queued")
    return 0


class Line:
    """One line at a terminal that is written over; elsewhere only its last state is printed."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._last = ""

    def show(self, text: str) -> None:
        if self._live:
            print(f"\r{text.ljust(len(self._last))}", end="", flush=True)
        self._last = text

    def end(self) -> None:
        if self._last:
            print("" if self._live else self._last)
        self._last = ""


if __name__ == "__main__":
    sys.exit(main())
