"""Running a function: its inputs fetched, its time limited, its outputs delivered, one line about each run."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .bound_data import BoundData
from .functions import Function
from .worker import Call, Data, Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended; `value` is what it returned, `outputs` its other results."""

    id: str
    error: str | None = None
    value: Data | None = None
    outputs: Mapping[str, Data] | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Start:
    """What an invocation begins with; `reason` is for the log."""

    reason: str
    inputs: tuple[tuple[str, Data], ...]
    metadata: Mapping[str, Data]
    retry: tuple[int, int, str] = (0, 0, "")
    streams: bool = False


class Invoker:
    """Runs functions in the worker; never raises for what a function does."""

    def __init__(self, worker: Worker, bound: BoundData, timeout: float | None) -> None:
        self._worker = worker
        self._bound = bound
        self._timeout = timeout

    async def invoke(self, function: Function, start: Start, invocation_id: str | None = None) -> Outcome:
        """Run the function once, to its end or to the time limit."""
        identity = invocation_id or str(uuid.uuid4())
        log.info("Executing '%s' (%s, id=%s)", function.name, start.reason, identity)
        began = time.monotonic()
        outcome = await self._run(function, start, identity)
        took = (time.monotonic() - began) * 1000
        if outcome.succeeded:
            log.info("Executed '%s' (succeeded, id=%s, %.0f ms)", function.name, identity, took)
        else:
            log.error("Executed '%s' (failed, id=%s, %.0f ms): %s", function.name, identity, took, outcome.error)
        return outcome

    async def _run(self, function: Function, start: Start, identity: str) -> Outcome:
        try:
            inputs = [*start.inputs, *await self._bound.read(function, start.metadata)]
            call = Call(identity, function.id, inputs, start.metadata, start.retry, start.streams)
            answer = await self._limited(call)
            if "error" in answer:
                return Outcome(identity, error=_report(answer))
            await self._bound.write(function, answer["value"], answer["outputs"], start.metadata)
        except TimeoutError:
            return Outcome(identity, error=f"Timeout value of {self._timeout:g} s exceeded.")
        except Exception as error:
            log.debug("the invocation %s broke", identity, exc_info=True)
            return Outcome(identity, error=f"{type(error).__name__}: {error}")
        return Outcome(identity, None, answer["value"], answer["outputs"])

    async def _limited(self, call: Call) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._worker.invoke(call)
        except TimeoutError:
            self._worker.tell("cancel", call.id)
            raise


def _report(answer: Mapping[str, Any]) -> str:
    stack = str(answer["stack"]).rstrip()
    return f"{answer['error']}\n{stack}" if stack else str(answer["error"])
