"""`/api/jobs/estimate`: what a job would take that pays for a model, before it is made."""

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.jobs.requests import JobPhotos, photos_of
from ingest.context import ingest_context
from ingest.recaption import estimate
from shared.validation import parse_json, validate
from web.job_photos import matching_ids, search_of


class EstimateRequest(JobPhotos):
    """The photos of a job that would describe them again, as that job takes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str = Field(pattern="^recaption$")


class JobEstimate(TypedDict):
    """How many of `total` photos would be described again, and about how many tokens that takes."""

    photos: int
    total: int
    tokens: int


async def estimate_job(request: Request) -> Response:
    """What describing photos again would take, by the tokens of their present descriptions."""
    wanted = validate(EstimateRequest, parse_json(await request.body()))
    matches = None if wanted.search is None else matching_ids(search_of(wanted.search))
    takes = await estimate(ingest_context(), frozenset(await photos_of(wanted, matches)))
    content: JobEstimate = {"photos": takes.stale, "total": takes.total, "tokens": takes.tokens}
    return JSONResponse(content)
