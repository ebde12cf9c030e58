"""The host's end of the worker process: index the app, call its functions, notice its death."""

import asyncio
import itertools
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CannotRun

_SCRIPT = Path(__file__).with_name("worker_process") / "__main__.py"
_INDEXING_LIMIT = 120.0
_INDEXING = 1

Data = tuple[str, Any]
"""A value for or from a function: its kind (string, bytes, json, http, ...) and the value."""


class WorkerDied(Exception):
    """The worker process ended while work was under way."""


@dataclass(frozen=True)
class Indexed:
    """What the worker found: functions as it describes them, and where it serves HTTP streams."""

    functions: list[dict[str, Any]]
    http_address: str | None


@dataclass(frozen=True)
class Call:
    """One invocation; `streams` says that the function's HTTP request travels outside of it."""

    id: str
    function: str
    inputs: list[tuple[str, Data]]
    metadata: Mapping[str, Data] = field(default_factory=dict)
    retry: tuple[int, int, str] = (0, 0, "")
    streams: bool = False


class Worker:
    """A running worker process; every method belongs to the loop that started it."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: socket.socket) -> None:
        self.process = process
        self.died: asyncio.Future[int] = asyncio.Future()
        self._pipe = pipe
        self._numbers = itertools.count(_INDEXING + 1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    def start(cls, app: Path, environment: Mapping[str, str], level: str) -> "Worker":
        """Start the process; it begins importing before the host has finished doing so."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", str(_SCRIPT), str(theirs.fileno()), str(app), level]
        process = subprocess.Popen(  # noqa: S603 - our own script
            command,
            cwd=app,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        ours.sendall(_frame((_INDEXING, "index", str(app))))
        return cls(process, ours)

    async def index(self) -> Indexed:
        """What importing the app has found; CannotRun carries the worker's own error in full."""
        reader, self._writer = await asyncio.open_connection(sock=self._pipe)
        answer = self._waiting[_INDEXING] = asyncio.Future()
        self._reading = asyncio.create_task(self._read(reader))
        try:
            async with asyncio.timeout(_INDEXING_LIMIT):
                found = await answer
        except TimeoutError:
            raise CannotRun(f"Importing the app took longer than {_INDEXING_LIMIT:.0f} seconds.") from None
        except WorkerDied:
            raise CannotRun("The worker process ended while it imported the app; see above.") from None
        if "error" in found:
            raise CannotRun(f"The app cannot be indexed. The worker says:\n\n{found['error'].rstrip()}\n")
        return Indexed(found["functions"], found["http"])

    async def invoke(self, call: Call) -> dict[str, Any]:
        """The function's `value` and `outputs`, or its `error` and `stack`; raises WorkerDied."""
        answer: dict[str, Any] = await self._ask("invoke", vars(call))
        return answer

    def tell(self, verb: str, invocation_id: str) -> None:
        """`abandon`, `forget` or `cancel` an invocation; nothing comes back."""
        if self._writer is not None and not self.died.done():
            self._send((0, verb, invocation_id))

    async def stop(self) -> None:
        """End the process, whatever it still does."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._pipe.close()
        try:
            await asyncio.to_thread(self.process.wait, 2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
        if self._reading is not None:
            await self._reading

    async def _ask(self, verb: str, argument: object) -> Any:
        if self.died.done():
            raise WorkerDied("the worker process has ended")
        number = next(self._numbers)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._send((number, verb, argument))
            return await future
        finally:
            del self._waiting[number]

    def _send(self, frame: object) -> None:
        assert self._writer is not None
        self._writer.write(_frame(frame))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (size,) = struct.unpack("!Q", await reader.readexactly(8))
                number, value = pickle.loads(await reader.readexactly(size))  # noqa: S301 - our own child
                if (future := self._waiting.get(number)) and not future.done():
                    future.set_result(value)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._bury()

    async def _bury(self) -> None:
        code = await asyncio.to_thread(self.process.wait)
        self.died.set_result(code)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(WorkerDied(f"the worker process ended with code {code}"))


def _frame(content: object) -> bytes:
    pickled = pickle.dumps(content)
    return struct.pack("!Q", len(pickled)) + pickled
