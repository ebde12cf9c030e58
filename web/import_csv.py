"""`/api/import`: a table that was exported and edited, whose edits are written."""

import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import IO, Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from catalogue.context import catalogue_context
from catalogue.csv_import.importing import CsvImport, RowResult, State
from catalogue.csv_import.table import read_table
from catalogue.position import place_of
from shared.access.audit import record
from shared.disk import room_for
from shared.errors import PayloadTooLarge
from shared.validation import parse_json, validate
from web.parameters import parse_flag
from web.responses import compressed_json

MAX_IMPORT_BYTES = 50_000_000
MAX_JSON_BYTES = 5_000_000  # it is in memory
SECONDS = 170.0  # of the 230 after which Azure's load balancer ends a request
MAX_LISTED = 1000


class CsvTable(BaseModel):
    """A table in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    csv: str


class ImportedRow(TypedDict):
    """A row by its number in the spreadsheet, and what it changes, or why it does not."""

    row: int
    id: str
    path: str
    state: State
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


class CsvImportReport(TypedDict):
    """
    How many rows became what, and the first of those that are not `unchanged`.

    `stale` rows are of photos that have changed since the export. `failed` ones have something wrong in them. For those
    that are `left` there was no more time: the same file again does them.
    """

    dry_run: bool
    changed: int
    unchanged: int
    stale: int
    failed: int
    left: int
    rows: list[ImportedRow]


async def import_csv(request: Request) -> Response:
    """Write the edits of a table; with `dry_run=true` only say what that would change."""
    dry_run = parse_flag(request.query_params, "dry_run")
    csv_import = CsvImport(
        catalogue_context(),
        by=request.state.caller.name,
        dry_run=dry_run,
        deadline=time.monotonic() + SECONDS,
        place_of=place_of,
    )
    with room_for(MAX_IMPORT_BYTES), tempfile.TemporaryFile() as file:
        await _receive(request, file)
        if is_json(request):
            _unwrap(file)
        edited: list[str] = []
        try:
            report = await _report(csv_import.run(read_table(file)), edited, dry_run=dry_run)
        finally:
            if edited:
                await record("edited", edited, about="import")
        return compressed_json(report, request)


async def _receive(request: Request, file: IO[bytes]) -> None:
    """Put the body into a file; PayloadTooLarge if it is larger than what is read."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_IMPORT_BYTES:
            raise PayloadTooLarge(
                f"the table has more than {MAX_IMPORT_BYTES:,} bytes: send it in parts, each with the header, or run "
                "python -m catalogue import"
            )
        file.write(chunk)
    file.seek(0)


def is_json(request: Request) -> bool:
    """Whether the table comes in JSON, as `{"csv": "..."}`, for clients that can send nothing else."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _unwrap(file: IO[bytes]) -> None:
    """Put the table in place of the JSON that it came in."""
    body = file.read(MAX_JSON_BYTES + 1)
    if len(body) > MAX_JSON_BYTES:
        raise PayloadTooLarge(f"a table in JSON may have {MAX_JSON_BYTES:,} bytes: send a larger one as text/csv")
    table = validate(CsvTable, parse_json(body)).csv
    file.seek(0)
    file.truncate()
    file.write(table.encode())
    file.seek(0)


async def _report(results: AsyncIterator[RowResult], edited: list[str], *, dry_run: bool) -> CsvImportReport:
    counts, rows = Counter[str](), list[ImportedRow]()
    async for result in results:
        counts[result.state] += 1
        if result.state == "changed" and not dry_run:
            edited.append(result.id)
        if result.state != "unchanged" and len(rows) < MAX_LISTED:
            rows.append(
                ImportedRow(
                    row=result.row,
                    id=result.id,
                    path=result.path,
                    state=result.state,
                    before=result.before,
                    after=result.after,
                    reason=result.reason,
                )
            )
    return CsvImportReport(
        dry_run=dry_run,
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        stale=counts["stale"],
        failed=counts["failed"],
        left=counts["left"],
        rows=rows,
    )
