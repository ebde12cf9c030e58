"""Relays between the app and its services: what passes is remembered, so that it can be sent again directly."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.machine import free_port

HOP = {"host", "content-length", "connection", "transfer-encoding", "keep-alive", "content-encoding", "accept-encoding"}


class Relay:
    """Passes everything on to one service and keeps the last request body by the end of its path."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.last: dict[str, tuple[str, dict[str, Any]]] = {}
        self.recent: deque[tuple[str, dict[str, Any]]] = deque(maxlen=20)  # the same in order

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.method == "POST" and body:
            call = (str(request.rel_url), json.loads(body))
            self.last[request.path.rpartition("/")[2]] = call
            self.recent.append(call)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        target = self._upstream + str(request.rel_url)
        async with self._session.request(request.method, target, data=body, headers=headers) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            return response

    async def serve(self, ready: threading.Event, done: asyncio.Event) -> None:
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as self._session:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            ready.set()
            await done.wait()
            await runner.cleanup()


@contextmanager
def relaying(*upstreams: str) -> Iterator[list[Relay]]:
    """One relay for each service, on a loop and in a thread of their own."""
    relays = [Relay(each) for each in upstreams]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    done = asyncio.Event()
    tasks = []
    for relay in relays:
        ready = threading.Event()
        tasks.append(asyncio.run_coroutine_threadsafe(relay.serve(ready, done), loop))
        ready.wait(10)
    try:
        yield relays
    finally:
        loop.call_soon_threadsafe(done.set)
        for task in tasks:
            task.result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
