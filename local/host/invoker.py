"""Running a function: fetch its inputs, limit its time, deliver its outputs, and log each run."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.host.bindings import InputOutputBindings
from local.host.function_metadata import FunctionMetadata
from local.host.worker_channel import InvocationRequest, TypedData, WorkerChannel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InvocationResult:
    """How an invocation ended; `value` is what it returned, `outputs` its other results."""

    id: str
    error: str | None = None
    value: TypedData | None = None
    outputs: Mapping[str, TypedData] | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Invocation:
    """What a function is invoked with; `reason` is for the log, `retry` is count, maximum and last error."""

    reason: str
    inputs: tuple[tuple[str, TypedData], ...]
    trigger_metadata: Mapping[str, TypedData]
    retry: tuple[int, int, str] = (0, 0, "")
    streams_http: bool = False


class Invoker:
    """Runs functions in the worker; never raises because of what a function does."""

    def __init__(self, worker: WorkerChannel, bindings: InputOutputBindings, timeout: float | None) -> None:
        self._worker = worker
        self._bindings = bindings
        self._timeout = timeout

    async def invoke(
        self, function: FunctionMetadata, invocation: Invocation, invocation_id: str | None = None
    ) -> InvocationResult:
        """Run the function once, until it ends or its time is up."""
        id_ = invocation_id or str(uuid.uuid4())
        log.info("Executing '%s' (%s, id=%s)", function.name, invocation.reason, id_)
        start = time.monotonic()
        result = await self._run(function, invocation, id_)
        milliseconds = (time.monotonic() - start) * 1000
        if result.succeeded:
            log.info("Executed '%s' (succeeded, id=%s, %.0f ms)", function.name, id_, milliseconds)
        else:
            log.error("Executed '%s' (failed, id=%s, %.0f ms): %s", function.name, id_, milliseconds, result.error)
        return result

    async def _run(self, function: FunctionMetadata, invocation: Invocation, id_: str) -> InvocationResult:
        metadata = invocation.trigger_metadata
        try:
            inputs = [*invocation.inputs, *await self._bindings.read_inputs(function, metadata)]
            request = InvocationRequest(id_, function.id, inputs, metadata, invocation.retry, invocation.streams_http)
            response = await self._invoke_with_timeout(request)
            if "error" in response:
                return InvocationResult(id_, error=_error_text(response))
            await self._bindings.write_outputs(function, response["value"], response["outputs"], metadata)
        except TimeoutError:
            return InvocationResult(id_, error=f"Timeout value of {self._timeout:g} s exceeded.")
        except Exception as error:
            log.debug("the invocation %s failed outside the function", id_, exc_info=True)
            return InvocationResult(id_, error=f"{type(error).__name__}: {error}")
        return InvocationResult(id_, None, response["value"], response["outputs"])

    async def _invoke_with_timeout(self, request: InvocationRequest) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._worker.invoke(request)
        except TimeoutError:
            self._worker.notify("cancel", request.id)
            raise


def _error_text(response: Mapping[str, Any]) -> str:
    stack = str(response["stack"]).rstrip()
    return f"{response['error']}\n{stack}" if stack else str(response["error"])
