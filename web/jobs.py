"""`/api/jobs`: what touches many photos at once."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.jobs.requests import JobRequest, cancel_job, make_job, undo_job
from shared.access.audit import record
from shared.access.roles import Role
from shared.access.sight import current_sight
from shared.errors import BadRequest, NotFound
from shared.photo import is_photo_id
from shared.stores.jobs import Job
from shared.validation import parse_json, validate
from web.caller import caller_of
from web.job_context import job_runner
from web.job_photos import is_everything, matching_ids, search_of
from web.job_records import as_seen, read_job
from web.large_exports import record_with_link
from web.parameters import parse_whole_number

MAX_JOBS = 200  # in one response
MAX_JOB_ERRORS = 1000
MAX_JOB_SKIP = 1_000_000


class JobPage(TypedDict):
    """Jobs, the latest first, and how many there are."""

    total: int
    jobs: list[Job]


async def create(request: Request) -> Response:
    """Make a job of the photos as they are now: 202 with its record; 409 where there are not as many as expected."""
    job_request, runner = validate(JobRequest, parse_json(await request.body())), job_runner()
    search = None if job_request.search is None else search_of(job_request.search)
    if search and job_request.expected is None and is_everything(search):
        raise BadRequest(
            "this search means the whole library: say in expected how many photos that is", param="expected"
        )
    job = await make_job(
        job_request,
        None if search is None else matching_ids(search),
        by=caller_of(request).name,
        actions=runner.actions,
        jobs=runner.jobs,
        queue=runner.queue,
    )
    await record("job_made", about=f"action:{job.action}", count=job.total, job=job.id)
    return JSONResponse(job.record(), 202)


async def jobs(request: Request) -> Response:
    """
    `{total, jobs}`, the latest first; `top` and `skip` select among those of the last month.

    Who does not see every photo sees the jobs that they have made.
    """
    top = parse_whole_number(request.query_params, "top", 20, maximum=MAX_JOBS)
    skip = parse_whole_number(request.query_params, "skip", 0, maximum=MAX_JOB_SKIP)
    store, caller = job_runner().jobs, caller_of(request)
    if current_sight().is_full:
        total, page = await store.recent(skip=skip, top=top)
    else:
        _, every = await store.recent(skip=0, top=MAX_JOB_SKIP)
        mine = [each for each in every if each.is_of(caller)]
        total, page = len(mine), mine[skip : skip + top]
    return JSONResponse({"total": total, "jobs": [each.record() for each in page]})


async def job(request: Request) -> Response:
    """One job, how far it is, and, a page at a time by `top` and `skip`, with which photos something was wrong."""
    id_, store = parse_job_id(request), job_runner().jobs
    top = parse_whole_number(request.query_params, "top", 100, maximum=MAX_JOB_ERRORS)
    skip = parse_whole_number(request.query_params, "skip", 0, maximum=MAX_JOB_SKIP)
    job = await read_job(id_)
    faults = await store.faults(id_, skip=skip, top=top) if job.failed and top else []
    errors = {"errors": [asdict(each) for each in await as_seen(faults)]}
    content = await record_with_link(job, caller_of(request)) | errors
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


async def cancel(request: Request) -> Response:
    """Cancel a job; what it has done stays done, and can be undone. Who is no editor may cancel their own."""
    runner, caller = job_runner(), caller_of(request)
    job = await read_job(parse_job_id(request))
    if caller.role < Role.EDITOR and not job.is_of(caller):
        raise NotFound(f"there is no job {job.id}", param="id")
    job = await cancel_job(job.id, actions=runner.actions, jobs=runner.jobs)
    await record("job_cancelled", about=f"action:{job.action}", job=job.id)
    return JSONResponse(job.record())


async def undo(request: Request) -> Response:
    """Make a job that takes back what another has done: 202 with its record."""
    runner = job_runner()
    undoing = await undo_job(
        (await read_job(parse_job_id(request))).id,
        by=caller_of(request).name,
        actions=runner.actions,
        jobs=runner.jobs,
        queue=runner.queue,
    )
    await record("job_undone", about=f"action:{undoing.action}", count=undoing.total, job=undoing.id)
    return JSONResponse(undoing.record(), 202)


def parse_job_id(request: Request) -> str:
    """The id in the path of a request; NotFound where no job can have it."""
    id_: str = request.path_params["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no job {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_
