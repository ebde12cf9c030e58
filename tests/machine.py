"""What tests need from the machine: real Azurite, free ports, and patience with a deadline."""

import asyncio
import inspect
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar, overload

import pytest

from local.plan import AZURITE, AZURITE_HOOKS

ROOT = Path(__file__).parents[1]
EVENTS = ROOT / "local" / "azurite_events.js"
ACCOUNT = "devstoreaccount1"
# The well-known key of every storage emulator: public, the same on all machines.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

# For clients of storage that is down, also where a call sets the number of its retries itself.
NO_PAUSES: dict[str, Any] = {"retry_total": 0, "initial_backoff": 0, "increment_base": 0, "random_jitter_range": 0}

T = TypeVar("T")
HANDED_OUT: set[int] = set()


def missing(tool: str) -> NoReturn:
    """Skip on a laptop, fail in CI: there a green run means the thing truly ran."""
    if os.environ.get("CI"):
        pytest.fail(f"{tool} is missing and CI must not skip")
    pytest.skip(f"{tool} is missing")


def free_port() -> int:
    """
    A TCP port of 127.0.0.1 that nobody listens on right now, and that was not handed out before.

    It lies below the range from which outgoing connections take theirs, so that none takes it first.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        if port not in HANDED_OUT and _is_free(port):
            HANDED_OUT.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listening(port: int) -> bool:
    """Whether somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def patch_sleep(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Replace `asyncio.sleep` in this thread; a server that runs in another one sleeps as before."""
    thread, original = threading.get_ident(), asyncio.sleep

    async def sleep_here(seconds: float) -> None:
        await (sleep if threading.get_ident() == thread else original)(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep_here)


@overload
def eventually(assertion: Callable[[], Coroutine[Any, Any, T]], timeout: float = 30) -> Coroutine[Any, Any, T]: ...
@overload
def eventually(assertion: Callable[[], T], timeout: float = 30) -> T: ...
def eventually(assertion: Callable[[], Any], timeout: float = 30) -> Any:
    """
    Call the assertion until it no longer raises, and return what it returns.

    After `timeout` seconds its last error is raised as it is. An `async def`
    assertion is awaited: `await eventually(arrived)`.
    """
    if inspect.iscoroutinefunction(assertion):
        return _eventually_async(assertion, timeout)
    start = time.monotonic()
    while True:
        try:
            return assertion()
        except Exception:
            if time.monotonic() > start + timeout:
                raise
        time.sleep(_pause(start))


async def _eventually_async(assertion: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T:  # noqa: ASYNC109 - the name its callers use
    start = time.monotonic()
    while True:
        try:
            return await assertion()
        except Exception:
            if time.monotonic() > start + timeout:
                raise
        await asyncio.sleep(_pause(start))


def _pause(start: float) -> float:
    """Seconds until the next look: a fraction of the wait so far, as each look is work for what is waited for."""
    return min(max((time.monotonic() - start) / 8, 0.02), 0.5)


@dataclass
class Azurite:
    """
    Microsoft's storage emulator on free ports of 127.0.0.1, its data in a folder.

    Ports and data stay the same over `restart()`, and over `stop()` and `start()`, unless it keeps them in
    `memory`, which spares it writing down all its names every few seconds. What clients do with blobs it reports to
    the Event Grid stand-in at `event_grid`, if there is one. `hooks` are more modules that node loads before it.
    """

    folder: Path
    memory: bool = False
    event_grid: str = ""
    hooks: Sequence[Path] = ()
    blob_port: int = field(default_factory=free_port)
    queue_port: int = field(default_factory=free_port)
    table_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "azurite.log"

    @property
    def blob_url(self) -> str:
        return f"http://127.0.0.1:{self.blob_port}/{ACCOUNT}"

    @property
    def queue_url(self) -> str:
        return f"http://127.0.0.1:{self.queue_port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={self.blob_url};QueueEndpoint={self.queue_url};"
        )

    def start(self) -> None:
        """Start it and return once blobs and queues answer."""
        self.launch()
        eventually(self._check, timeout=30)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it without waiting for an answer."""
        options = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
        options += ["--inMemoryPersistence"] if self.memory else ["--location", str(self.folder)]
        ports = {"blob": self.blob_port, "queue": self.queue_port, "table": self.table_port}
        for service, port in ports.items():
            options += [f"--{service}Port", str(port)]
        modules = [*AZURITE_HOOKS, *([EVENTS] if self.event_grid else []), *self.hooks]
        hooks = [option for module in modules for option in ("--require", module)]
        environment = {**os.environ, "EVENT_GRID_URL": self.event_grid}
        command = ["node", *hooks, AZURITE, *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        return self.process

    def _check(self) -> None:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(self.log.read_text())
        assert listening(self.blob_port)
        assert listening(self.queue_port)

    def stop(self) -> None:
        """Stop it; what it holds stays in its folder."""
        if self.process is None:
            return
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(timeout=60)  # it writes down what it holds
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections open but nothing answers, as in a network outage."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_azurite(*, memory: bool = False, event_grid: str = "", hooks: Sequence[Path] = ()) -> Iterator[Azurite]:
    """A private Azurite, for a test that breaks it."""
    if not AZURITE.exists() or shutil.which("node") is None:
        missing("Azurite (npm install in local/)")
    with tempfile.TemporaryDirectory(prefix="azurite-", ignore_cleanup_errors=True) as folder:
        azurite = Azurite(Path(folder), memory, event_grid, hooks)
        try:
            azurite.start()
            yield azurite
        finally:
            azurite.stop()


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """One Azurite for the whole run: tests use containers and queues of their own."""
    with running_azurite() as azurite:
        yield azurite
