"""
Every door of the app: each unpacks its event, calls one function, and translates the error.

What lies behind a door is imported when it is first used, so that indexing this file
costs next to nothing and cannot fail: one exception here and the host finds no functions.
"""
# ruff: noqa: PLC0415 - the imports inside functions are the point, see above

import asyncio
import functools
import gzip
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from types import ModuleType
from typing import Any

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient
from azurefunctions.extensions.http.fastapi import (
    JSONResponse,
    RedirectResponse,
    Request,
    Response,
    StreamingResponse,
)
from pydantic_core import to_json

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
PHOTOS = os.environ.get("PHOTO_CONTAINER") or "photos"
EVENTS = func.BlobSource.EVENT_GRID if os.environ.get("PHOTO_EVENTS") == "eventgrid" else None
SCHEDULE = os.environ.get("RECONCILE_SCHEDULE") or "0 */15 * * * *"
OPEN = func.AuthLevel.ANONYMOUS
Door = Callable[[Request], Awaitable[Any]]


def ingestion() -> ModuleType:
    from ingest import doors

    return doors


def questions() -> ModuleType:
    from query import doors

    return doors


def answered(door: Door) -> Door:
    """What a door raises becomes an answer that says what is wrong."""

    @functools.wraps(door)
    async def answer(req: Request) -> Any:
        from query.openai_api import error_body, error_headers
        from shared.errors import PhotoError, SettingsError

        try:
            return await door(req)
        except (PhotoError, SettingsError) as error:
            return JSONResponse(error_body(error), error.status, headers=error_headers(error))
        except Exception:
            logging.getLogger(door.__name__).exception("failed")
            unknown = PhotoError("something went wrong on our side; the log says what")
            return JSONResponse(error_body(unknown), unknown.status)

    return answer


# -- ingestion ----------------------------------------------------------------------------


@app.blob_trigger(arg_name="photo", path=f"{PHOTOS}/{{name}}", connection="PhotoStorage", source=EVENTS)
async def photo_arrived(photo: BlobClient) -> None:
    await ingestion().arrived(photo.blob_name)


@app.queue_trigger(arg_name="msg", queue_name="photo-tickets", connection="PhotoStorage")
async def retry_due(msg: func.QueueMessage) -> None:
    await ingestion().due(msg.get_body().decode("utf-8", "replace"))


@app.queue_trigger(arg_name="msg", queue_name="photo-deleted", connection="PhotoStorage")
async def photo_deleted(msg: func.QueueMessage) -> None:
    await ingestion().deleted(msg.get_body().decode())


@app.queue_trigger(arg_name="msg", queue_name="webjobs-blobtrigger-poison", connection="PhotoStorage")
async def arrival_given_up(msg: func.QueueMessage) -> None:
    await ingestion().buried(msg.get_body().decode("utf-8", "replace"))


@app.queue_trigger(arg_name="msg", queue_name="photo-tickets-poison", connection="PhotoStorage")
async def retry_given_up(msg: func.QueueMessage) -> None:
    await ingestion().buried(msg.get_body().decode("utf-8", "replace"))


@app.timer_trigger(arg_name="timer", schedule=SCHEDULE)
async def reconcile(timer: func.TimerRequest) -> None:
    await ingestion().reconciled()


@app.route("api/photos/{*path}", methods=["PUT"])
@answered
async def upload(req: Request) -> Response:
    return JSONResponse(await ingestion().upload(req.path_params["path"], req.stream()), 201)


@app.route("api/photos/{id}", methods=["DELETE"])
@answered
async def delete(req: Request) -> Response:
    return JSONResponse(await ingestion().delete(req.path_params["id"]))


@app.route("api/status", methods=["GET"])
@answered
async def status(req: Request) -> Response:
    return JSONResponse(await ingestion().progress())


@app.route("api/failures", methods=["GET"])
@answered
async def failures(req: Request) -> Response:
    return JSONResponse(await ingestion().failures(req.query_params))


@app.route("api/failures/{id}/retry", methods=["POST"])
@answered
async def retry(req: Request) -> Response:
    return JSONResponse(await ingestion().retry(req.path_params["id"]), 202)


@app.route("api/failures/retry", methods=["POST"])
@answered
async def retry_all(req: Request) -> Response:
    return JSONResponse(await ingestion().retry_all(), 202)


# -- questions ----------------------------------------------------------------------------


@app.route("v1/chat/completions", methods=["POST"])
@answered
async def chat_completions(req: Request) -> Response:
    body = await req.body()
    answer = await waited_for(req, questions().complete(body, req.headers.get("x-timezone")))
    if answer is None:
        return Response(status_code=499)  # nobody is there to read it
    if isinstance(answer, dict):
        return JSONResponse(answer)
    quiet = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(answer, media_type="text/event-stream", headers=quiet)


async def waited_for(req: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """What the work comes to; None, with the work cancelled, when the client leaves first. Wants the body read."""
    answer, left = asyncio.ensure_future(work), asyncio.ensure_future(req.receive())
    try:
        await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None
    finally:
        answer.cancel()
        left.cancel()
        await asyncio.gather(answer, left, return_exceptions=True)


@app.route("v1/models", methods=["GET"])
@answered
async def models(req: Request) -> Response:
    return JSONResponse(await questions().models())


@app.route("v1/models/{id}", methods=["GET"])
@answered
async def model(req: Request) -> Response:
    return JSONResponse(await questions().model(req.path_params["id"]))


@app.route("api/openapi.json", methods=["GET"])
@answered
async def openapi(req: Request) -> Response:
    return JSONResponse(questions().described())


@app.route("api/search", methods=["GET"])
@answered
async def search(req: Request) -> Response:
    found = await questions().search(req.query_params.multi_items(), req.headers.get("x-timezone"))
    return packed(found, req)


@app.route("api/photos/{id}", methods=["GET"])
@answered
async def photo(req: Request) -> Response:
    return JSONResponse(await questions().photo(req.path_params["id"]))


@app.route("api/photos/{id}/similar", methods=["GET"])
@answered
async def similar(req: Request) -> Response:
    return JSONResponse(await questions().similar(req.path_params["id"], req.query_params))


@app.route("api/photos/{id}/thumbnail", methods=["GET"])
@answered
async def thumbnail(req: Request) -> Response:
    return await redirect(req, "thumbnail")


@app.route("api/photos/{id}/preview", methods=["GET"])
@answered
async def preview(req: Request) -> Response:
    return await redirect(req, "preview")


@app.route("api/photos/{id}/original", methods=["GET"])
@answered
async def original(req: Request) -> Response:
    return await redirect(req, "original")


async def redirect(req: Request, size: str) -> Response:
    link, seconds = await questions().link(req.path_params["id"], size)
    return RedirectResponse(link, 302, headers={"Cache-Control": f"private, max-age={seconds}"})


@app.route("api/health", methods=["GET"], auth_level=OPEN)
@answered
async def health(req: Request) -> Response:
    well, report = await questions().well()
    return JSONResponse(report, 200 if well else 503)


@app.route("api/links", methods=["POST"])
@answered
async def picture_links(req: Request) -> Response:
    return JSONResponse(await questions().picture_links(await req.body()))


@app.route("/", methods=["GET"], auth_level=OPEN)
@answered
async def page(req: Request) -> Response:
    return as_it_is(questions().page(req.headers))


@app.route("page/{*file}", methods=["GET"], auth_level=OPEN)
@answered
async def page_file(req: Request) -> Response:
    return as_it_is(questions().page_file(req.path_params["file"], req.headers))


def packed(found: Any, req: Request) -> Response:
    """JSON in fewer bytes for callers that unpack: a page of photos shrinks to a quarter or less, in half a ms."""
    body, headers = to_json(found, inf_nan_mode="null"), {"Vary": "Accept-Encoding"}
    if "gzip" in req.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, media_type="application/json", headers=headers)


def as_it_is(reply: Any) -> Response:
    return Response(reply.body, reply.status, headers=dict(reply.headers))
