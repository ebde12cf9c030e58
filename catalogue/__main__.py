"""The catalogue from the command line: `python -m catalogue export | import | fields | tags | vocabulary`."""

import argparse
import asyncio
import logging
import sys

from catalogue import fields_command, tags_command, transfer_command, vocabulary_command
from shared.access.caller import COMMAND_LINE, acting_for
from shared.azd_environment import add_azd_option, load_settings
from shared.command_line import run_piped
from shared.errors import PhotoError, SettingsError
from shared.redaction import redact_crashes
from shared.services import services

COMMANDS = (transfer_command, fields_command, tags_command, vocabulary_command)


def main(argv: list[str] | None = None) -> int:
    """Run one command; it exits with 0 if it is done, 1 if something is wrong, 2 if it could not run."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    redact_crashes()
    try:
        load_settings(arguments)
        with acting_for(COMMAND_LINE):
            return asyncio.run(_run_and_close(arguments))
    except BrokenPipeError:
        raise
    except (PhotoError, SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalogue", description="What people say about their photos.")
    subjects = parser.add_subparsers(dest="subject", required=True)
    leaves = [leaf for each in COMMANDS for leaf in each.add_parsers(subjects)]
    for each in (parser, *leaves):
        add_azd_option(each)
    return parser


async def _run_and_close(arguments: argparse.Namespace) -> int:
    clients = services()
    try:
        code: int = await arguments.run(arguments, clients)
        return code
    finally:
        await clients.close()


if __name__ == "__main__":
    sys.exit(run_piped(main))
