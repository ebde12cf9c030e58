"""
Questions from the command line.

`python -m query doctor` asks whether the configured services do what is needed, `python -m query feedback export` has
what people said of answers and photos, as an evaluation set, and `python -m query compare` asks two indexes of the
library the same questions.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from query.comparison import compare, side_by_side
from query.context import query_library
from query.doctor.examination import QuietServices, examine
from query.doctor.report import to_json, to_table
from query.feedback import JudgedQuestion, export
from shared.azd_environment import add_azd_option, load_settings
from shared.command_line import run_piped
from shared.errors import PhotoError, SettingsError
from shared.redaction import redact_crashes
from shared.settings import load


def main(argv: list[str] | None = None) -> int:
    """Run one command; it exits with 0 if all that is needed works, 1 if something does not, 2 if it could not run."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL, format="%(message)s")  # what goes wrong is in the report
    redact_crashes()
    try:
        load_settings(arguments)
        if arguments.command == "feedback":
            return _export_feedback(arguments.output)
        if arguments.command == "compare":
            return asyncio.run(_compare())
        return asyncio.run(_doctor(as_json=arguments.json))
    except (PhotoError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m query", description="Questions from the command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser("doctor", help="ask whether models, storage and search do what the app needs")
    doctor.add_argument("--json", action="store_true", help="for machines")
    feedback = commands.add_parser("feedback", help="what people said of answers and photos")
    exporting = feedback.add_subparsers(dest="action", required=True).add_parser(
        "export", help="questions with their right and wrong photos, one line of JSON each"
    )
    exporting.add_argument("--output", type=Path, help="a file in place of standard output")
    comparing = commands.add_parser(
        "compare", help="ask the index in use and the one beside it, while the library moves, the same questions"
    )
    for each in (parser, doctor, exporting, comparing):
        add_azd_option(each)
    return parser


async def _doctor(*, as_json: bool) -> int:
    clients = QuietServices(load())
    try:
        examination = await examine(clients)
    finally:
        await clients.close()
    print(to_json(examination) if as_json else to_table(examination))
    return 0 if examination.is_healthy else 1


async def _compare() -> int:
    clients = QuietServices(load())
    try:
        record = await clients.index_record.now()
        if record.beside is None:
            raise SettingsError("there is one index: `python -m ingest migrate --to INDEX` makes another beside it")
        await clients.catalogue.refresh()
        print(side_by_side(await compare(clients, query_library(clients), (record.live, record.beside))))
    finally:
        await clients.close()
    return 0


def _export_feedback(output: Path | None) -> int:
    text = "".join(f"{each.line()}\n" for each in asyncio.run(_judged_questions()))
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
    return 0


async def _judged_questions() -> list[JudgedQuestion]:
    clients = QuietServices(load())
    try:
        return await export(clients)
    finally:
        await clients.close()


if __name__ == "__main__":
    sys.exit(run_piped(main))
