"""
Obeys the host, frame by frame, until the host is gone.

Frames are pickled tuples: (number, verb, argument) come in, (number, answer) go out.
"""

import asyncio
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

from .calls import abandon, cancel, forget, invoke
from .indexing import index, serve_every_path
from .logs import start_logging


def frames(pipe: socket.socket) -> Iterator[Any]:
    """Frames until the host is gone."""
    with pipe.makefile("rb") as stream:
        while header := stream.read(8):
            yield pickle.loads(stream.read(struct.unpack("!Q", header)[0]))  # noqa: S301 - from our own host


def send(pipe: socket.socket, frame: object) -> None:
    content = pickle.dumps(frame)
    pipe.sendall(struct.pack("!Q", len(content)) + content)


ANSWERED: dict[str, Callable[[Any], Coroutine[Any, Any, Any]]] = {"index": index, "invoke": invoke}
UNANSWERED: dict[str, Callable[[str], None]] = {"abandon": abandon, "forget": forget, "cancel": cancel}


async def answer(pipe: socket.socket, number: int, work: Coroutine[Any, Any, Any]) -> None:
    send(pipe, (number, await work))


def serve(pipe: socket.socket) -> None:
    """Obey frames until the host closes the socket, then end whatever still runs."""
    loop = asyncio.new_event_loop()
    kept: set[asyncio.Task[None]] = set()

    def obey(number: int, verb: str, argument: Any) -> None:
        if verb in UNANSWERED:
            UNANSWERED[verb](argument)
            return
        task = loop.create_task(answer(pipe, number, ANSWERED[verb](argument)))
        kept.add(task)
        task.add_done_callback(kept.discard)

    def run() -> None:
        # Off the main thread, where uvicorn would take the signals for itself.
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            os._exit(1)

    threading.Thread(target=run, name="worker", daemon=True).start()
    for frame in frames(pipe):
        loop.call_soon_threadsafe(obey, *frame)


def main() -> None:
    descriptor, app, level = sys.argv[1:]
    # Ctrl-C reaches the whole group: the host decides when the worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.path[:0] = [app, str(Path(app) / ".python_packages" / "lib" / "site-packages")]
    start_logging(level)
    serve_every_path()
    serve(socket.socket(fileno=int(descriptor)))
    # Not sys.exit: threads of the app may never end.
    os._exit(0)
