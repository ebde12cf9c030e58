"""Hosts as real child processes, each app with names of its own in one shared Azurite."""

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
READY = 40


@dataclass
class RunningHost:
    """A host in a process of its own; its diary is what the app noted."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path
    diary_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def noted(self, event: str) -> list[dict[str, Any]]:
        """Everything the app noted about this event, in order."""
        if not self.diary_file.exists():
            return []
        lines = map(json.loads, self.diary_file.read_text("utf-8").splitlines())
        return [line for line in lines if line["event"] == event]

    def check_ready(self) -> None:
        assert self.process.poll() is None, self.log
        assert httpx.get(f"{self.url}/admin/host/status").json()["state"] == "Running"

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code after this signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)


@dataclass
class World:
    """One storage, one name, and the hosts that share them."""

    azurite: Azurite
    folder: Path
    stack: ExitStack
    name: str = field(default_factory=lambda: f"c{uuid.uuid4().hex[:12]}")

    def start(self, app: str | Path = "app", *arguments: str, **settings: str) -> RunningHost:
        """A host of the app, ready."""
        host = self.launch(app, *arguments, **settings)
        eventually(host.check_ready, timeout=READY)
        return host

    def launch(self, app: str | Path = "app", *arguments: str, **settings: str) -> RunningHost:
        """A host of the app, just begun."""
        if sys.version_info < (3, 13):
            pytest.skip("azure-functions-runtime, which the host runs on, needs Python 3.13")
        port = free_port()
        command = [sys.executable, "-m", "local.host", str(APPS / app), "--port", str(port), *arguments]
        log_file = self.folder / f"host-{port}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(**settings), stdout=log, stderr=subprocess.STDOUT
            )
        self.stack.callback(_end, process)
        return RunningHost(process, f"http://127.0.0.1:{port}", log_file, self.folder / "diary")

    def environment(self, **settings: str) -> dict[str, str]:
        values = {
            "AzureWebJobsStorage": self.azurite.connection_string,
            "AppStorage": self.azurite.connection_string,
            "AzureFunctionsWebHost__hostid": self.name,
            "CONTAINER": self.name,
            "DIARY": str(self.folder / "diary"),
            "SCHEDULE": "0 0 0 1 1 *",
        }
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {key: value for key, value in {**inherited, **values, **settings}.items() if value != "unset"}

    def container(self, suffix: str = "") -> ContainerClient:
        """The container itself, made if need be."""
        container = self.blobs().get_container_client(self.name + suffix)
        if not container.exists():
            container.create_container()
        return container

    def blobs(self) -> BlobServiceClient:
        return self.stack.enter_context(BlobServiceClient.from_connection_string(self.azurite.connection_string))

    def queue(self, suffix: str, *, raw: bool = False) -> QueueClient:
        """A queue, made if need be; its texts are base64 on the wire unless `raw`."""
        queue = self.queue_named(self.name + suffix, raw=raw)
        if self.name + suffix not in [known.name for known in self._queues().list_queues()]:
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


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@contextmanager
def new_world(azurite: Azurite, folder: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(azurite, folder, stack)


@pytest.fixture
def world(azurite: Azurite, tmp_path: Path) -> Iterator[World]:
    """A world of one test's own."""
    with new_world(azurite, tmp_path) as world:
        yield world


@pytest.fixture(scope="session")
def shared_world(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world of the one host that tests share that do not stop or break it."""
    with new_world(azurite, tmp_path_factory.mktemp("shared-host")) as world:
        yield world


@pytest.fixture(scope="session")
def host(shared_world: World) -> RunningHost:
    return shared_world.start()


@pytest.fixture(scope="session")
def classic_host(shared_world: World) -> RunningHost:
    return shared_world.start("classic_app")


App = Callable[[str], Path]


@pytest.fixture
def app_of(tmp_path: Path) -> App:
    """Makes an app folder of one function_app.py."""

    def make(source: str) -> Path:
        folder = tmp_path / f"app-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        (folder / "host.json").write_text('{"version": "2.0"}')
        (folder / "function_app.py").write_text(source)
        return folder

    return make
