"""A small app with every trigger; it records what happens to it as lines in a file."""

import asyncio
import json
import os
import time
import typing
from collections.abc import AsyncIterator
from pathlib import Path

import azure.functions as func
import azurefunctions.extensions.bindings.blob as blobs
from azure.functions.blob import InputStream
from azurefunctions.extensions.http.fastapi import JSONResponse, RedirectResponse, Request, Response, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

EVENTS_FILE = Path(os.environ["EVENTS_FILE"])


def record(event: str, **facts: object) -> None:
    """Add one line to the file the tests read; a single write, so that lines never mix."""
    with EVENTS_FILE.open("a", encoding="utf-8") as events:
        events.write(json.dumps({"event": event, **facts}) + "\n")


@app.blob_trigger(arg_name="blob", path="%CONTAINER%/{name}", connection="AppStorage")
async def read_blob(blob: InputStream) -> None:
    content = blob.read()
    record("blob began", name=blob.name)
    metadata = blob.metadata or {}
    if metadata.get("wait"):
        await asyncio.sleep(float(metadata["wait"]))
    if metadata.get("fail"):
        raise ValueError("asked to fail")
    record(
        "blob",
        name=blob.name,
        size=len(content),
        length=blob.length,
        uri=blob.uri,
        metadata=metadata,
        type=(blob.blob_properties or {})["ContentType"],
    )


@app.blob_trigger(arg_name="client", path="%CONTAINER%-clients/{folder}/{name}.bin", connection="AppStorage")
def open_blob(client: blobs.BlobClient) -> None:
    record("client", name=client.blob_name, size=client.get_blob_properties().size)


@app.blob_trigger(arg_name="text", path="%CONTAINER%-texts/{name}", connection="AppStorage")
@app.queue_output(arg_name="out", queue_name="%CONTAINER%-copied", connection="AppStorage")
@app.blob_output(arg_name="copy", path="%CONTAINER%-copies/{name}.copy", connection="AppStorage")
def read_text(text: str, out: func.Out[str], copy: func.Out[str]) -> None:
    out.set(text)
    copy.set(text.upper())


@app.blob_trigger(
    arg_name="blob", path="%CONTAINER%-grid/{name}", connection="AppStorage", source=func.BlobSource.EVENT_GRID
)
async def grid_blob(blob: InputStream) -> None:
    record("grid blob", name=blob.name, size=blob.length)


@app.event_grid_trigger(arg_name="event")
def grid_event(event: func.EventGridEvent) -> None:
    record("grid event", subject=event.subject, data=event.get_json())


@app.queue_trigger(arg_name="message", queue_name="%CONTAINER%-work", connection="AppStorage")
async def work(message: func.QueueMessage) -> None:
    text = message.get_body().decode()
    record("message", text=text, attempt=message.dequeue_count, id=message.id, inserted=str(message.insertion_time))
    if text.startswith("wait "):
        await asyncio.sleep(float(text.removeprefix("wait ")))
        record("waited", text=text)
    if text == "fail":
        raise ValueError("asked to fail")


@app.queue_trigger(arg_name="message", queue_name="%CONTAINER%-copied", connection="AppStorage")
@app.queue_output(arg_name="$return", queue_name="%CONTAINER%-returned", connection="AppStorage")
def pass_on(message: str) -> str:
    return message[::-1]


@app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%")
async def tick(timer: func.TimerRequest) -> None:
    record("tick", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
def stubborn(timer: func.TimerRequest, context: func.Context) -> None:
    record("stubborn", attempt=context.retry_context.retry_count)
    if context.retry_context.retry_count < 2:
        raise ValueError("not yet")


@app.route(route="/", methods=["GET"])
def home(req: Request) -> Response:
    return Response("home of the app")


@app.route(route="echo/{*path}")
async def echo(req: Request) -> JSONResponse:
    body = await req.body()
    return JSONResponse(
        {
            "method": req.method,
            "path": req.path_params.get("path"),
            "raw": req.scope["raw_path"].decode(),
            "query": req.scope["query_string"].decode(),
            "headers": dict(req.headers),
            "url": str(req.url),
            "body": body.decode("latin-1"),
        }
    )


@app.route(route="echo/literal", methods=["GET"])
def literal(req: Request) -> Response:
    return Response("literal")


@app.route(route="items/{id:int}", methods=["GET"])
def item(req: Request) -> JSONResponse:
    return JSONResponse({"item": req.path_params["id"]})


@app.route(route="docs", methods=["GET"])
def docs(req: Request) -> Response:
    return Response("docs of the app")


@app.route(route="openapi.json", methods=["GET"])
def openapi(req: Request) -> Response:
    return Response("openapi of the app")


@app.route(route="count", methods=["PUT", "POST"])
async def count(req: Request) -> JSONResponse:
    """The size of a body read as it arrives, and how many pieces it arrived in."""
    size = pieces = 0
    async for chunk in req.stream():
        size, pieces = size + len(chunk), pieces + 1
        if pieces == 1:
            record("first piece", size=len(chunk))
    return JSONResponse({"size": size, "pieces": pieces})


@app.route(route="stream", methods=["GET"])
async def stream(req: Request) -> StreamingResponse:
    """Sends `n` events, `pause` seconds apart; records when the client leaves."""
    number, pause = int(req.query_params.get("n", 5)), float(req.query_params.get("pause", 0.2))

    async def events() -> AsyncIterator[str]:
        try:
            for event in range(number):
                yield f"data: {event} {time.time()}\n\n"
                await asyncio.sleep(pause)
        finally:
            record("stream closed")

    return StreamingResponse(events(), media_type="text/event-stream")


@app.route(route="breaks", methods=["GET"])
async def breaks(req: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await asyncio.sleep(0.1)
        raise ValueError("broke in the middle")

    return StreamingResponse(events(), media_type="text/event-stream")


@app.route(route="moved", methods=["GET"])
def moved(req: Request) -> RedirectResponse:
    response = RedirectResponse("https://example.com/else%20where?a=%2F", status_code=302)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.route(route="fails", methods=["GET"])
def fails(req: Request) -> Response:
    raise ValueError("secret detail")


@app.route(route="send", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%CONTAINER%-work", connection="AppStorage")
async def send(req: Request, out: func.Out[typing.List[str]]) -> Response:  # noqa: UP006 - the worker refuses list[str]
    out.set([str(item) for item in await req.json()])
    return Response(status_code=202)


@app.route(route="slow", methods=["GET"])
async def slow(req: Request) -> Response:
    record("slow began")
    await asyncio.sleep(float(req.query_params["seconds"]))
    record("slow ended")
    return Response("slow")


@app.route(route="dies", methods=["POST"])
def dies(req: Request) -> Response:
    os._exit(42)
