"""Clients that send little or nothing are let go; those that are at work are not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from local.host.http.responses import RequestBodyTooSlow, body_chunks
from local.host.http.server import HostServer


def request(pieces: Sequence[bytes], pause: float) -> Any:
    async def iter_any() -> AsyncIterator[bytes]:
        for piece in pieces:
            await asyncio.sleep(pause)
            yield piece

    return SimpleNamespace(content=SimpleNamespace(iter_any=iter_any))


async def test_a_body_that_trickles_is_cut_off() -> None:
    chunks = body_chunks(request([b"x"] * 1000, pause=0.02), rate=1000, grace=0.1)

    with pytest.raises(RequestBodyTooSlow):
        assert len([chunk async for chunk in chunks]) < 1000


async def test_a_body_that_arrives_in_time_passes() -> None:
    chunks = body_chunks(request([b"x"] * 3, pause=0.01), rate=1000, grace=30)

    assert [chunk async for chunk in chunks] == [b"x"] * 3


async def test_a_connection_without_a_request_is_closed_and_one_at_work_is_not() -> None:
    release = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await release.wait()
        return web.Response(text="late")

    runner = web.ServerRunner(HostServer(handle, headers_timeout=0.2))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        busy_reader, busy = await asyncio.open_connection("127.0.0.1", port)
        busy.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        slow_reader, slow = await asyncio.open_connection("127.0.0.1", port)
        slow.write(b"GET / HTTP/1.1\r\nHost: a\r\n")

        assert await asyncio.wait_for(slow_reader.read(), 30) == b""
        release.set()
        assert (await asyncio.wait_for(busy_reader.read(), 30)).endswith(b"late")
        for writer in (busy, slow):
            writer.close()
    finally:
        await runner.cleanup()
