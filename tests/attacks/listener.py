"""A server on this machine that notes who calls it, to show that nobody does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import ProxyHandler, build_opener


class Listener(ThreadingHTTPServer):
    """Answers every request, and keeps the paths of them all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Noting)
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def called(self) -> list[str]:
        """The paths that others have asked for. It calls itself last, so what came earlier has been taken by then."""
        with build_opener(ProxyHandler({})).open(f"{self.url}/ourselves", timeout=60) as answer:
            answer.read()
        assert "/ourselves" in self.paths
        return [each for each in self.paths if each != "/ourselves"]


class _Noting(BaseHTTPRequestHandler):
    server: Listener

    def _note(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _note  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing: what matters is in `paths`."""


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener that serves in a thread."""
    with Listener() as listener:
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()
