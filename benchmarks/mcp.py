"""
What `/mcp` costs beside `/api/search`, alone and with 50 clients at once, and when a call ends whose client has left.

    python -m benchmarks mcp [--pairs 200] [--rounds 5]

Both are asked for the same photos in turn, so that other work on the machine disturbs both alike. The targets: at most
15 ms more, a 95th percentile within 1.2 times, and 1 s.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from tests.query.conftest import QueryWorld, running_query_world
from tests.query.scripted_model import Round, chunk

CLIENTS, TOP, WORDS = 50, 10, "bicycle on the beach"
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
LONGEST = 60  # seconds that a client waits
Ask = Callable[[httpx.AsyncClient], Awaitable[float]]


def message(name: str, **arguments: Any) -> dict[str, Any]:
    """A call of a tool."""
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


async def timed(answer: Awaitable[httpx.Response], began: float) -> float:
    """Milliseconds until the whole answer is there; an error ends the benchmark."""
    got = await answer
    taken = (time.perf_counter() - began) * 1000
    got.raise_for_status()
    assert '"isError":true' not in got.text, got.text
    return taken


async def search(http: httpx.AsyncClient) -> float:
    return await timed(http.get("/api/search", params={"q": WORDS, "top": TOP}), time.perf_counter())


async def search_by_mcp(http: httpx.AsyncClient) -> float:
    body = message("search_photos", q=WORDS, top=TOP)
    return await timed(http.post("/mcp", json=body, headers=HEADERS), time.perf_counter())


async def pairs(http: httpx.AsyncClient, count: int) -> None:
    """Print the medians of pairs, each way first in every second one."""
    times: dict[Ask, list[float]] = {search: [], search_by_mcp: []}
    for number in range(count + 5):
        for ask in (search, search_by_mcp) if number % 2 else (search_by_mcp, search):
            taken = await ask(http)
            if number >= 5:
                times[ask].append(taken)
    plain, by_mcp = (statistics.median(each) for each in times.values())
    more = statistics.median(one - other for other, one in zip(*times.values(), strict=True))
    print(f"| {count} pairs, median ms | {plain:.1f} | {by_mcp:.1f} | {more:+.1f} ms |")


async def crowd(address: str, rounds: int) -> None:
    """Print the 95th percentiles of so many clients at once, in rounds of either kind."""
    times: dict[Ask, list[float]] = {search: [], search_by_mcp: []}
    clients = [httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) for _ in range(CLIENTS)]
    for number in range(rounds + 1):
        for ask in (search, search_by_mcp) if number % 2 else (search_by_mcp, search):
            taken = await asyncio.gather(*(ask(each) for each in clients))
            if number:
                times[ask] += taken
    await asyncio.gather(*(each.aclose() for each in clients))
    plain, by_mcp = (statistics.quantiles(each, n=20)[-1] for each in times.values())
    print(f"| {CLIENTS} at once, 95th percentile ms | {plain:.0f} | {by_mcp:.0f} | {by_mcp / plain:.2f} |")


async def leaving(query_world: QueryWorld, address: str) -> None:
    """Print how long the model is still asked after the client of a call has left."""
    model = query_world.model
    model.script(Round([chunk(content="word ")] * 3600, pause=0.02))
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) as http:
        call = asyncio.ensure_future(http.post("/mcp", json=message("ask_photos", question="boats?"), headers=HEADERS))
        await until(lambda: bool(model.requests))
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        left = time.monotonic()
        await until(lambda: model.abandoned > 0)
        print(f"| a call whose client has left ends | | {time.monotonic() - left:.2f} s | |")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does, to 5 ms."""
    async with asyncio.timeout(LONGEST):
        while not condition():  # noqa: ASYNC110 - it is counted in a thread of the scripted model's
            await asyncio.sleep(0.005)


async def measure(query_world: QueryWorld, count: int, rounds: int) -> None:
    address = str(query_world.world.http.base_url)
    print("| | /api/search | /mcp | |\n|---|---|---|---|")
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) as http:
        await pairs(http, count)
    await crowd(address, rounds)
    await leaving(query_world, address)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mcp", description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_query_world(Path(folder)) as query_world:
        asyncio.run(measure(query_world, options.pairs, options.rounds))
    return 0
