"""The kinds of query that are measured against the search stand-in, and a canned answer beside it."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azure.search.documents import SearchClient
from azure.search.documents.models import VectorizedQuery, VectorQuery

QUERIES, WARM_UP = 100, 5
FACETS = ["tags,count:20", "folder", "taken_at,interval:year"]
FILTER = "year ge 2010 and tags/any(t: search.in(t, 'tag1,tag2,tag3,tag4,tag5'))"


def timed(work: Callable[[int], object], times: int = QUERIES) -> list[float]:
    """Return milliseconds per call, after a short warm-up."""
    for number in range(WARM_UP):
        work(number)
    taken = []
    for number in range(times):
        started = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


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
