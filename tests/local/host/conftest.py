"""Hosts as real child processes, with container and queue names of their own in one shared Azurite."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from tests.machine import ROOT, Azurite, eventually, free_port

APPS = Path(__file__).parent
READY_TIMEOUT = 40


@dataclass
class RunningHost:
    """A host in a process of its own; its app records events in a file."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path
    events_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def events(self, event: str) -> list[dict[str, Any]]:
        """Every record the app made of this event, in order."""
        if not self.events_file.exists():
            return []
        records = map(json.loads, self.events_file.read_text("utf-8").splitlines())
        return [record for record in records if record["event"] == event]

    def check_ready(self) -> None:
        assert self.process.poll() is None, self.log
        assert httpx.get(f"{self.url}/admin/host/status").json()["state"] == "Running"

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code after this signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)


@dataclass
class HostSandbox:
    """One storage, one name, and the hosts that share them."""

    azurite: Azurite
    folder: Path
    stack: ExitStack
    name: str = field(default_factory=lambda: f"c{uuid.uuid4().hex[:12]}")

    def start(self, app: str | Path = "app", *arguments: str, **settings: str) -> RunningHost:
        """Start a host of the app and wait until it is ready."""
        host = self.launch(app, *arguments, **settings)
        eventually(host.check_ready, timeout=READY_TIMEOUT)
        return host

    def launch(self, app: str | Path = "app", *arguments: str, **settings: str) -> RunningHost:
        """Start a host of the app without waiting."""
        if sys.version_info < (3, 13):
            pytest.skip("azure-functions-runtime, which the host runs on, needs Python 3.13")
        port = free_port()
        command = [sys.executable, "-m", "local.host", str(APPS / app), "--port", str(port), *arguments]
        log_file = self.folder / f"host-{port}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(**settings), stdout=log, stderr=subprocess.STDOUT
            )
        self.stack.callback(_kill, process)
        return RunningHost(process, f"http://127.0.0.1:{port}", log_file, self.folder / "events")

    def environment(self, **settings: str) -> dict[str, str]:
        values = {
            "AzureWebJobsStorage": self.azurite.connection_string,
            "AppStorage": self.azurite.connection_string,
            "AzureFunctionsWebHost__hostid": self.name,
            "CONTAINER": self.name,
            "EVENTS_FILE": str(self.folder / "events"),
            "SCHEDULE": "0 0 0 1 1 *",
        }
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {key: value for key, value in {**inherited, **values, **settings}.items() if value != "unset"}

    def container(self, suffix: str = "") -> ContainerClient:
        """A container, created if necessary."""
        container = self.blobs().get_container_client(self.name + suffix)
        if not container.exists():
            container.create_container()
        return container

    def blobs(self) -> BlobServiceClient:
        return self.stack.enter_context(BlobServiceClient.from_connection_string(self.azurite.connection_string))

    def queue(self, suffix: str, *, raw: bool = False) -> QueueClient:
        """A queue, created if necessary; its messages are base64 on the wire unless `raw`."""
        queue = self.queue_named(self.name + suffix, raw=raw)
        if self.name + suffix not in [existing.name for existing in self._queues().list_queues()]:
            queue.create_queue()
        return queue

    def queue_named(self, name: str, *, raw: bool = False) -> QueueClient:
        if raw:
            return self._queues().get_queue_client(name)
        return self._queues().get_queue_client(
            name,
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )

    def _queues(self) -> QueueServiceClient:
        return self.stack.enter_context(QueueServiceClient.from_connection_string(self.azurite.connection_string))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@contextmanager
def new_sandbox(azurite: Azurite, folder: Path) -> Iterator[HostSandbox]:
    with ExitStack() as stack:
        yield HostSandbox(azurite, folder, stack)


@pytest.fixture
def sandbox(azurite: Azurite, tmp_path: Path) -> Iterator[HostSandbox]:
    """A sandbox that belongs to one test."""
    with new_sandbox(azurite, tmp_path) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def shared_sandbox(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostSandbox]:
    """The sandbox of the hosts shared by all tests that neither stop nor break them."""
    with new_sandbox(azurite, tmp_path_factory.mktemp("shared-host")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def host(shared_sandbox: HostSandbox) -> RunningHost:
    return shared_sandbox.start()


@pytest.fixture(scope="session")
def buffered_host(shared_sandbox: HostSandbox) -> RunningHost:
    return shared_sandbox.start("buffered_app")


MakeApp = Callable[[str], Path]


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """Makes an app folder from the source of its function_app.py."""

    def make(source: str) -> Path:
        folder = tmp_path / f"app-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        (folder / "host.json").write_text('{"version": "2.0"}')
        (folder / "function_app.py").write_text(source)
        return folder

    return make
