"""The functions with which the recording was made, and one that binds the name of its blob once more."""

import json
import os
import time
from pathlib import Path

import azure.functions as func
import azurefunctions.extensions.bindings.blob as blobs

app = func.FunctionApp()

EVENTS_FILE = Path(os.environ["EVENTS_FILE"])


def record(event: str, **facts: object) -> None:
    """Add one line to the file the tests read; a single write, so that lines never mix."""
    with EVENTS_FILE.open("a", encoding="utf-8") as events:
        events.write(json.dumps({"event": event, **facts}) + "\n")


def record_blob(event: str, client: blobs.BlobClient) -> None:
    metadata = client.get_blob_properties().metadata
    record(event, container=client.container_name, name=client.blob_name, uri=client.url, metadata=metadata)


@app.blob_trigger(arg_name="client", path="%CONTAINER%-photos/{name}", connection="AppStorage")
def polling(client: blobs.BlobClient) -> None:
    record_blob("polling", client)


@app.blob_trigger(
    arg_name="client", path="%CONTAINER%-events/{name}", connection="AppStorage", source=func.BlobSource.EVENT_GRID
)
def event(client: blobs.BlobClient) -> None:
    record_blob("event", client)


@app.blob_trigger(
    arg_name="client", path="%CONTAINER%-events/{name}", connection="AppStorage", source=func.BlobSource.EVENT_GRID
)
@app.blob_input(arg_name="again", path="%CONTAINER%-events/{name}", connection="AppStorage")
def binds_name(client: bytes, again: bytes) -> None:
    record("binds name", size=len(again))


@app.blob_trigger(arg_name="client", path="%CONTAINER%-failing/{name}", connection="AppStorage")
def fails(client: bytes) -> None:
    record("blob attempt", at=time.time())
    raise ValueError("asked to fail")


@app.queue_trigger(arg_name="message", queue_name="%CONTAINER%-tickets", connection="AppStorage")
def tickets(message: func.QueueMessage) -> None:
    record("ticket", text=message.get_body().decode(), attempt=message.dequeue_count)


@app.queue_trigger(arg_name="message", queue_name="%CONTAINER%-bad", connection="AppStorage")
def bad(message: func.QueueMessage) -> None:
    record("queue attempt", at=time.time())
    raise ValueError("asked to fail")
