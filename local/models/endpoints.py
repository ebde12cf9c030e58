"""The OpenAI endpoints: an HTTP request in, a call of the inference service, an HTTP response out."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable

import numpy as np
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Scope

from local.models.api.errors import ApiError, server_error
from local.models.api.images import InputImage, decode_images
from local.models.api.prompt_cache import PromptCache
from local.models.api.requests import EmbeddingRequest, parse_request
from local.models.api.responses import sse_event
from local.models.disconnect import ConnectionClosed, run_until_disconnect
from local.models.fault_injection import FaultInjector, FaultRule, corrupt_output, corrupt_vectors, fault_error
from local.models.inference import InferenceService
from local.models.model_call import ModelCall, read_call
from local.models.personalities.catalog import PersonalityChoice
from local.models.personalities.personality import Api
from local.models.request_log import RequestLog, RequestLogEntry

ConnectionCloser = Callable[[Scope], None]


class OpenAIEndpoints:
    """
    Chat completions, responses and embeddings, each request logged and exposed to fault injection.

    `close_connection` closes the TCP connection that a request came on.
    """

    def __init__(
        self, inference: InferenceService, close_connection: ConnectionCloser, personality: PersonalityChoice
    ) -> None:
        self.inference = inference
        self.personality = personality
        self.fault_injector = FaultInjector()
        self.request_log = RequestLog()
        self.prompt_cache = PromptCache()
        self._close_connection = close_connection

    async def chat_completions(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        entry = RequestLogEntry("chat", "")
        return await self.logged(request, entry, self._chat_completion(request, entry, "chat"))

    async def responses(self, request: Request) -> Response:
        """`POST /v1/responses`."""
        entry = RequestLogEntry("chat", "")
        return await self.logged(request, entry, self._chat_completion(request, entry, "responses"))

    async def embeddings(self, request: Request) -> Response:
        """`POST /v1/embeddings`."""
        entry = RequestLogEntry("embed", "")
        return await self.logged(request, entry, self._embedding_list(request, entry))

    async def logged(self, request: Request, entry: RequestLogEntry, work: Awaitable[Response]) -> Response:
        """Do the work unless the client disconnects, and log the request however it ends."""
        self.request_log.begin(entry)
        response: Response
        try:
            response = await run_until_disconnect(request, work)
        except ConnectionClosed:
            entry.cut_off = True
            self._close_connection(request.scope)
            response = Response(status_code=499)
        except ApiError as error:
            entry.status = error.status
            response = JSONResponse(error.body(), error.status, error.headers)
        except Exception:
            entry.status = 500
            self.request_log.finish(entry)
            raise
        if not isinstance(response, StreamingResponse):
            self.request_log.finish(entry)
        return response

    async def answer_batched(self, body: bytes, api: Api, entry: RequestLogEntry) -> Response:
        """The answer to a request of a batch, whose `entry` says so."""
        return await self._answer_to(read_call(body, api, None, self.personality), entry, {})

    async def _chat_completion(self, request: Request, entry: RequestLogEntry, api: Api) -> Response:
        call = read_call(await request.body(), api, _deployment_name(request), self.personality)
        return await self._answer_to(call, entry, request.scope)

    async def _answer_to(self, call: ModelCall, entry: RequestLogEntry, scope: Scope) -> Response:
        entry.model = call.model
        try:
            return await self._checked_answer(call, entry, scope)
        except ApiError as error:
            raise call.personality.error_form(error) from error

    async def _checked_answer(self, call: ModelCall, entry: RequestLogEntry, scope: Scope) -> Response:
        call.check()
        self.inference.validate_chat(call.request)
        images = await asyncio.to_thread(decode_images, call.request)
        if entry.on != "batched":
            entry.on = "vision" if images else "chat"
        entry.record_images(images)
        fault = self.fault_injector.next_fault(entry.on)
        if _mid_stream_fault(fault, call) is None:
            await self.apply_fault(fault)
        return await self._answer(call, images, entry, fault, scope)

    async def _answer(
        self, call: ModelCall, images: list[InputImage], entry: RequestLogEntry, fault: FaultRule | None, scope: Scope
    ) -> Response:
        output = corrupt_output(await call.output(self.inference, images), fault)
        usage = call.usage(output, images, self.prompt_cache)
        entry.status, entry.usage = 200, usage.body()
        if not call.request.stream:
            return JSONResponse(call.body(output, usage))
        events = self._stream(call.events(output, usage), entry, _mid_stream_fault(fault, call), scope)
        finish = BackgroundTask(self.request_log.finish, entry)
        return StreamingResponse(events, media_type="text/event-stream", background=finish)

    async def _stream(
        self, events: list[bytes], entry: RequestLogEntry, fault: FaultRule | None, scope: Scope
    ) -> AsyncIterator[bytes]:
        """Send the events; a mid-stream fault strikes half-way. The request ends when the stream does."""
        entry.cut_off = True
        try:
            for index, event in enumerate(events):
                strikes = fault is not None and index == len(events) // 2
                if strikes and fault and fault.kind != "content_filter":
                    await self.apply_fault(fault)
                yield _truncated_event(event) if strikes and fault and fault.kind == "malformed" else event
            entry.cut_off = False
        except ApiError as error:
            yield sse_event(error.body())
            entry.cut_off = False
        except ConnectionClosed:
            self._close_connection(scope)
        finally:
            self.request_log.finish(entry)

    async def _embedding_list(self, request: Request, entry: RequestLogEntry) -> Response:
        embedding_request = parse_request(EmbeddingRequest, await request.body())
        embedding_request.model = _deployment_name(request) or embedding_request.model
        entry.model = embedding_request.model
        entry.texts = 1 if isinstance(embedding_request.input, str) else len(embedding_request.input)
        fault = self.fault_injector.next_fault("embed")
        await self.apply_fault(fault)
        vectors, tokens = await self.inference.embed(embedding_request)
        entry.status, entry.usage = 200, {"prompt_tokens": tokens, "total_tokens": tokens}
        as_lists = corrupt_vectors([vector.tolist() for vector in vectors], fault)
        use_base64 = embedding_request.encoding_format == "base64"
        encoded = [_base64_vector(vector) if use_base64 else vector for vector in as_lists]
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(encoded)]
        return JSONResponse({"object": "list", "data": data, "model": embedding_request.model, "usage": entry.usage})

    async def apply_fault(self, fault: FaultRule | None) -> None:
        """Fail, wait or disconnect, for faults that strike before there is an answer."""
        if fault is None:
            return
        error = fault_error(fault)
        if error:
            raise error
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "hang":
            await asyncio.sleep(fault.seconds or float("inf"))
            raise server_error(503)
        elif fault.kind == "reset":
            raise ConnectionClosed


def _mid_stream_fault(fault: FaultRule | None, call: ModelCall) -> FaultRule | None:
    """The fault, if it is to strike in the middle of this request's stream."""
    return fault if fault and fault.mid_stream and call.request.stream else None


def _truncated_event(event: bytes) -> bytes:
    """An event whose JSON stops half-way."""
    return event[: len(event) // 2] + b"\n\n"


def _base64_vector(vector: list[float]) -> str:
    """A vector as the base64 of its float32 bytes, the encoding that the openai package asks for."""
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()


def _deployment_name(request: Request) -> str | None:
    """The model named in the path, in Azure's older spelling."""
    return request.path_params.get("deployment")
