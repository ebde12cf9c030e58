"""`/api/export`: photos to take along, as a table, as metadata or as files."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from catalogue.export.audited import written_down
from catalogue.export.formats import Export, Format, Stream
from catalogue.export.selection import photos_by_id, total_size, total_size_by_id, walk_photos
from catalogue.jobs.requests import JobRequest, make_job
from query.context import query_context
from query.search.typed_search import find_all
from shared.access.audit import record
from shared.errors import BadRequest
from shared.photo import Photo, is_photo_id
from shared.public_address import public_address
from shared.search.index import PhotoIndex
from shared.search.search import Search
from shared.services import services
from shared.validation import parse_json, validate
from web.caller import caller_of
from web.described import model_of
from web.job_context import job_runner
from web.parameters import FUNCTION_KEY_PARAMETERS, parse_flag, parse_search

MAX_IDS = 20_000
MAX_ZIP_BYTES = 1_000_000_000  # of originals that are sent while they are read; a job makes larger zips
RETRY_AFTER = "10"  # seconds
OWN_PARAMETERS = {"format", "metadata"}
NOT_OF_EXPORTS = ("top", "skip", "facets")


class ExportChoice(BaseModel):
    """What to make of the photos; `metadata` writes into originals what the catalogue says of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format = "csv"
    metadata: bool = False


class ExportRequest(ExportChoice):
    """Which photos, in this order, and what to make of them."""

    ids: list[str] = Field(min_length=1, max_length=MAX_IDS)


async def export(request: Request) -> Response:
    """All photos that a search's parameters match, sent while they are read."""
    choice = _choice(request)
    search = _search(request)
    index, library = services().index, query_context().library
    if search.q.strip():
        return await _respond_with_ids(request, await find_all(library, search), choice)
    filter_ = (await library.within(search)).filters.odata()
    if choice.format == "zip" and await total_size(index, filter_, limit=MAX_ZIP_BYTES) > MAX_ZIP_BYTES:
        return await _make_job(request, choice, search=_own_search(request), matches=_ids(index, filter_))
    return await respond_with(walk_photos(index, filter_, search.sort), choice)


async def export_ids(request: Request) -> Response:
    """The photos with these ids."""
    body = validate(ExportRequest, parse_json(await request.body()))
    for id_ in body.ids:
        if not is_photo_id(id_):
            raise BadRequest(f"{id_[:40]!r} is not the id of a photo, which has 32 hexadecimal digits", param="ids")
    return await _respond_with_ids(request, list(dict.fromkeys(body.ids)), body)


def _choice(request: Request) -> ExportChoice:
    format_ = request.query_params.get("format") or "csv"
    return validate(ExportChoice, {"format": format_, "metadata": parse_flag(request.query_params, "metadata")})


def _search(request: Request) -> Search:
    parameters = [each for each in request.query_params.multi_items() if each[0] not in OWN_PARAMETERS]
    for name, value in parameters:
        if name in NOT_OF_EXPORTS and value.strip():
            raise BadRequest(f"an export has all photos that match: it has no {name}", param=name)
    return parse_search(parameters)


async def _respond_with_ids(request: Request, ids: Sequence[str], choice: ExportChoice) -> Response:
    index = services().index
    size = await total_size_by_id(index, ids)
    if choice.format == "zip" and size > MAX_ZIP_BYTES:
        return await _make_job(request, choice, ids=list(ids))
    return await respond_with(photos_by_id(index, ids), choice)


async def _make_job(
    request: Request, choice: ExportChoice, *, matches: AsyncIterator[str] | None = None, **photos: Any
) -> Response:
    """Let a job do what takes longer than a request may: 202 with its record, and where to look for its link."""
    job_request = JobRequest.model_validate({"action": "export", "metadata": choice.metadata, **photos})
    runner = job_runner()
    by = caller_of(request).name
    job = await make_job(job_request, matches, by=by, actions=runner.actions, jobs=runner.jobs, queue=runner.queue)
    await record("job_made", about=f"action:{job.action}", count=job.total, job=job.id)
    headers = {"Location": f"{public_address().url}/api/exports/{job.id}", "Retry-After": RETRY_AFTER}
    return JSONResponse(job.record(), 202, headers=headers)


def _own_search(request: Request) -> dict[str, list[str]]:
    query = request.query_params
    return {name: query.getlist(name) for name in query if name not in {*OWN_PARAMETERS, *FUNCTION_KEY_PARAMETERS}}


async def _ids(index: PhotoIndex, filter_: str | None) -> AsyncIterator[str]:
    async for entry in index.walk(filter_):
        yield entry.id


async def respond_with(photos: Stream[Photo], choice: ExportChoice) -> Response:
    """The stream, once its first part is there: what goes wrong before that is told by the status."""
    export = Export(choice.format, choice.metadata, model_of)
    photos = written_down(photos)
    parts = export.write(photos, services().storage)
    first = await anext(parts)
    headers = {
        "Content-Type": export.media_type,
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_rejoined(first, parts, photos), headers=headers)


async def _rejoined(first: bytes, rest: Stream[bytes], photos: Stream[Photo]) -> AsyncIterator[bytes]:
    """All parts; when the reader goes away, reading photos ends at once."""
    async with aclosing(photos), aclosing(rest):
        yield first
        async for part in rest:
            yield part
