"""`python -m catalogue export | import`: photos into a file to take along, and an edited CSV file back."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, get_args

from catalogue.context import catalogue_context
from catalogue.csv_import.importing import CsvImport, RowResult
from catalogue.csv_import.table import read_table
from catalogue.export.audited import written_down
from catalogue.export.formats import Export, Format
from catalogue.export.selection import walk_photos
from catalogue.position import place_of
from shared.access.audit import record
from shared.errors import BadRequest
from shared.search.filters import Filters
from shared.services import Services
from shared.validation import validate

BY = "command line"  # who edited, in the history of a photo
STDIO = "-"
LISTS = {name for name, each in Filters.model_fields.items() if each.default == []}
OF_COLLECTIONS = {"collection", "in_collection"}  # what is in one is looked up by searches alone


def add_parsers(subjects: Any) -> list[argparse.ArgumentParser]:
    """The parsers of these commands; each names the function that runs it."""
    export = subjects.add_parser("export", help="write photos into a file to take along")
    export.add_argument("file", metavar="FILE", help=f"where to write it; {STDIO} is the standard output")
    export.add_argument("--format", choices=get_args(Format), default="csv", help="csv by default")
    export.add_argument("--metadata", action="store_true", help="with --format zip: write the metadata into originals")
    export.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"only photos that pass it, such as folder=2024; several may be set, of {', '.join(filter_names())}",
    )
    export.set_defaults(run=_export)
    import_ = subjects.add_parser("import", help="write what was edited in an exported CSV file")
    import_.add_argument("file", type=Path, metavar="FILE")
    import_.add_argument("--dry-run", action="store_true", help="only say what that would change")
    import_.set_defaults(run=_import)
    return [export, import_]


async def _export(arguments: argparse.Namespace, clients: Services) -> int:
    await clients.catalogue.refresh()
    filter_ = parse_filters(arguments.filter).odata()
    if arguments.file == STDIO:
        await _write(sys.stdout.buffer, filter_, arguments, clients)
        return 0
    with Path(arguments.file).open("wb") as file:  # noqa: ASYNC230 - nothing else runs in this process
        await _write(file, filter_, arguments, clients)
    return 0


async def _write(file: IO[bytes], filter_: str | None, arguments: argparse.Namespace, clients: Services) -> None:
    export = Export(arguments.format, arguments.metadata)
    async for part in export.write(written_down(walk_photos(clients.index, filter_)), clients.storage):
        file.write(part)


def filter_names() -> list[str]:
    """The filters that an export takes here."""
    return [name for name in Filters.model_fields if name not in OF_COLLECTIONS]


def parse_filters(texts: Sequence[str]) -> Filters:
    """Filters from `NAME=VALUE`; BadRequest names what is wrong."""
    values: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadRequest(f"{text!r} is not a filter: write NAME=VALUE, such as folder=2024")
        if name in OF_COLLECTIONS:
            raise BadRequest(f"{name} is no filter here: GET /api/export?collection=NAME exports a collection")
        if name in LISTS:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return validate(Filters, values)


async def _import(arguments: argparse.Namespace, clients: Services) -> int:
    await clients.catalogue.refresh()
    csv_import = CsvImport(catalogue_context(), by=BY, dry_run=arguments.dry_run, place_of=place_of)
    counts, edited = Counter[str](), list[str]()
    with arguments.file.open("rb") as file:
        async for result in csv_import.run(read_table(file)):
            counts[result.state] += 1
            if result.state == "changed":
                edited.append(result.id)
            print_result(result)
    if edited and not arguments.dry_run:
        await record("edited", edited, about="import")
    changed = "would change" if arguments.dry_run else "changed"
    print(
        f"{changed}: {counts['changed']:,}, unchanged: {counts['unchanged']:,}, "
        f"changed by others since the export and left alone: {counts['stale']:,}, wrong rows: {counts['failed']:,}"
    )
    return 1 if counts["stale"] or counts["failed"] else 0


def print_result(result: RowResult) -> None:
    """Print what a row changes, or why it does not."""
    if result.state == "changed":
        for name, value in result.after.items():
            print(f"row {result.row} {result.path}: {name} {result.before[name]!r} -> {value!r}")
    elif result.state != "unchanged":
        print(f"row {result.row} {result.path or result.id}: {result.reason}")
