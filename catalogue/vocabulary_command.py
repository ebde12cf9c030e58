"""`python -m catalogue vocabulary`: import, export and apply the tags that a library agrees on."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from catalogue.tag_cleaning import sort_all_tags
from catalogue.vocabulary_files import VocabularyFileFormat, read_vocabulary, write_vocabulary
from shared.access.audit import record
from shared.catalogue.in_force import catalogue, vocabulary
from shared.catalogue.questions import asked_tags, question_key
from shared.catalogue.vocabulary import Vocabulary
from shared.command_line import command
from shared.errors import BadRequest
from shared.services import Services

FORMATS = get_args(VocabularyFileFormat)
BY_DEFAULT = "by default skos for .rdf and .xml, turtle for .ttl and .nt, else csv"
ENDINGS: Mapping[str, VocabularyFileFormat] = {".rdf": "skos", ".xml": "skos", ".ttl": "turtle", ".nt": "turtle"}
APPLY = "`{}` sorts the tags of the photos that are there; no model is asked."
RECAPTION = (
    "The model is asked something else from now on: `{}` says what describing again the photos that are there takes."
)


def add_parsers(subjects: Any) -> list[argparse.ArgumentParser]:
    """The parsers of these commands; each names the function that runs it."""
    parser = subjects.add_parser("vocabulary", help="the tags that the library agrees on")
    commands = parser.add_subparsers(dest="command", required=True)
    import_ = commands.add_parser("import", help="put a file in place of the vocabulary there is")
    import_.add_argument("file", type=Path)
    export = commands.add_parser("export", help="write the vocabulary to a file")
    export.add_argument("file", type=Path, nargs="?", help="by default the terminal")
    apply = commands.add_parser("apply", help="sort the tags of photos by the vocabulary, without asking a model")
    for each, run in ((import_, _import), (export, _export), (apply, _apply)):
        each.set_defaults(run=run)
    for each in (import_, export):
        each.add_argument("--format", choices=FORMATS, help=BY_DEFAULT)
    return [parser, import_, export, apply]


async def _import(arguments: argparse.Namespace, clients: Services) -> int:
    new = _parse(arguments, clients.settings.caption_language)
    await clients.catalogue.refresh()
    asked = question_key(catalogue(), vocabulary())
    await clients.catalogue.vocabulary.save(new)
    await record("vocabulary_changed", about="vocabulary", count=len(new.terms))
    print(f"{len(new.terms)} terms are in force; running instances follow within a minute")
    if new.terms:
        print(APPLY.format(command("catalogue vocabulary apply")))
    if not asked_tags(catalogue(), new):
        print("The model is not told the terms, as there are none or too many; its words are compared with them.")
    if question_key(catalogue(), new) != asked:
        print(RECAPTION.format(command("ingest recaption --dry-run")))
    return 0


async def _export(arguments: argparse.Namespace, clients: Services) -> int:
    await clients.catalogue.refresh()
    content = write_vocabulary(vocabulary(), _format(arguments), language=clients.settings.caption_language)
    if arguments.file:
        _write(arguments.file, content)
    else:
        sys.stdout.write(content.decode("utf-8-sig"))
    return 0


async def _apply(arguments: argparse.Namespace, clients: Services) -> int:
    await clients.catalogue.refresh()
    changed = await sort_all_tags(clients.index, vocabulary())
    await record("edited", about="vocabulary", count=changed)
    print(f"{changed:,} photos have other tags now")
    return 0


def _format(arguments: argparse.Namespace) -> VocabularyFileFormat:
    ending = arguments.file.suffix.lower() if arguments.file else ""
    return arguments.format or ENDINGS.get(ending, "csv")


def _parse(arguments: argparse.Namespace, language: str) -> Vocabulary:
    try:
        return read_vocabulary(arguments.file.read_bytes(), _format(arguments), language=language)
    except ValueError as error:
        raise BadRequest(f"{arguments.file}: {error}") from error


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
