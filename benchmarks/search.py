"""
How fast the search stand-in is, through HTTP and the SDK, at 1,000, 10,000 and 100,000 documents.

    python benchmarks/search.py [sizes...]        prints the table kept in benchmarks/search.md

Documents have a 6-word title, a 120-word body from a Zipf vocabulary of 60,000 words, five filterable
fields and a 384-dimension vector. Times are p50 / p95 through the SDK in milliseconds, with the server's
processor time per query in brackets, which other work on the machine disturbs least. The SDK's own share is
measured against a canned answer of the same size, served from memory.
"""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.search.documents.models import VectorizedQuery, VectorQuery

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.local.search.server import ADMIN_KEY, SearchServer  # noqa: E402 (the path above comes first)

DIMENSIONS, BATCH, VOCABULARY = 384, 500, 60_000
QUERIES = 100
CLIENTS, WRITERS, SECONDS, PAUSE = 4, 4, 14, 0.1
INDEX = {
    "name": "bench",
    "fields": [
        {"name": "id", "type": "Edm.String", "key": True, "filterable": True, "searchable": False},
        {"name": "title", "type": "Edm.String", "analyzer": "en.lucene", "filterable": False, "facetable": False},
        {"name": "body", "type": "Edm.String", "analyzer": "en.lucene", "filterable": False, "facetable": False},
        {"name": "folder", "type": "Edm.String", "searchable": False},
        {"name": "tags", "type": "Collection(Edm.String)", "searchable": False},
        {"name": "year", "type": "Edm.Int32"},
        {"name": "taken_at", "type": "Edm.DateTimeOffset"},
        {
            "name": "vector",
            "type": "Collection(Edm.Single)",
            "dimensions": DIMENSIONS,
            "vectorSearchProfile": "p",
        },
    ],
    "vectorSearch": {
        "algorithms": [{"name": "h", "kind": "hnsw"}],
        "profiles": [{"name": "p", "algorithm": "h"}],
    },
}
FACETS = ["tags,count:20", "folder", "taken_at,interval:year"]
FILTER = "year ge 2010 and tags/any(t: search.in(t, 'tag1,tag2,tag3,tag4,tag5'))"


class Corpus:
    """Made-up documents and queries, the same in every run."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.words = np.array([f"{chr(97 + n % 26)}{n:x}" for n in range(VOCABULARY)])

    def text(self, length: int) -> str:
        ranks = np.minimum(self.random.zipf(1.25, length), VOCABULARY) - 1
        return " ".join(self.words[ranks])

    def vector(self) -> list[float]:
        vector = self.random.standard_normal(DIMENSIONS)
        return [round(float(part), 6) for part in vector / np.linalg.norm(vector)]

    def document(self, number: int) -> dict[str, Any]:
        year = 2000 + int(self.random.integers(25))
        return {
            "id": str(number),
            "title": self.text(6),
            "body": self.text(120),
            "folder": f"folder{int(self.random.integers(40))}",
            "tags": [f"tag{int(n)}" for n in set(self.random.integers(0, 60, 4))],
            "year": year,
            "taken_at": f"{year}-{1 + int(self.random.integers(12)):02d}-10T08:00:00Z",
            "vector": self.vector(),
        }

    def query(self) -> str:
        """Four words, of which the first is common."""
        ranks = [self.random.integers(2, 30), *self.random.integers(30, 8000, 3)]
        return " ".join(self.words[np.array(ranks)])


def timed(work: Callable[[int], object], times: int = QUERIES) -> list[float]:
    """Return milliseconds per call, sorted, after a short warm-up."""
    for number in range(5):
        work(number)
    taken = []
    for number in range(times):
        started = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def shown(taken: Sequence[float]) -> str:
    return f"{taken[len(taken) // 2]:.1f} / {taken[int(len(taken) * 0.95)]:.1f}"


@dataclass(frozen=True)
class Kinds:
    """The kinds of query that are measured."""

    client: SearchClient
    texts: list[str]
    vectors: list[list[float]]

    def nearest(self, number: int) -> list[VectorQuery]:
        vector = self.vectors[number % len(self.vectors)]
        return [VectorizedQuery(vector=vector, k_nearest_neighbors=50, fields="vector")]

    def keyword(self, number: int) -> object:
        return list(self.client.search(self.texts[number % len(self.texts)], top=50))

    def counted(self, number: int) -> object:
        text = self.texts[number % len(self.texts)]
        return list(self.client.search(text, top=50, include_total_count=True))

    def vector(self, number: int) -> object:
        return list(self.client.search(None, vector_queries=self.nearest(number), top=50))

    def filtered(self, number: int) -> object:
        return list(self.client.search("*", filter=FILTER, facets=FACETS, top=50))

    def hybrid(self, number: int) -> object:
        text = self.texts[number % len(self.texts)]
        return list(self.client.search(text, vector_queries=self.nearest(number), filter=FILTER, facets=FACETS, top=50))

    def all(self) -> dict[str, Callable[[int], object]]:
        return {
            "keyword": self.keyword,
            "keyword with count": self.counted,
            "vector": self.vector,
            "filter and facets": self.filtered,
            "hybrid, filter, facets": self.hybrid,
        }


@contextmanager
def canned(answer: bytes) -> Iterator[str]:
    """Serve one answer from memory: what is left is the SDK's own time and the loopback's."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json; odata.metadata=none")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()


def load(client: SearchClient, corpus: Corpus, size: int) -> float:
    """Upload documents in batches; returns the seconds spent in the calls, making documents not counted."""
    spent = 0.0
    for start in range(0, size, BATCH):
        batch = [corpus.document(number) for number in range(start, min(start + BATCH, size))]
        started = time.perf_counter()
        client.upload_documents(batch)
        spent += time.perf_counter() - started
    return spent


def upserts(server: SearchServer, corpus: Corpus, size: int) -> tuple[float, str]:
    """Return single-document upserts per second while four clients query, and their query times."""
    script = [sys.executable, __file__, "--client", server.endpoint, str(SECONDS)]
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
    taken = sorted(float(line) for client in clients for line in client.communicate()[0].split())
    return rate, shown(taken)


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


def measure(size: int) -> dict[str, str]:
    """Measure one size from an empty folder."""
    corpus = Corpus()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = SearchServer(Path(folder))
        server.start()
        try:
            server.request("POST", "/indexes", INDEX).raise_for_status()
            client = server.client("bench")
            row = {"load, s": f"{load(client, corpus, size):.1f}"}
            kinds = Kinds(client, [corpus.query() for _ in range(50)], [corpus.vector() for _ in range(50)])
            for name, work in kinds.all().items():
                busy = processor(server)
                taken = timed(work)
                row[f"{name}, ms"] = f"{shown(taken)} ({(processor(server) - busy) / len(taken):.1f})"
            row["memory, MB"] = str(resident(server))
            rate, waited = upserts(server, corpus, size)
            row["upserts/s with 4 clients querying"], row["their queries, ms"] = f"{rate:.0f}", waited
            row["memory after, MB"] = str(resident(server))
            server.kill()
            started = time.perf_counter()
            server.start()
            row["start after a kill, s"] = f"{time.perf_counter() - started:.1f}"
            row["the SDK alone, ms"] = sdk_alone(server, kinds)
        finally:
            server.stop()
    return row


def sdk_alone(server: SearchServer, kinds: Kinds) -> str:
    """Time the same hybrid call against a canned copy of its answer."""
    body = {"search": kinds.texts[0], "facets": FACETS, "top": 50}
    answer = server.request("POST", "/indexes/bench/docs/search", body).content
    json.loads(answer)
    with canned(answer) as endpoint:
        client = SearchClient(endpoint, "bench", AzureKeyCredential(ADMIN_KEY))
        return shown(timed(Kinds(client, kinds.texts, kinds.vectors).hybrid))


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        query_for(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
        return
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    rows = {size: measure(size) for size in sizes}
    print("| | " + " | ".join(f"{size:,}" for size in sizes) + " |")
    print("|---|" + "---:|" * len(sizes))
    for name in rows[sizes[0]]:
        print(f"| {name} | " + " | ".join(rows[size][name] for size in sizes) + " |")


if __name__ == "__main__":
    main()
