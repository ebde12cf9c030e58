"""
Serves the host's requests until the host is gone.

Frames are pickled tuples: (request id, verb, argument) come in, (request id, response) go out.
"""

import asyncio
import atexit
import os
import pickle
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from .indexing import index, remove_fastapi_pages
from .invocations import abandon, cancel, forget, invoke
from .logs import start_logging

_MAX_SECONDS_TO_STOP = 5  # a function that blocks the event loop keeps it from stopping

_REQUESTS: dict[str, Callable[[Any], Coroutine[Any, Any, Any]]] = {"index": index, "invoke": invoke}
_NOTIFICATIONS: dict[str, Callable[[str], None]] = {"abandon": abandon, "forget": forget, "cancel": cancel}


def _read_frames(pipe: socket.socket) -> Iterator[Any]:
    """Frames until the host is gone."""
    with pipe.makefile("rb") as stream:
        while header := stream.read(8):
            yield pickle.loads(stream.read(struct.unpack("!Q", header)[0]))  # noqa: S301 - from our own host


def _send_frame(pipe: socket.socket, frame: object) -> None:
    content = pickle.dumps(frame)
    pipe.sendall(struct.pack("!Q", len(content)) + content)


async def _respond(pipe: socket.socket, request_id: int, work: Coroutine[Any, Any, Any]) -> None:
    _send_frame(pipe, (request_id, await work))


def _serve(pipe: socket.socket) -> None:
    """Handle frames until the host closes the socket."""
    loop = asyncio.new_event_loop()
    tasks: set[asyncio.Task[None]] = set()
    is_ending = threading.Event()

    def handle(request_id: int, verb: str, argument: Any) -> None:
        if verb in _NOTIFICATIONS:
            _NOTIFICATIONS[verb](argument)
            return
        task = loop.create_task(_respond(pipe, request_id, _REQUESTS[verb](argument)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def run_loop() -> None:
        # Not on the main thread, where uvicorn would handle the signals itself.
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            if not is_ending.is_set():
                os._exit(1)

    worker = threading.Thread(target=run_loop, name="worker", daemon=True)
    worker.start()
    for frame in _read_frames(pipe):
        loop.call_soon_threadsafe(handle, *frame)
    # What runs ends here, as nobody waits for it and another worker will do it again.
    is_ending.set()
    loop.call_soon_threadsafe(loop.stop)
    worker.join(_MAX_SECONDS_TO_STOP)


def main() -> None:
    descriptor, app, log_level = sys.argv[1:]
    # Ctrl-C reaches the whole process group, but the host decides when the worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.path[:0] = [app, str(Path(app) / ".python_packages" / "lib" / "site-packages")]
    start_logging(log_level)
    remove_fastapi_pages()
    _serve(socket.socket(fileno=int(descriptor)))
    # What the app has registered for its end, such as to send its telemetry, runs as in Azure's worker.
    atexit._run_exitfuncs()
    # Not sys.exit: threads of the app may never end.
    os._exit(0)
