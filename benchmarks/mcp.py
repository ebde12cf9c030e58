"""
What `/mcp` costs beside `/api/search`, alone and with 50 clients at once, and when a call ends whose client has left.

    python -m benchmarks mcp [--pairs 200] [--rounds 20]

The ways take turns, so that other work on the machine disturbs all alike, over the same connections, for the same ten
photos, which is checked. `/api/search` counts no facets here, as `search_photos` counts none; what else differs is each
way's own: whole records, packed, against facts for a model, as data and as text. Where 50 ask at once, all wait for the
slowest part, so their times are one observation and not 50: each round has its own 95th percentile, told beside that of
`/api/search` in the same round, with the quartiles of the rounds' ratios. Processor time is that of app and host.

The targets: at most 15 ms more, a 95th percentile within 1.2 times, and 1 s.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from benchmarks.processor_time import processor_seconds
from shared.photo import Photo
from tests.query.conftest import QueryWorld, running_query_world
from tests.query.photos import library, photo
from tests.query.scripted_model import Round, chunk

CLIENTS, TOP, WORDS = 50, 10, "red bicycle on the beach"
ACCEPT = {"Accept": "application/json, text/event-stream"}
HANDSHAKE, MODERN = "2025-11-25", "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
LONGEST = 60  # seconds that a client waits
WARM_UP = 2  # rounds of each way that do not count
APP = ("local.host", "worker_process")  # the host's process, and that of the app
Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


def photos() -> list[Photo]:
    """The library of the tests, and more bicycles than one page holds."""
    caption = "A red bicycle leans against a wooden fence on the beach, with waves behind it and a cloudy sky. " * 6
    tags = ["bicycle", "red", "beach", "fence", "waves", "sky", "clouds", "sand", "summer", "outdoors"]
    return library() + [
        photo(f"2024/coast/IMG_{number}.jpg", title=f"Red bicycle on the beach {number}", caption=caption, tags=tags)
        for number in range(2 * TOP)
    ]


def call(http: httpx.AsyncClient, protocol: str, name: str, **arguments: Any) -> Awaitable[httpx.Response]:
    """A call of a tool, as a client of this version sends it."""
    params = {"name": name, "arguments": arguments} | ({"_meta": META} if protocol == MODERN else {})
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": name} if protocol == MODERN else {}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return http.post("/mcp", json=message, headers=ACCEPT | {"MCP-Protocol-Version": protocol} | headers)


WAYS: dict[str, Ask] = {
    "/api/search": lambda http: http.get("/api/search", params={"q": WORDS, "top": TOP, "facets": False, "fold": True}),
    f"/mcp {HANDSHAKE}": lambda http: call(http, HANDSHAKE, "search_photos", q=WORDS, top=TOP),
    f"/mcp {MODERN}": lambda http: call(http, MODERN, "search_photos", q=WORDS, top=TOP),
}
PLAIN, *BY_MCP = WAYS


async def timed(ask: Ask, http: httpx.AsyncClient) -> float:
    """Milliseconds until the whole answer is there; an error ends the benchmark."""
    began = time.perf_counter()
    got = await ask(http)
    taken = (time.perf_counter() - began) * 1000
    got.raise_for_status()
    assert '"isError":true' not in got.text, got.text
    return taken


def in_turn(number: int) -> Sequence[str]:
    """The ways in an order in which each is first, and follows each, equally often."""
    names = [*WAYS, *WAYS][number % len(WAYS) :][: len(WAYS)]
    return names if number // len(WAYS) % 2 else names[::-1]


async def same_photos(http: httpx.AsyncClient) -> None:
    """Check that all ways find the same photos, and print how long their answers are."""
    ids, sizes = [], []
    for ask in WAYS.values():
        got = await ask(http)
        answer = got.raise_for_status().json()
        found = answer["result"]["structuredContent"] if "result" in answer else answer
        ids.append([each["id"] for each in found["photos"]])
        sizes.append(f"{len(got.content) / 1000:.1f}")
    assert len(ids[0]) == TOP, f"{len(ids[0])} photos are found"
    assert all(one == other for one, other in pairwise(ids)), ids
    row("answer, kB unpacked", sizes)


async def one_by_one(http: httpx.AsyncClient, count: int) -> None:
    """Print the medians of so many calls of each way, one after the other."""
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(count + WARM_UP):
        for name in in_turn(number):
            taken = await timed(WAYS[name], http)
            if number >= WARM_UP:
                times[name].append(taken)
    row(f"{count} of each, one by one: median ms", [f"{statistics.median(times[name]):.1f}" for name in WAYS])
    more = [statistics.median(b - a for a, b in zip(times[PLAIN], times[name], strict=True)) for name in BY_MCP]
    row("more, median of pairs, ms", ["", *(f"{each:+.1f}" for each in more)])


async def at_once(address: str, rounds: int) -> None:
    """Print 95th percentiles of so many clients at once, their ratios, and the processor's time."""
    tails: dict[str, list[float]] = {name: [] for name in WAYS}
    seconds = dict.fromkeys(WAYS, 0.0)
    clients = [httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) for _ in range(CLIENTS)]
    for number in range(rounds + WARM_UP):
        for name in in_turn(number):
            before = app_seconds()
            taken = await asyncio.gather(*(timed(WAYS[name], each) for each in clients))
            if number >= WARM_UP:
                tails[name].append(statistics.quantiles(taken, n=20)[-1])
                seconds[name] += app_seconds() - before
    await asyncio.gather(*(each.aclose() for each in clients))
    row(
        f"{CLIENTS} at once: 95th percentile ms, median of {rounds}",
        [f"{statistics.median(tails[name]):.0f}" for name in WAYS],
    )
    ratios = [[b / a for a, b in zip(tails[PLAIN], tails[name], strict=True)] for name in BY_MCP]
    row("of /api/search in the same round", ["", *map(spread, ratios)])
    row("processor ms of a call", [f"{seconds[name] * 1000 / rounds / CLIENTS:.1f}" for name in WAYS])


def app_seconds() -> float:
    """Processor time of app and host until now."""
    used = processor_seconds()
    return sum(used[part] for part in APP)


def spread(ratios: list[float]) -> str:
    """The median with both quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


async def leaving(query_world: QueryWorld, address: str) -> None:
    """Print how long the model is still asked after the client of a call has left."""
    model, ends = query_world.model, [""]
    for protocol in (HANDSHAKE, MODERN):
        model.script(Round([chunk(content="word ")] * 3600, pause=0.02))
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) as http:
            asking = asyncio.ensure_future(call(http, protocol, "ask_photos", question="boats?"))
            await until(lambda: bool(model.requests))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            left = time.monotonic()
            await until(lambda: model.abandoned > 0)
            ends.append(f"{time.monotonic() - left:.2f}")
    row("a call whose client has left ends, s", ends)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does, to 5 ms."""
    async with asyncio.timeout(LONGEST):
        while not condition():  # noqa: ASYNC110 - it is counted in a thread of the scripted model's
            await asyncio.sleep(0.005)


def row(title: str, values: Sequence[str]) -> None:
    print(f"| {title} | {' | '.join(values)} |", flush=True)


async def measure(query_world: QueryWorld, count: int, rounds: int) -> None:
    address = str(query_world.world.http.base_url)
    row("", list(WAYS))
    print(f"|---{'|---:' * len(WAYS)}|")
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=LONGEST) as http:
        await same_photos(http)
        await one_by_one(http, count)
    await at_once(address, rounds)
    await leaving(query_world, address)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mcp", description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_query_world(Path(folder), photos()) as query_world:
        asyncio.run(measure(query_world, options.pairs, options.rounds))
    return 0
