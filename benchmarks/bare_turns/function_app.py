"""
A function app that makes the requests of a recorded chat turn, by the same SDK clients, and nothing else.

It is what a turn costs below the app: `chat_floor.py` records the turn, runs this beside the app, and compares both.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import azure.functions as func
import orjson
from azure.core.credentials import AzureKeyCredential
from azure.core.rest import HttpRequest
from azure.search.documents.aio import SearchClient
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from azurefunctions.extensions.http.fastapi import JSONResponse, Request, Response, StreamingResponse
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
OPTIONS: dict[str, Any] = {"use_env_settings": False, "proxies": None}
HEADERS = {"Accept": "application/json;odata.metadata=none", "Content-Type": "application/json"}
PAGE = b"x" * 300  # about what a day's page of spending has


class Clients:
    """The clients of this process, and the turn it repeats."""

    def __init__(self) -> None:
        self.turn = json.loads(Path(os.environ["RECORDED_TURN"]).read_text(encoding="utf-8"))
        self.models = AsyncOpenAI(
            base_url=os.environ["OPENAI_BASE_URL"],
            api_key=os.environ["OPENAI_API_KEY"],
            http_client=DefaultAioHttpClient(),
            max_retries=0,
        )
        key = AzureKeyCredential(os.environ["AZURE_SEARCH_API_KEY"])
        self.search = SearchClient(os.environ["AZURE_SEARCH_ENDPOINT"], "photos", key, **OPTIONS)
        connection = os.environ["PhotoStorage"]  # noqa: SIM112 - Azure spells it so
        storage = BlobServiceClient.from_connection_string(connection, **OPTIONS)
        self.page: BlobClient = storage.get_blob_client("photo-spending", "bare.json")
        self._written: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def write(self) -> None:
        """Write the page. Whoever comes while it is written shares the next write, as in the app."""
        if self._next is None:
            self._next = asyncio.create_task(self._write_after(self._written))
        await asyncio.shield(self._next)

    async def _write_after(self, before: "asyncio.Task[None] | None") -> None:
        if before and not before.done():
            await asyncio.wait([before])
        self._written, self._next = self._next, None
        await self.page.upload_blob(PAGE, overwrite=True)

    async def find(self, path: str, body: dict[str, Any]) -> object:
        """Send a search, and read its answer."""
        request = HttpRequest("POST", path, headers=HEADERS, content=orjson.dumps(body))
        response = await self.search.send_request(request, stream=True)
        return orjson.loads(await response.read())


@cache
def clients() -> Clients:
    return Clients()


@app.route("api/health", methods=["GET"])
async def health(req: Request) -> Response:
    return JSONResponse({})


@app.route("v1/chat/completions", methods=["POST"])
async def chat(req: Request) -> Response:
    bare, question = clients(), (await req.json())["messages"][-1]["content"]
    await bare.write()
    _, body = bare.turn["embeddings"]
    await bare.models.post("/embeddings", cast_to=object, body={**body, "input": [question]})
    await asyncio.gather(*(bare.find(path, body) for path, body in bare.turn["searches"]))
    _, body = bare.turn["completions"]
    chunks = await bare.models.post(
        "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
    )
    return StreamingResponse(_events(bare, chunks), media_type="text/event-stream")


async def _events(bare: Clients, chunks: AsyncStream[object]) -> AsyncIterator[str]:
    """The events of the recorded answer: those before its words, one for each piece of the model, and the others."""
    first, *words, last = bare.turn["events"]
    yield first
    async for _ in chunks:
        if words:
            yield words.pop(0)
    await bare.write()
    yield "".join([*words, last])
