"""
What a chat turn costs the worker, beside a worker that only makes the same requests by the same SDK clients.

    python -m benchmarks chat_floor [--rounds 5] [--turns 60] [--before TREE]

The bare worker (`bare_turns/`) runs in the same runtime, repeats the requests of a recorded turn, and answers with its
events; it has none of the app's code. Turns with an answer of four pieces, and of 84 words, go to both in alternating
rounds: the ratio is what the app's own code adds to what its clients and the runtime cost. With `--before` they also go
to the app of another work tree, over the same storage, index and models.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.chat import PHOTOS, fill
from benchmarks.chat_load import AT_ONCE, at_once, through_app, worker_below
from benchmarks.library import wait_for_calibration
from benchmarks.relay import Relay, relaying
from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA, running_parts
from benchmarks.slow import slow_model
from tests.world import Process, World, running_beside, running_world

BARE = Path(__file__).with_name("bare_turns")
SETTINGS = {"SEMANTIC_RANKER": "off", "CHAT_TOKENS_PER_DAY": "1000000000"}


def figures(rounds: int, turns: int, before: Path | None = None) -> dict[str, Any]:
    """For each answer, milliseconds of processor time of a turn in each worker, and their ratio: medians of rounds."""
    captions = read_captions(DATA / "coco-captions.tsv")
    first = {image: texts[0] for image, texts in list(captions.items())[:PHOTOS]}
    questions = cycle(
        f"Show me: {text}" for number in range(1, 5) for text in (each[number] for each in captions.values())
    )
    measured: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        environment = stack.enter_context(running_parts(Path(name)))
        asyncio.run(fill(environment, first))
        slow = stack.enter_context(slow_model(environment["OPENAI_BASE_URL"]))
        for answer, models in (("four_pieces", environment["OPENAI_BASE_URL"].removesuffix("/v1")), ("words_84", slow)):
            folder = Path(name) / answer
            folder.mkdir()
            search = environment["AZURE_SEARCH_ENDPOINT"]
            measured[answer] = compared(folder, models, search, questions, rounds, turns, before)
    return measured


def compared(
    folder: Path,
    models: str,
    search: str,
    questions: Iterator[str],
    rounds: int,
    turns: int,
    before: Path | None,
) -> dict[str, Any]:
    """The figures of one answer."""
    with relaying(models, search) as (models_relay, search_relay):
        (folder / "recorded").mkdir()
        moved = {"OPENAI_BASE_URL": f"{models_relay.url}/v1", "AZURE_SEARCH_ENDPOINT": search_relay.url}
        with running_world(folder / "recorded", fast=True, **SETTINGS, **moved) as world:
            wait_for_calibration(world)
            recorded = recorded_turn(world, next(questions), models_relay, search_relay)
    path = folder / "turn.json"
    path.write_text(json.dumps(recorded), encoding="utf-8")
    (folder / "app").mkdir()
    direct = {"OPENAI_BASE_URL": f"{models}/v1", "AZURE_SEARCH_ENDPOINT": search}
    bare_settings = {"RECORDED_TURN": str(path)}
    with ExitStack() as stack:
        world = stack.enter_context(running_world(folder / "app", fast=True, **SETTINGS, **direct))
        hosts = {"app": world.host}
        hosts["bare"] = stack.enter_context(running_beside(world, folder, app_folder=BARE, settings=bare_settings))
        if before:
            (folder / "before").mkdir()
            hosts["before"] = stack.enter_context(running_beside(world, folder / "before", app_folder=before))
        workers = {name: (host.url, worker_of(host)) for name, host in hosts.items()}
        spent: dict[str, list[float]] = {name: [] for name in workers}
        for url, _ in workers.values():
            asyncio.run(at_once(through_app(url), [next(questions) for _ in range(60)], AT_ONCE))
        for number in range(rounds):
            for name, (url, worker) in list(workers.items())[:: -1 if number % 2 else 1]:
                spent[name].append(cost(url, worker, [next(questions) for _ in range(turns)]))
    ratios = [app / bare for app, bare in zip(spent["app"], spent["bare"], strict=True)]
    return {
        "requests": {"embeddings": 1, "searches": len(recorded["searches"]), "completions": 1, "writes": 2},
        "events": len(recorded["events"]),
        **{f"{name}_ms": round(statistics.median(values), 1) for name, values in spent.items()},
        "ratio": round(statistics.median(ratios), 2),
        "rounds": rounds,
        "turns": turns,
        "load": round(os.getloadavg()[0], 1),
    }


def worker_of(host: Process) -> psutil.Process:
    assert host.running
    return worker_below(host.running.pid)


def recorded_turn(world: World, question: str, models: Relay, search: Relay) -> dict[str, Any]:
    """The requests of a turn, and its answer in three kinds of parts: the first event, one for each piece, the rest."""
    for relay in (models, search):
        relay.recent.clear()
    body = {"messages": [{"role": "user", "content": question}], "stream": True}
    text = httpx.post(f"{world.http.base_url}/v1/chat/completions", json=body, timeout=60, trust_env=False).text
    first, *others = [f"{event}\n\n" for event in text.split("\n\n") if event]
    words = [event for event in others if '"delta": {"content": ' in event]
    return {
        **{name: models.last[name] for name in ("embeddings", "completions")},
        "searches": list(search.recent),
        "events": [first, *words, "".join(event for event in others if event not in words)],
    }


def cost(url: str, worker: psutil.Process, questions: Sequence[str]) -> float:
    """Milliseconds of processor time that a turn takes of this worker."""
    before = worker.cpu_times()
    asyncio.run(at_once(through_app(url), questions, AT_ONCE))
    after = worker.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system) / len(questions)


def show(measured: dict[str, Any]) -> None:
    """The figures as lines."""
    for answer, each in measured.items():
        print(
            f"{answer:<12} app {each['app_ms']:5.1f} ms, bare {each['bare_ms']:5.1f} ms, ratio {each['ratio']} "
            + (f"before {each['before_ms']:5.1f} ms " if "before_ms" in each else "")
            + f"({each['rounds']} rounds of {each['turns']} turns, {each['requests']}, load {each['load']})"
        )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks chat_floor")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--turns", type=int, default=60)
    options.add_argument("--before", type=Path, metavar="TREE", help="a work tree whose app is measured as well")
    arguments = options.parse_args()
    show(figures(arguments.rounds, arguments.turns, arguments.before))
