"""A search stand-in in a process of its own, as its users run it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient

from tests.machine import ROOT, free_port

ADMIN_KEY, QUERY_KEY = "admin-key", "query-key"
VERSION = {"api-version": "2026-04-01"}


@dataclass
class SearchServer:
    """`python -m local.search` on a free port; port and data stay the same over kill and start."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return once it answers."""
        environment = {**os.environ, "SEARCH_KEY": ADMIN_KEY, "SEARCH_QUERY_KEY": QUERY_KEY}
        command = [sys.executable, "-m", "local.search", "--port", str(self.port), "--data", str(self.folder)]
        self.process = subprocess.Popen([*command, *self.options], cwd=ROOT, env=environment)
        deadline = time.monotonic() + 60
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("the search stand-in did not start")
            time.sleep(0.05)

    def healthy(self) -> bool:
        try:
            return bool(httpx.get(f"{self.endpoint}/__health").json() == {"status": "ok"})
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stop it as Ctrl-C would."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def kill(self) -> None:
        """End it without any warning (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self, index: str, key: str = ADMIN_KEY) -> SearchClient:
        return SearchClient(self.endpoint, index, AzureKeyCredential(key), retry_total=0)

    def admin(self, key: str = ADMIN_KEY) -> SearchIndexClient:
        return SearchIndexClient(self.endpoint, AzureKeyCredential(key), retry_total=0)

    def request(self, method: str, path: str, body: object = None, key: str = ADMIN_KEY) -> httpx.Response:
        """Send one plain HTTP request with the current api-version."""
        return httpx.request(
            method, f"{self.endpoint}{path}", params=VERSION, json=body, headers={"api-key": key}, timeout=60
        )

    def fault(self, **fault: Any) -> None:
        httpx.post(f"{self.endpoint}/__faults", json=fault).raise_for_status()


@contextmanager
def running_server(*options: str) -> Iterator[SearchServer]:
    """A private server on an empty folder, for a test that needs its own options or breaks it."""
    with tempfile.TemporaryDirectory(prefix="search-", ignore_cleanup_errors=True) as folder:
        server = SearchServer(Path(folder), options)
        try:
            server.start()
            yield server
        finally:
            server.stop()
