"""The host's end of the worker process: index the app, invoke its functions, notice when the process exits."""

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
from typing import Any, Self

from local.host.errors import HostStartupError

_SCRIPT = Path(__file__).with_name("worker_process") / "__main__.py"
_INDEXING_TIMEOUT = 120.0
_INDEXING_REQUEST = 1

TypedData = tuple[str, Any]
"""A value for or from a function: its kind (string, bytes, json, http, ...) and the value."""


class WorkerExited(Exception):
    """The worker process ended while work was under way."""


@dataclass(frozen=True)
class IndexingResult:
    """What indexing the app produced: descriptions of its functions, and where the worker streams HTTP."""

    functions: list[dict[str, Any]]
    http_address: str | None


@dataclass(frozen=True)
class InvocationRequest:
    """One invocation; with `streams_http`, the function's HTTP request reaches the worker separately."""

    id: str
    function_id: str
    inputs: list[tuple[str, TypedData]]
    trigger_metadata: Mapping[str, TypedData] = field(default_factory=dict)
    retry: tuple[int, int, str] = (0, 0, "")
    streams_http: bool = False


class WorkerChannel:
    """A running worker process; every method belongs to the event loop that started it."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: socket.socket) -> None:
        self.process = process
        self.exited: asyncio.Future[int] = asyncio.Future()
        self._pipe = pipe
        self._request_ids = itertools.count(_INDEXING_REQUEST + 1)
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reader_task: asyncio.Task[None] | None = None

    @classmethod
    def start(cls, app: Path, environment: Mapping[str, str], log_level: str) -> Self:
        """Start the process; it begins importing before the host has finished doing so."""
        host_end, worker_end = socket.socketpair()
        command = [sys.executable, "-P", str(_SCRIPT), str(worker_end.fileno()), str(app), log_level]
        process = subprocess.Popen(  # noqa: S603 - our own script
            command,
            cwd=app,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            pass_fds=[worker_end.fileno()],
            stdin=subprocess.DEVNULL,
        )
        worker_end.close()
        host_end.sendall(_encode_frame((_INDEXING_REQUEST, "index", str(app))))
        return cls(process, host_end)

    async def index(self) -> IndexingResult:
        """The result of importing the app; HostStartupError carries the worker's own error in full."""
        reader, self._writer = await asyncio.open_connection(sock=self._pipe)
        future = self._pending[_INDEXING_REQUEST] = asyncio.Future()
        self._reader_task = asyncio.create_task(self._read_responses(reader))
        try:
            async with asyncio.timeout(_INDEXING_TIMEOUT):
                response = await future
        except TimeoutError:
            raise HostStartupError(f"Importing the app took longer than {_INDEXING_TIMEOUT:.0f} seconds.") from None
        except WorkerExited:
            raise HostStartupError("The worker process ended while importing the app; see above.") from None
        if "error" in response:
            raise HostStartupError(f"The app cannot be indexed. The worker says:\n\n{response['error'].rstrip()}\n")
        return IndexingResult(response["functions"], response["http"])

    async def invoke(self, request: InvocationRequest) -> dict[str, Any]:
        """The function's `value` and `outputs`, or its `error` and `stack`; raises WorkerExited."""
        response: dict[str, Any] = await self._request("invoke", vars(request))
        return response

    def notify(self, verb: str, invocation_id: str) -> None:
        """`abandon`, `forget` or `cancel` an invocation; there is no response."""
        if self._writer is not None and not self.exited.done():
            self._send((0, verb, invocation_id))

    async def stop(self) -> None:
        """End the process, whatever it is still doing."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._pipe.close()
        try:
            await asyncio.to_thread(self.process.wait, 2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
        if self._reader_task is not None:
            await self._reader_task

    async def _request(self, verb: str, argument: object) -> Any:
        if self.exited.done():
            raise WorkerExited("the worker process has ended")
        request_id = next(self._request_ids)
        future = asyncio.get_running_loop().create_future()
        self._pending[request_id] = future
        try:
            self._send((request_id, verb, argument))
            return await future
        finally:
            del self._pending[request_id]

    def _send(self, frame: object) -> None:
        assert self._writer is not None
        self._writer.write(_encode_frame(frame))

    async def _read_responses(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (size,) = struct.unpack("!Q", await reader.readexactly(8))
                request_id, response = pickle.loads(await reader.readexactly(size))  # noqa: S301 - our own child
                if (future := self._pending.get(request_id)) and not future.done():
                    future.set_result(response)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._fail_pending()

    async def _fail_pending(self) -> None:
        code = await asyncio.to_thread(self.process.wait)
        self.exited.set_result(code)
        for future in self._pending.values():
            if not future.done():
                future.set_exception(WorkerExited(f"the worker process ended with code {code}"))


def _encode_frame(content: object) -> bytes:
    pickled = pickle.dumps(content)
    return struct.pack("!Q", len(pickled)) + pickled
