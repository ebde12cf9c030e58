"""A service that refuses everything, and repeats in its refusal all it was sent: keys, signatures and addresses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from xml.sax.saxutils import escape

STATUSES = (401, 403, 400, 404, 500, 418)


class Echo(BaseHTTPRequestHandler):
    """Refuses with one status after the other."""

    protocol_version = "HTTP/1.1"
    statuses: Iterator[int]
    asked: list[str]

    def refuse(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        words = f"not with {self.command} {self.path} and {dict(self.headers)!r}"
        self.asked.append(words)
        is_storage = "x-ms-version" in self.headers
        body = storage_error(words) if is_storage else json.dumps({"error": {"code": "Refused", "message": words}})
        self.send_response(next(self.statuses))
        self.send_header("Content-Type", "application/xml" if is_storage else "application/json")
        self.send_header("x-ms-request-id", "1")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = refuse  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def storage_error(words: str) -> str:
    return f"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code><Message>{escape(words)}</Message></Error>"


@contextmanager
def echoing() -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it has said so far."""
    asked: list[str] = []
    handler = type("OneEcho", (Echo,), {"statuses": cycle(STATUSES), "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
