"""The doors: HTTP in, one call of the service, HTTP out; with faults, a journal, an ear for who hangs up."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeVar

import numpy as np
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from local.models.api.conversation import MODELS
from local.models.api.errors import ApiError, server_error, unknown_model
from local.models.api.pictures import Picture, pictures
from local.models.api.replies import Envelope, as_event, chunks, completion
from local.models.api.requests import ChatRequest, EmbeddingRequest, Strict, read
from local.models.api.usage import Usage, prompt_tokens
from local.models.faults import Fault, Faults, refusal, spoil, spoil_vectors
from local.models.journal import Entry, Journal
from local.models.service import Service

Result = TypeVar("Result")
Cut = Callable[[Scope], None]
BEGAN = int(time.time())


class Options(Strict):
    """What `POST /__options` can set."""

    describe: Literal["full", "fast"]


class GoneError(Exception):
    """The client hung up, or we did."""


class Desk:
    """One answer at a time for each request; `cut` closes a request's connection."""

    def __init__(self, service: Service, cut: Cut) -> None:
        self.service = service
        self.faults = Faults()
        self.journal = Journal()
        self._cut = cut

    async def chat(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        entry = Entry("chat", "")
        return await self._recorded(request, entry, self._chat(request, entry))

    async def embeddings(self, request: Request) -> Response:
        """`POST /v1/embeddings`."""
        entry = Entry("embed", "")
        return await self._recorded(request, entry, self._embed(request, entry))

    async def _recorded(self, request: Request, entry: Entry, work: Awaitable[Response]) -> Response:
        """Do the work unless the client hangs up, and keep a record however it ends."""
        self.journal.open(entry)
        response: Response
        try:
            response = await until_gone(request, work)
        except GoneError:
            entry.cut_off = True
            self._cut(request.scope)
            response = Response(status_code=499)
        except ApiError as error:
            entry.status = error.status
            response = JSONResponse(error.body(), error.status, error.headers)
        except Exception:
            entry.status = 500
            self.journal.close(entry)
            raise
        if not isinstance(response, StreamingResponse):
            self.journal.close(entry)
        return response

    async def _chat(self, request: Request, entry: Entry) -> Response:
        wish = read(ChatRequest, await request.body())
        wish.model = deployment(request) or wish.model
        entry.model = wish.model
        self.service.check_chat(wish)
        shown = await asyncio.to_thread(pictures, wish)
        entry.on = "vision" if shown else "chat"
        entry.show(shown)
        fault = self.faults.draw(entry.on)
        if midway(fault, wish) is None:
            await self._before(fault)
        return await self._answer(wish, shown, entry, fault, request.scope)

    async def _answer(
        self, wish: ChatRequest, shown: list[Picture], entry: Entry, fault: Fault | None, scope: Scope
    ) -> Response:
        late = midway(fault, wish)
        reply = spoil(await self.service.chat(wish, shown), fault)
        usage = Usage(prompt_tokens(wish, shown), reply.tokens())
        entry.status, entry.usage = 200, usage.body()
        envelope = Envelope(wish.model)
        if not wish.stream:
            return JSONResponse(completion(reply, envelope, usage))
        wanted = usage if wish.stream_options and wish.stream_options.include_usage else None
        events = self._stream(list(chunks(reply, envelope, wanted)), entry, late, scope)
        closing = BackgroundTask(self.journal.close, entry)
        return StreamingResponse(events, media_type="text/event-stream", background=closing)

    async def _stream(
        self, events: list[bytes], entry: Entry, late: Fault | None, scope: Scope
    ) -> AsyncIterator[bytes]:
        """Send the events; a late fault strikes half way. The call ends when the stream does."""
        entry.cut_off = True
        try:
            for place, event in enumerate(events):
                strikes = late is not None and place == len(events) // 2
                if strikes and late and late.kind != "content_filter":
                    await self._before(late)
                yield torn_event(event) if strikes and late and late.kind == "malformed" else event
            entry.cut_off = False
        except ApiError as error:
            yield as_event(error.body())
            entry.cut_off = False
        except GoneError:
            self._cut(scope)
        finally:
            self.journal.close(entry)

    async def _embed(self, request: Request, entry: Entry) -> Response:
        wish = read(EmbeddingRequest, await request.body())
        wish.model = deployment(request) or wish.model
        entry.model = wish.model
        fault = self.faults.draw("embed")
        await self._before(fault)
        vectors, tokens = await self.service.vectors(wish)
        entry.status, entry.usage = 200, {"prompt_tokens": tokens, "total_tokens": tokens}
        plain = spoil_vectors([vector.tolist() for vector in vectors], fault)
        coded = [packed(vector) if wish.encoding_format == "base64" else vector for vector in plain]
        data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(coded)]
        return JSONResponse({"object": "list", "data": data, "model": wish.model, "usage": entry.usage})

    async def _before(self, fault: Fault | None) -> None:
        """What a fault does before there is an answer."""
        if fault is None:
            return
        error = refusal(fault)
        if error:
            raise error
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "hang":
            await asyncio.sleep(fault.seconds or float("inf"))
            raise server_error(503)
        elif fault.kind == "reset":
            raise GoneError


async def until_gone(request: Request, work: Awaitable[Result]) -> Result:
    """The result of the work; GoneError, with the work cancelled, when the client hangs up first."""
    await request.body()  # what is left to receive is only the end of the connection
    doing = asyncio.ensure_future(work)
    listening = asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait((doing, listening), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise GoneError
    finally:
        for task in (doing, listening):
            task.cancel()
            with suppress(BaseException):
                await task


async def hung_up(request: Request) -> None:
    """Return when the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def midway(fault: Fault | None, wish: ChatRequest) -> Fault | None:
    """The fault, if it is to strike in the middle of this request's stream."""
    return fault if fault and fault.mid_stream and wish.stream else None


def torn_event(event: bytes) -> bytes:
    """An event whose JSON stops half way."""
    return event[: len(event) // 2] + b"\n\n"


def packed(vector: list[float]) -> str:
    """A vector as the base64 of its float32 bytes, which is what the openai package asks for."""
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()


def deployment(request: Request) -> str | None:
    """The model named in the path, in Azure's older spelling."""
    return request.path_params.get("deployment")


def model_card(name: str) -> dict[str, object]:
    """A model as `GET /v1/models` lists it."""
    return {"id": name, "object": "model", "created": BEGAN, "owned_by": "stand-in"}


async def list_models(request: Request) -> Response:
    """`GET /v1/models`."""
    return JSONResponse({"object": "list", "data": [model_card(name) for name in MODELS]})


async def one_model(request: Request) -> Response:
    """`GET /v1/models/{id}`."""
    name = request.path_params["name"]
    if name not in MODELS:
        raise unknown_model(name)
    return JSONResponse(model_card(name))


def controls(desk: Desk) -> list[Route]:
    """The doors that no real model has: health, faults, the journal, options."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "under_way": desk.journal.under_way})

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            desk.faults.add(read(Fault, await request.body()))
        elif request.method == "DELETE":
            desk.faults.clear()
        return JSONResponse({"faults": [standing.body() for standing in desk.faults.current()]})

    async def calls(request: Request) -> Response:
        if request.method == "DELETE":
            desk.journal.clear()
        return JSONResponse(desk.journal.bodies())

    async def options(request: Request) -> Response:
        if request.method == "POST":
            desk.service.fast = read(Options, await request.body()).describe == "fast"
        return JSONResponse({"describe": "fast" if desk.service.fast else "full"})

    return [
        Route("/__health", health),
        Route("/__faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/__calls", calls, methods=["GET", "DELETE"]),
        Route("/__options", options, methods=["GET", "POST"]),
    ]


async def explain(request: Request, error: Exception) -> Response:
    """An ApiError as its answer."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status, error.headers)


async def nowhere(request: Request, error: Exception) -> Response:
    """OpenAI's answer for an address it does not have."""
    message = f"Invalid URL ({request.method} {request.url.path})"
    return JSONResponse(ApiError(404, message).body(), 404)


def application(service: Service, cut: Cut) -> Starlette:
    """The whole server; the models are loaded while it already answers."""
    desk = Desk(service, cut)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.create_task(service.warm_up())
        yield
        warming.cancel()
        service.close()

    routes = [
        route
        for base in ("/v1", "/openai/v1", "/openai/deployments/{deployment}")
        for route in (
            Route(f"{base}/chat/completions", desk.chat, methods=["POST"]),
            Route(f"{base}/embeddings", desk.embeddings, methods=["POST"]),
            Route(f"{base}/models", list_models),
            Route(f"{base}/models/{{name}}", one_model),
        )
    ]
    handlers: Any = {ApiError: explain, 404: nowhere}
    return Starlette(routes=[*routes, *controls(desk)], exception_handlers=handlers, lifespan=lifespan)
