"""`/api/audit`: who did what, a page at a time, the newest first, or all of it as a file."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from typing_extensions import TypedDict

from catalogue.export.cells import escape
from shared.access.audit_filter import COLUMNS, AuditFilter, audit_cells, audit_json
from shared.errors import BadRequest
from shared.services import services
from shared.stores.audit import AuditLog, AuditPart, AuditRecord
from web.parameters import parse_whole_number

MAX_RECORDS = 1000  # in one page
MEDIA_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
FILTERS = ("after", "before", "by", "action", "photo")


class AuditPage(TypedDict):
    """Records, the newest first; `next` is the `cursor` of the page after it, null where there is none."""

    records: list[AuditRecord]
    next: str | None


@dataclass(frozen=True)
class AuditCursor:
    """A place in the log: before this line of this part."""

    part: AuditPart
    line: int

    @classmethod
    def parse(cls, text: str) -> "AuditCursor":
        """The cursor that a page named; BadRequest for another text."""
        name, _, line = text.partition(":")
        part = AuditPart.parse(name)
        if part is None or not (line.isascii() and line.isdecimal()):
            raise BadRequest("cursor must be what a page of this log said in next", param="cursor")
        return cls(part, int(line[:9]))

    def __str__(self) -> str:
        return f"{self.part.name}:{self.line}"


async def audit(request: Request) -> Response:
    """What was done; `format=jsonl` or `csv` has all of it, the oldest first."""
    parameters, store = request.query_params, services().audit
    wanted = AuditFilter(**{name: parameters.get(name, "").strip() for name in FILTERS})
    format_ = parameters.get("format") or "json"
    if format_ in MEDIA_TYPES:
        headers = {"Content-Disposition": f'attachment; filename="audit.{format_}"', "Cache-Control": "no-store"}
        lines = audit_lines(wanted.walk(store), format_)
        return StreamingResponse(lines, media_type=MEDIA_TYPES[format_], headers=headers)
    if format_ != "json":
        raise BadRequest("format must be json, jsonl or csv", param="format")
    top = parse_whole_number(parameters, "top", 100, maximum=MAX_RECORDS)
    cursor = AuditCursor.parse(parameters["cursor"]) if parameters.get("cursor") else None
    records, rest = await _page(store, wanted, top, cursor)
    content = {"records": [audit_json(each) for each in records], "next": str(rest) if rest else None}
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


async def _page(
    store: AuditLog, wanted: AuditFilter, top: int, cursor: AuditCursor | None
) -> tuple[list[AuditRecord], AuditCursor | None]:
    """The newest records before the cursor, and where the next page begins."""
    records: list[AuditRecord] = []
    first, last = wanted.days
    for part in reversed(await store.parts()):
        if not first <= part.day <= last or (cursor and part > cursor.part):
            continue
        lines = await store.read(part)
        end = min(cursor.line, len(lines)) if cursor and part == cursor.part else len(lines)
        for number in range(end, 0, -1):
            record = lines[number - 1]
            if record and wanted.matches(record):
                if len(records) >= top:
                    return records, AuditCursor(part, number)
                records.append(record)
    return records, None


async def audit_lines(records: AsyncIterator[AuditRecord], format_: str) -> AsyncIterator[bytes]:
    """The lines of a file."""
    if format_ == "csv":
        yield _row(list(COLUMNS))
    async for record in records:
        yield _row(audit_cells(record)) if format_ == "csv" else _line(audit_json(record))


def _row(cells: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([escape(cell) for cell in cells])
    return line.getvalue().encode(errors="replace")


def _line(fields: dict[str, Any]) -> bytes:
    return f"{json.dumps(fields, ensure_ascii=False)}\n".encode(errors="replace")
