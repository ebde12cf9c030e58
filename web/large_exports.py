"""`/api/exports`: exports that are too large for one request. A job makes them, and a link leads to the file."""

from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.access.caller import Caller
from shared.access.roles import Role
from shared.access.sight import current_sight, full_sight
from shared.errors import NotFound
from shared.photo import is_photo_id
from shared.picture_links import PictureLink
from shared.public_address import public_address
from shared.services import services
from shared.stores import exports
from shared.stores.jobs import Job
from shared.visible_collections import BATCH, visible_ids
from web.caller import caller_of
from web.job_actions import ids_of_now
from web.pictures import check_signature, respond, signed_query

EXPORT = "export"  # the action


async def large_export(request: Request) -> Response:
    """The job of an export, with a link once the file is there; for who has begun it, and who may see all jobs."""
    id_, caller = _export_id(request), caller_of(request)
    job = await _find(id_)
    if job is None or job.action != EXPORT or not may_fetch(job, caller):
        raise NotFound(f"there is no export {id_}", param="id")
    return JSONResponse(await record_with_link(job, caller), headers={"Cache-Control": "no-store"})


async def _find(id_: str) -> Job | None:
    """The job of this id, whatever it does and whosever it is."""
    with suppress(NotFound):
        return await services().jobs.read(id_)
    return None


def may_fetch(job: Job, caller: Caller) -> bool:
    """Whether somebody may have the file of an export: who has begun it, and admins."""
    return job.is_of(caller) or caller.role >= Role.ADMIN


async def record_with_link(job: Job, caller: Caller) -> dict[str, Any]:
    """
    A job; an export that is done, and kept still, has a link to its file that works for some minutes.

    Others than its maker and admins are given no link: they may not see all that is in it. Nor is its maker where other
    rules say by now who sees which photos, or where one is hidden since, as it was moved or has left a collection: the
    file has those of then.
    """
    record, until = job.record(), job.result.get("expires_at", "")
    is_there = job.action == EXPORT and bool(until) and datetime.fromisoformat(until) > datetime.now(UTC)
    if is_there and may_fetch(job, caller) and await _is_visible(job):
        record["result"] = job.result | {"url": await _address(job.id)}
    return record


async def _is_visible(job: Job) -> bool:
    """Whether the caller sees all photos that are in the file of an export and still there."""
    if current_sight().is_full:
        return True
    if not job.has_current_rules:
        return False
    jobs = services().jobs
    left_out = {each.id for each in await jobs.faults(job.id, skip=0, top=job.failed)} if job.failed else set[str]()
    for position in range(0, job.total, BATCH):
        if not await _are_visible(await jobs.photos(replace(job, position=position), BATCH), left_out):
            return False
    return True


async def _are_visible(ids: Sequence[str], left_out: Set[str]) -> bool:
    """Whether none of these photos is hidden, but for those that are not in the file."""
    index = services().index
    with full_sight():
        now = await ids_of_now(ids)
        there = await visible_ids(now, index)
    exported = {new for old, new in zip(ids, now, strict=True) if left_out.isdisjoint({old, new})}
    return exported & there <= await visible_ids(exported, index)


async def _address(id_: str) -> str:
    clients = services()
    if clients.settings.pictures != "proxy":
        return await clients.storage.export_link(id_, minutes=clients.settings.link_minutes)
    return f"{public_address().url}/api/exports/{id_}/{exports.FILE}?{await signed_query(partial(_link, id_))}"


async def export_file(request: Request) -> Response:
    """The file of an export, whole or in part, where browsers cannot reach storage (PICTURES=proxy)."""
    clients, id_ = services(), _export_id(request)
    if clients.settings.pictures != "proxy":
        raise NotFound("exports come from storage here: GET /api/exports/{id} has the link")
    await check_signature(request, partial(_link, id_), source="GET /api/exports/{id}")
    headers = {
        "Content-Type": exports.MEDIA_TYPE,
        "Content-Disposition": f'attachment; filename="{exports.FILE}"',
        "Cache-Control": "private",
    }
    return respond(request, await clients.exports.find(id_), headers)


def _link(id_: str, expires: int) -> PictureLink:
    return PictureLink(exports.CONTAINER, "original", id_, expires)


def _export_id(request: Request) -> str:
    id_: str = request.path_params["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no export {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_
