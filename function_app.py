"""
Every function of the app: what triggers it, and the one call that answers it.

Handlers are imported when they are first called, so that indexing this file costs
next to nothing and cannot fail: after one exception here the host finds no functions.
"""
# ruff: noqa: PLC0415 - the imports inside functions are deliberate, see above

import os

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient
from azurefunctions.extensions.http.fastapi import Request, Response

from shared.photo_events import uses_event_grid
from web.routes import ROUTES, Route

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
PHOTOS = os.environ.get("PHOTO_CONTAINER") or "photos"
EVENTS = func.BlobSource.EVENT_GRID if uses_event_grid() else None
# The host lets everyone in where the app checks keys, or who has signed in, itself, and only there.
CHECKED_BY_APP = os.environ.get("HTTP_AUTH", "").strip() in {"key", "platform"}
SCHEDULE = os.environ.get("RECONCILE_SCHEDULE") or "0 */15 * * * *"


# -- ingestion ----------------------------------------------------------------------------


@app.blob_trigger(arg_name="photo", path=f"{PHOTOS}/{{name}}", connection="PhotoStorage", source=EVENTS)
async def photo_arrived(photo: BlobClient) -> None:
    from ingest import handlers

    await handlers.photo_arrived(photo.blob_name, photo.container_name)


@app.queue_trigger(arg_name="msg", queue_name="photo-tickets", connection="PhotoStorage")
async def retry_due(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.retry_due(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-uploads", connection="PhotoStorage")
async def upload_due(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.upload_due(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-refresh", connection="PhotoStorage")
async def refresh_due(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.refresh_due(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-deleted", connection="PhotoStorage")
async def photo_deleted(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.photo_deleted(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-deleted-poison", connection="PhotoStorage")
async def delete_given_up(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.delete_given_up(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="webjobs-blobtrigger-poison", connection="PhotoStorage")
async def arrival_given_up(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.dead_lettered(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-tickets-poison", connection="PhotoStorage")
async def retry_given_up(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.dead_lettered(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-uploads-poison", connection="PhotoStorage")
async def upload_given_up(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.dead_lettered(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-refresh-poison", connection="PhotoStorage")
async def refresh_given_up(msg: func.QueueMessage) -> None:
    from ingest import handlers

    await handlers.refresh_given_up(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-jobs", connection="PhotoStorage")
async def job_due(msg: func.QueueMessage) -> None:
    from web import job_turns

    await job_turns.job_due(text_of(msg))


@app.queue_trigger(arg_name="msg", queue_name="photo-jobs-poison", connection="PhotoStorage")
async def job_given_up(msg: func.QueueMessage) -> None:
    from web import job_turns

    await job_turns.job_given_up(text_of(msg))


@app.timer_trigger(arg_name="timer", schedule=SCHEDULE)
async def reconcile(timer: func.TimerRequest) -> None:
    from ingest import handlers

    await handlers.reconcile_due()


def text_of(msg: func.QueueMessage) -> str:
    return msg.get_body().decode("utf-8", "replace")


# -- HTTP: the routes are listed in web/routes.py ------------------------------------------


def serve(route: Route) -> None:
    """Register one HTTP function. Each has its own auth level, because the level of a blueprint is ignored."""

    async def handle(req: Request) -> Response:
        from web.entry import answer

        return await answer(route, req)

    level = func.AuthLevel.ANONYMOUS if route.anonymous or CHECKED_BY_APP else func.AuthLevel.FUNCTION
    function = app.route(route.path, methods=[route.method], auth_level=level)(handle)
    app.function_name(route.function)(function)


for http_route in ROUTES:
    serve(http_route)
