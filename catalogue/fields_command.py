"""`python -m catalogue fields`: check `catalogue.json`, store it, and show what is in force."""

import argparse
from pathlib import Path
from typing import Any

from shared.access.audit import record
from shared.catalogue.definition import Catalogue, FieldDefinition, parse_catalogue
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import question_key
from shared.command_line import command
from shared.errors import BadRequest
from shared.services import Services

RECAPTION = (
    "The model is asked something else now: `{}` says what describing again the photos that are there takes. Until "
    "then they stay as they are."
)


def add_parsers(subjects: Any) -> list[argparse.ArgumentParser]:
    """The parsers of these commands; each names the function that runs it."""
    fields = subjects.add_parser("fields", help="the library's own fields")
    commands = fields.add_subparsers(dest="command", required=True)
    set_ = commands.add_parser("set", help="check a catalogue.json and put it in force")
    set_.add_argument("file", type=Path)
    set_.set_defaults(run=_set)
    check = commands.add_parser("check", help="check a file, and that the index can hold its fields; nothing is stored")
    check.add_argument("file", type=Path)
    check.set_defaults(run=_check)
    show = commands.add_parser("show", help="the fields in force, and what is wrong with the stored file")
    show.set_defaults(run=_show)
    return [fields, set_, check, show]


async def _set(arguments: argparse.Namespace, clients: Services) -> int:
    content = _read(arguments.file)
    await clients.catalogue.refresh()
    asked = question_key(catalogue(), vocabulary())
    new = await clients.catalogue.save(content)
    await record("fields_changed", about="catalogue", count=len(new.fields))
    print(f"{len(new.fields)} fields are in force; running instances follow within a minute")
    if question_key(new, vocabulary()) != asked:
        print(RECAPTION.format(command("ingest recaption --dry-run")))
    return 0


async def _check(arguments: argparse.Namespace, clients: Services) -> int:
    try:
        new = parse_catalogue(_read(arguments.file))
    except ValueError as error:
        raise BadRequest(f"{arguments.file}: {error}") from error
    await clients.index.can_hold(new)
    _print_fields(new)
    return 0


async def _show(arguments: argparse.Namespace, clients: Services) -> int:
    await clients.catalogue.check()
    _print_fields(catalogue())
    if fault := clients.catalogue.fault:
        print(fault)
    return 1 if fault else 0


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _print_fields(fields: Catalogue) -> None:
    if not fields.fields:
        print("the library has no fields of its own")
    for each in fields.fields:
        print(f"{each.name:24} {each.type:13} {_details(each)}".rstrip())


def _details(field: FieldDefinition) -> str:
    parts = [
        f"{len(field.choices)} values" if field.choices else "",
        "searchable" if field.searchable else "",
        "facet" if field.facet else "",
        "required" if field.required else "",
        "filled by the model" if field.instruction else "",
    ]
    return ", ".join(part for part in parts if part)
