"""Keys and the audit log from the command line: `python -m web keys make | list | revoke`, `python -m web audit`."""

import argparse
import asyncio
import logging
import re
import sys
from datetime import UTC, datetime
from typing import get_args

from shared.access.audit import record_first
from shared.access.caller import COMMAND_LINE, acting_for
from shared.api_keys import NAME, ApiKey, KeyRole, digest_key, generate_key
from shared.azd_environment import add_azd_option, load_settings
from shared.command_line import run_piped
from shared.errors import BadRequest, PhotoError, SettingsError
from shared.photo import utc
from shared.redaction import redact_crashes
from shared.services import Services, services
from shared.stores.api_keys import MAX_AGE
from web import audit_command


def main(argv: list[str] | None = None) -> int:
    """Run one command; it exits with 0 if it is done, 2 if it could not be."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    redact_crashes()
    try:
        load_settings(arguments)
        with acting_for(COMMAND_LINE):
            return asyncio.run(_run_and_close(arguments))
    except (PhotoError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web", description="Who may do what, and who did.")
    subjects = parser.add_subparsers(dest="subject", required=True)
    keys = subjects.add_parser("keys", help="make, list or revoke keys")
    commands = keys.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make a key and print it, once")
    make.add_argument("name", metavar="NAME", help="whose it is, or what for")
    make.add_argument(
        "--role",
        "--right",
        dest="role",
        choices=get_args(KeyRole),
        required=True,
        help="what it may do; read is a viewer, full an admin",
    )
    commands.add_parser("list", help="names and roles; the keys themselves are not kept")
    revoke = commands.add_parser("revoke", help="make a key worthless")
    revoke.add_argument("name", metavar="NAME")
    audit = audit_command.add_parser(subjects)
    for each in (parser, keys, audit, *commands.choices.values()):
        add_azd_option(each)
    return parser


async def _run_and_close(arguments: argparse.Namespace) -> int:
    clients = services()
    try:
        if arguments.subject == "audit":
            await audit_command.run(arguments, clients)
        elif arguments.command == "make":
            await _make(arguments.name, arguments.role, clients)
        elif arguments.command == "revoke":
            await _revoke(arguments.name, clients)
        else:
            await _list(clients)
        return 0
    finally:
        await clients.close()


async def _make(name: str, role: KeyRole, clients: Services) -> None:
    if not re.match(NAME, name):
        raise BadRequest(f"{name!r} is not a name: use up to 64 letters, digits, dots, dashes and underscores")
    _refuse_setting(name, clients)
    key = generate_key()
    await record_first("keys_changed", about=f"key:{name}")
    await clients.api_keys.add(ApiKey(name, role, digest_key(key), utc(datetime.now(UTC))))
    print(key)
    print(f"It works within {MAX_AGE:.0f} seconds, and is not shown again.", file=sys.stderr)
    _warn_if_unused(clients)


async def _revoke(name: str, clients: Services) -> None:
    _refuse_setting(name, clients)
    await record_first("keys_changed", about=f"key:{name}")
    await clients.api_keys.revoke(name)
    print(f"{name} stops working within {MAX_AGE:.0f} seconds")


async def _list(clients: Services) -> None:
    for key in (*clients.settings.api_keys, *await clients.api_keys.all()):
        print(f"{key.name:32} {key.right:11} {key.made_at or 'from API_KEYS'}")
    _warn_if_unused(clients)


def _refuse_setting(name: str, clients: Services) -> None:
    if any(each.name == name for each in clients.settings.api_keys):
        raise BadRequest(f"the key {name!r} is in the setting API_KEYS: change it there")


def _warn_if_unused(clients: Services) -> None:
    if not clients.settings.checks_keys:
        print("The app checks these keys only where HTTP_AUTH=key or platform.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(run_piped(main))
