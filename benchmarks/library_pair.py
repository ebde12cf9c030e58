"""
How fast `GET /api/search` is over a large library in two trees of this repository, asked in turns.

    python -m benchmarks library_pair TREE [--photos N] [--rounds N]

TREE is another work tree, such as one that `git worktree add` makes of an older version, with packages to run by. Both
run whole, each with the same made-up photos; both are asked the same queries, one after the other, as other work on the
machine slows both: compare the ratios, not the times. Beside the times is the processor time of each search. Each is
asked by the client that its own `library.py` has, which takes time of the same cores.
"""

import argparse
import asyncio
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve()
ASKED = 48  # queries of a turn
WAYS: dict[str, dict[str, str]] = {
    "keywords": {"mode": "keyword"},
    "keywords, no facets": {"mode": "keyword", "facets": "false"},
    "hybrid": {"mode": "hybrid"},
}


@dataclass(frozen=True)
class Turn:
    """What queries took: seconds of each, and seconds of processor time a query, by the part that used them."""

    times: Sequence[float]
    busy: dict[str, float]

    @property
    def late(self) -> float:
        """What nineteen in twenty queries stay below."""
        return sorted(self.times)[int(len(self.times) * 0.95)]


class RunningTree:
    """A tree that runs in a process of its own, from its own source."""

    def __init__(self, tree: Path, photos: int) -> None:
        python = tree / ".venv/bin/python"
        self._process = subprocess.Popen(
            [python if python.exists() else sys.executable, "-P", HERE, "--serve", str(photos)],
            cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def read(self) -> Any:
        """The next answer, a line of JSON among what else is printed."""
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(('{"ready"', '{"times"')):
                return json.loads(line)
        raise RuntimeError("the tree does not run any more")

    def ask(self, options: dict[str, str]) -> Turn:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(options) + "\n")
        self._process.stdin.flush()
        return Turn(**self.read())

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def serve(count: int) -> None:
    """Run the tree that is on the path, and ask it what stands on each line of standard input."""
    from tests.world import running_world, settings  # noqa: PLC0415 - of the tree that is measured

    library: Any = importlib.import_module("benchmarks.library")  # likewise, which may lack what ours has

    texts = list(library.read_captions(library.DATA / "coco-captions.tsv").values())
    captions = [each[0] for each in texts[: library.BASE]]
    queries = [each[number] for number in range(1, 5) for each in texts if len(each) > number][-3000:]
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder), fast=True, SEMANTIC_RANKER="on") as world:
        vectors = asyncio.run(library.vectors_of(settings(world.azurite, world.models_url, world.search_url), captions))
        library.load_index(world.search_url, library.photos(count, captions, vectors), len(vectors[0]))
        if wait := getattr(library, "wait_for_calibration", None):
            wait(world)
        address, asked = str(world.http.base_url), ASKED
        asyncio.run(library.asked(address, queries[:asked]))
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            part = [queries[(asked + number) % len(queries)] for number in range(ASKED)]
            asked += ASKED
            before = _busy(world)
            times = asyncio.run(library.asked(address, part, **json.loads(line)))
            busy = {name: (spent - before[name]) / ASKED for name, spent in _busy(world).items()}
            print(json.dumps({"times": times, "busy": busy}), flush=True)


def _busy(world: Any) -> dict[str, float]:
    """Seconds of processor time of each part and all below it, so far."""
    busy = {}
    for name in ("host", "search", "models"):
        part = psutil.Process(getattr(world, name).running.pid)
        times = [each.cpu_times() for each in (part, *part.children(recursive=True))]
        busy[name] = sum(each.user + each.system for each in times)
    return busy


def show(way: str, theirs: Sequence[Turn], ours: Sequence[Turn]) -> None:
    for name, turns in (("theirs", theirs), ("ours", ours)):
        busy = {part: 1000 * statistics.median(each.busy[part] for each in turns) for part in turns[0].busy}
        whole = Turn([time for each in turns for time in each.times], {})
        parts = "   ".join(f"{part} {spent:.1f}" for part, spent in busy.items())
        median = statistics.median(whole.times)
        print(
            f"  {way:<20} {name:<7} median {1000 * median:5.0f} ms   p95 {1000 * whole.late:5.0f} ms"
            f"   processor {sum(busy.values()):5.1f} ms   ({parts})"
        )
    pairs = list(zip(theirs, ours, strict=True))
    median = statistics.median(statistics.median(b.times) / statistics.median(a.times) for a, b in pairs)
    late = statistics.median(b.late / a.late for a, b in pairs)
    busy_ratio = statistics.median(sum(b.busy.values()) / sum(a.busy.values()) for a, b in pairs)
    print(f"  {way:<20} ours / theirs: median {median:.2f}   p95 {late:.2f}   processor {busy_ratio:.2f}")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks library_pair")
    options.add_argument("tree", type=Path, help="another work tree")
    options.add_argument("--photos", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=8)
    arguments = options.parse_args()
    theirs = RunningTree(arguments.tree.resolve(), arguments.photos)
    ours = RunningTree(HERE.parent.parent, arguments.photos)
    both = [theirs, ours]
    for each in both:
        each.read()
    turns: dict[tuple[str, int], list[Turn]] = {(way, which): [] for way in WAYS for which in (0, 1)}
    for number in range(arguments.rounds):
        for way, asked in WAYS.items():
            for which in (0, 1) if number % 2 else (1, 0):
                turns[way, which].append(both[which].ask(asked))
    for way in WAYS:
        show(way, turns[way, 0], turns[way, 1])
    for each in both:
        each.stop()


if __name__ == "__main__":
    serve(int(sys.argv[2]))
