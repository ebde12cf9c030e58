"""
How fast the search stand-in is, through HTTP and the SDK, and what a doubling of the documents costs.

    python -m benchmarks search [SIZE ...] [--large]     1,000, 10,000 and 100,000 documents, with --large a million

Documents have a 6-word title, a 120-word body from a Zipf vocabulary of 60,000 words, five filterable
fields and a 384-dimension vector. Times are those of calls through the SDK, in milliseconds, with the server's
processor time per query beside them, which other work on the machine disturbs least. The SDK's own share is
measured against a canned answer of the same size, served from memory. A size for which memory or disk would not
do, going by the sizes before it, or that fails is left out, with the reason. With --large or sizes of your own,
single documents are written while four clients query as well.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from azure.search.documents import SearchClient

from benchmarks.figures import per_doubling, spread
from benchmarks.search_corpus import INDEX, Corpus
from benchmarks.search_queries import FACETS, WARM_UP, Kinds, canned, timed
from benchmarks.search_table import table
from tests.local.search.server import ADMIN_KEY, SearchServer

BATCH = 500
SIZES, LARGE_SIZES = (1_000, 10_000, 100_000), (1_000, 10_000, 100_000, 1_000_000)
SPARE = 0.8  # of the memory and the disk that are free
CLIENTS, WRITERS, SECONDS, PAUSE = 4, 4, 14, 0.1


def load(server: SearchServer, corpus: Corpus, size: int) -> float:
    """
    Upload documents in batches; returns the seconds spent in the calls, making documents not counted.

    The requests are plain ones: writing a batch takes the SDK longer than indexing it takes the server.
    """
    spent = 0.0
    for start in range(0, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        batch = [{"@search.action": "upload", **corpus.document(number)} for number in numbers]
        started = time.perf_counter()
        server.request("POST", "/indexes/bench/docs/index", {"value": batch}).raise_for_status()
        spent += time.perf_counter() - started
    return spent


def upserts(server: SearchServer, corpus: Corpus, size: int) -> dict[str, Any]:
    """Single-document upserts per second while four clients query, and their query times."""
    script = [sys.executable, "-m", "benchmarks", "search", "--client", server.endpoint, str(SECONDS)]
    clients = [subprocess.Popen([*script, str(n)], stdout=subprocess.PIPE, text=True) for n in range(CLIENTS)]
    documents = [[corpus.document(int(n)) for n in corpus.random.integers(0, size, 250)] for _ in range(WRITERS)]
    time.sleep(4)
    counts = [0] * WRITERS
    end = time.monotonic() + SECONDS - 6

    def write(writer: int) -> None:
        client = server.client("bench")
        while time.monotonic() < end:
            client.upload_documents([documents[writer][counts[writer] % 250]])
            counts[writer] += 1

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(counts) / (time.monotonic() - started)
    taken = [float(line) for client in clients for line in client.communicate()[0].split()]
    return {"per_second": round(rate, 1), "their_queries_ms": spread(taken)}


def query_for(endpoint: str, seconds: float, seed: int) -> None:
    """Run keyword queries for a while, ten per second, and print how long each took."""
    corpus = Corpus()
    texts = [corpus.query() for _ in range(50 + seed)]
    client = SearchClient(endpoint, "bench", AzureKeyCredential(ADMIN_KEY))
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        started = time.perf_counter()
        list(client.search(texts[number % len(texts)], top=10))
        taken = time.perf_counter() - started
        print(taken * 1000)
        number += 1
        time.sleep(max(0.0, PAUSE - taken))


def processor(server: SearchServer) -> float:
    """Milliseconds of processor time the server has used."""
    assert server.process is not None
    used = psutil.Process(server.process.pid).cpu_times()
    return (used.user + used.system) * 1000


def resident(server: SearchServer) -> int:
    assert server.process is not None
    return int(psutil.Process(server.process.pid).memory_info().rss // 1_000_000)


@dataclass
class Demand:
    """What sizes took so far, by size: bytes of memory and of disk."""

    taken: dict[int, tuple[float, float]]

    def missing(self, size: int, memory: float, disk: float) -> str:
        """Which of the two would not do for a size, with so many bytes free; nothing if both do or none is known."""
        for name, free, part in (("memory", memory, 0), ("disk", disk, 1)):
            needed = self._needed(size, part)
            if needed > SPARE * free:
                return f"needs about {needed / 1e9:.1f} GB of {name}, and {free / 1e9:.1f} are free"
        return ""

    def _needed(self, size: int, part: int) -> float:
        """As much as the largest size so far, and where there are two, in proportion from there on."""
        if not self.taken:
            return 0.0
        *smaller, largest = sorted(self.taken)
        most = self.taken[largest][part]
        if not smaller:
            return most
        step = (most - self.taken[smaller[-1]][part]) / (largest - smaller[-1])
        return most + max(step, 0.0) * (size - largest)


def measure(*, large: bool) -> dict[str, Any]:
    """All figures, ready for JSON."""
    return measure_sizes(LARGE_SIZES if large else SIZES, writing=large)


def measure_sizes(sizes: Sequence[int], *, writing: bool) -> dict[str, Any]:
    """The figures of each size, from the smallest, and how each kind of query grows when the size doubles."""
    rows: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    demand = Demand({})
    for size in sorted(sizes):
        free = psutil.virtual_memory().available, shutil.disk_usage(tempfile.gettempdir()).free
        if reason := demand.missing(size, *free):
            left_out.append({"documents": size, "reason": reason})
            continue
        try:
            row = measure_size(size, writing=writing)
        except (httpx.HTTPError, AzureError) as error:
            if not rows:
                raise
            left_out.append({"documents": size, "reason": f"failed: {type(error).__name__}"})
            continue
        demand.taken[size] = row["memory_mb"] * 1e6, row["disk_mb"] * 1e6
        rows.append(row)
        print(f"{size:,} documents are measured", flush=True)
    return {"sizes": rows, "left_out": left_out, "per_doubling": growth(rows)}


def growth(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Factors per doubling by kind of query, of medians and of processor time; empty with less than two sizes."""
    if len(rows) < 2:
        return {}
    sizes = [row["documents"] for row in rows]
    factors = {}
    for kind in rows[0]["queries"]:
        medians = [row["queries"][kind]["ms"]["median"] for row in rows]
        busy = [row["queries"][kind]["processor_ms"] for row in rows]
        factors[kind] = {
            "ms": round(per_doubling(sizes, medians), 3),
            "processor_ms": round(per_doubling(sizes, busy), 3) if min(busy) > 0 else None,
        }
    return factors


def measure_size(size: int, *, writing: bool) -> dict[str, Any]:
    """Measure one size from an empty folder."""
    corpus = Corpus()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = SearchServer(Path(folder))
        server.start()
        try:
            server.request("POST", "/indexes", INDEX).raise_for_status()
            client = server.client("bench")
            row: dict[str, Any] = {"documents": size, "load_s": round(load(server, corpus, size), 1), "queries": {}}
            kinds = Kinds(client, [corpus.query() for _ in range(50)], [corpus.vector() for _ in range(50)])
            for name, work in kinds.all().items():
                busy = processor(server)
                taken = timed(work)
                spent = round((processor(server) - busy) / (len(taken) + WARM_UP), 2)
                row["queries"][name] = {"ms": spread(taken), "processor_ms": spent}
            row["memory_mb"], row["disk_mb"] = resident(server), on_disk(Path(folder))
            if writing:
                row["upserts"] = upserts(server, corpus, size) | {"memory_after_mb": resident(server)}
            server.kill()
            started = time.perf_counter()
            server.start()
            row["start_after_kill_s"] = round(time.perf_counter() - started, 2)
            row["sdk_alone_ms"] = sdk_alone(server, kinds)
        finally:
            server.stop()
    return row


def on_disk(folder: Path) -> int:
    """Megabytes of all files in a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) // 1_000_000


def sdk_alone(server: SearchServer, kinds: Kinds) -> dict[str, float]:
    """Time the same hybrid call against a canned copy of its answer."""
    body = {"search": kinds.texts[0], "facets": FACETS, "top": 50}
    answer = server.request("POST", "/indexes/bench/docs/search", body).content
    json.loads(answer)
    with canned(answer) as endpoint:
        client = SearchClient(endpoint, "bench", AzureKeyCredential(ADMIN_KEY))
        return spread(timed(Kinds(client, kinds.texts, kinds.vectors).hybrid))


def show(figures: dict[str, Any]) -> None:
    """The table kept in benchmarks/search.md, and the growth."""
    rows = figures["sizes"]
    print("| | " + " | ".join(f"{row['documents']:,}" for row in rows) + " |")
    print("|---|" + "---:|" * len(rows))
    for name, cells in table(rows).items():
        print(f"| {name} | " + " | ".join(cells) + " |")
    for each in figures["left_out"]:
        print(f"{each['documents']:,} documents are left out: it {each['reason']}")
    for kind, factor in figures["per_doubling"].items():
        print(f"{kind}: {factor['ms']} times per doubling, {factor['processor_ms']} times the processor time")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks search")
    options.add_argument("sizes", nargs="*", type=int, help="numbers of documents")
    options.add_argument("--large", action="store_true", help="a million documents, too")
    options.add_argument("--client", nargs=3, help=argparse.SUPPRESS)  # one of the clients that query meanwhile
    chosen = options.parse_args()
    if chosen.client:
        query_for(chosen.client[0], float(chosen.client[1]), int(chosen.client[2]))
        return
    show(measure_sizes(chosen.sizes, writing=True) if chosen.sizes else measure(large=chosen.large))
