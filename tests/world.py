"""The whole product on free ports: Azurite, the stand-ins and the app under the local host."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx
import psutil
import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy
from PIL import Image

from shared.settings import Settings
from tests.identity_world import CONNECTIONS, IdentityFront
from tests.machine import Azurite, eventually, free_port, running_azurite

ROOT = Path(__file__).parents[1]
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
KEY = "test-key"
UNMEASURED = ("COVERAGE_PROCESS_CONFIG",)  # how coverage gets into child processes: stand-ins have no code of the app
# Every world with Azure's identity rules: tokens and roles, over https, instead of keys.
AZURE_WORLD = bool(os.environ.get("AZURE_WORLD"))


def picture(seed: int = 0, *, size: tuple[int, int] = (640, 480), exif: Image.Exif | None = None) -> bytes:
    """A JPEG unlike those of other seeds."""
    image = Image.new("RGB", size, ((seed * 53) % 256, (seed * 97) % 256, (seed * 29) % 256))
    image.putpixel((seed % size[0], (seed // size[0]) % size[1]), (255, 255, 255))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, exif=exif or Image.Exif(), comment=f"picture {seed}".encode())
    return out.getvalue()


@dataclass
class Process:
    """One part of the world as a child process with a log."""

    name: str
    command: list[str]
    health: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()  # names that are not even empty in its environment
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, **self.environment}
        for name in self.absent:
            environment.pop(name, None)
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, cwd=ROOT, stdout=log, stderr=log, env=environment)
        eventually(self._answers, timeout=120)

    @property
    def url(self) -> str:
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.health))

    def _answers(self) -> None:
        assert self.running is not None
        if self.running.poll() is not None:
            pytest.fail(f"{self.name} ended:\n{self.tail()}")
        assert httpx.get(self.health, timeout=2, trust_env=False).status_code < 500

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop it, and wait until its own child processes have ended too."""
        if self.running is None:
            return
        children = psutil.Process(self.running.pid).children(recursive=True) if self.running.poll() is None else []
        self.running.send_signal(number)
        try:
            self.running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        psutil.wait_procs(children, timeout=30)
        self.running = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def tail(self, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class World:
    """The running product and what a test does with it."""

    azurite: Azurite
    search: Process
    models: Process
    host: Process
    http: httpx.Client
    models_url: str
    search_url: str
    identity: IdentityFront | None = None  # where Azure's identity rules hold

    # -- what people do -------------------------------------------------------------------

    def put(self, path: str, data: bytes) -> httpx.Response:
        return self.http.put(f"/api/photos/{quote(path)}", content=data)

    def drop(self, path: str, data: bytes) -> None:
        """Put a blob straight into the container, as azcopy would."""
        self.photos.upload_blob(path, data, overwrite=True)

    def get(self, url: str, **parameters: Any) -> Any:
        answer = self.http.get(url, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, *words: str, **options: Any) -> dict[str, Any]:
        """A conversation whose messages alternate between user and assistant; the whole answer."""
        roles = ("user", "assistant")
        messages = [{"role": roles[number % 2], "content": text} for number, text in enumerate(words)]
        answer = self.http.post("/v1/chat/completions", json={"messages": messages, **options})
        assert answer.status_code == 200, answer.text
        return cast(dict[str, Any], answer.json())

    def follow(self, link: str) -> httpx.Response:
        """What a browser gets behind a link to storage."""
        return httpx.get(link, verify=self.identity.tls() if self.identity else True, trust_env=False)

    # -- what they see --------------------------------------------------------------------

    def paths(self) -> set[str]:
        return {photo["path"] for photo in self.get("/api/search", top=200)["photos"]}

    def failures(self) -> dict[str, dict[str, Any]]:
        return {each["path"]: each for each in self.get("/api/failures", top=1000)["failures"]}

    def assert_idle(self) -> None:
        """Assert that nothing is waiting or being retried."""
        status = self.get("/api/status")
        assert (status["waiting"], status["retrying"]) == (0, 0), f"{status}\n{self.host.tail(15)}"

    def wait_until_idle(self, timeout: float = 60) -> None:
        eventually(self.assert_idle, timeout)

    def assert_settled(self) -> None:
        """Assert that nothing is left to do either, such as a second event about a photo that can be found already."""
        self.assert_idle()
        assert self.unnoticed() == set()
        assert self.queued() == {}

    def wait_until_settled(self, timeout: float = 60) -> None:
        eventually(self.assert_settled, timeout)

    # -- behind the scenes ----------------------------------------------------------------

    @property
    def photos(self) -> Any:
        return self.blobs.get_container_client("photos")

    @property
    def blobs(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self.azurite.connection_string)

    def queue(self, name: str) -> Any:
        service = QueueServiceClient.from_connection_string(self.azurite.connection_string)
        return service.get_queue_client(name, message_encode_policy=TextBase64EncodePolicy())

    def queues(self) -> Any:
        return QueueServiceClient.from_connection_string(self.azurite.connection_string).list_queues()

    def queued(self) -> dict[str, int]:
        """How many messages wait or are being handled in each queue that has any, but for those of the poisoned."""
        names = [each.name for each in self.queues() if not each.name.endswith("-poison")]
        counts = {name: self.queue(name).get_queue_properties().approximate_message_count for name in names}
        return {name: count for name, count in counts.items() if count}

    def unnoticed(self) -> set[str]:
        """The blobs that the blob trigger has yet to queue, where it finds them by polling."""
        if self.host.environment.get("PHOTO_EVENTS") != "polling":
            return set()
        receipts = self.blobs.get_container_client("azure-webjobs-hosts").list_blobs(name_starts_with="blobreceipts/")
        queued = {each.name.split("/")[3].strip('"') for each in receipts}  # by the etags of their versions
        return {each.name for each in self.photos.list_blobs() if each.etag.strip('"') not in queued}

    def all_photos(self) -> list[dict[str, Any]]:
        """Every record there is, page by page."""
        photos: list[dict[str, Any]] = []
        while page := self.get("/api/search", top=200, skip=len(photos))["photos"]:
            photos += page
        return photos

    def search_fault(self, **fault: Any) -> None:
        """Make the search stand-in fail in a way it knows."""
        httpx.post(f"{self.search_url}/__faults", json=fault, trust_env=False).raise_for_status()

    def set_search_lag(self, seconds: float) -> None:
        """Let documents that are written become visible to searches only so much later, as in Azure."""
        httpx.post(f"{self.search_url}/__options", json={"lag": seconds}, trust_env=False).raise_for_status()

    def drop_index(self) -> None:
        """Delete the whole index, as somebody might in the portal."""
        url = f"{self.search_url}/indexes('photos')?api-version=2026-04-01"
        httpx.delete(url, headers={"api-key": KEY}, trust_env=False).raise_for_status()

    def merge_documents(self, *documents: Mapping[str, Any]) -> None:
        """Change fields of documents behind the app's back."""
        url = f"{self.search_url}/indexes('photos')/docs/search.index?api-version=2026-04-01"
        value = [{"@search.action": "merge", **document} for document in documents]
        httpx.post(url, json={"value": value}, headers={"api-key": KEY}, trust_env=False).raise_for_status()

    def get_spending(self) -> int:
        """The captions written down so far, over all days."""
        spending = self.blobs.get_container_client("photo-spending")
        if not spending.exists():
            return 0
        return sum(
            json.loads(spending.download_blob(each.name).readall())["captions"] for each in spending.list_blobs()
        )

    def misbehave(self, **fault: Any) -> None:
        """Make the model stand-in fail in a way it knows; `calm()` ends it."""
        httpx.post(f"{self.models_url}/__faults", json=fault, trust_env=False).raise_for_status()

    def calm(self) -> None:
        for url in (self.models_url, self.search_url):
            httpx.delete(f"{url}/__faults", trust_env=False).raise_for_status()

    def calls(self, kind: str) -> list[dict[str, Any]]:
        """The calls the model stand-in answered with 200, of one kind: vision, chat or embed."""
        calls = httpx.get(f"{self.models_url}/__calls", trust_env=False).json()
        return [each for each in calls if each["on"] == kind and each["status"] == 200]

    def assert_no_calls_in_flight(self) -> None:
        assert httpx.get(f"{self.models_url}/__health", trust_env=False).json()["under_way"] == 0

    def forget_calls(self) -> None:
        httpx.delete(f"{self.models_url}/__calls", trust_env=False).raise_for_status()


def settings(azurite: Azurite, models_url: str, search_url: str) -> dict[str, str]:
    """
    The app's settings for these parts; schedules are off so that tests decide what runs.

    The others have their defaults, whatever a developer's local.settings.json says: it loses against what is empty.
    """
    return {
        **dict.fromkeys((each.alias or name for name, each in Settings.model_fields.items()), ""),
        **SAMPLE,
        "IMAGE_EMBEDDING_MODEL": "",  # most tests do without, as most deployments do
        "AzureWebJobsStorage": azurite.connection_string,
        "PhotoStorage": azurite.connection_string,
        "AzureWebJobsDisableHomepage": "true",
        "PHOTO_CONTAINER": "photos",
        "PHOTO_EVENTS": "polling",
        "OPENAI_BASE_URL": f"{models_url}/v1",
        "OPENAI_API_KEY": KEY,
        "CAPTION_MODEL": "stand-in-vision",
        "CHAT_MODEL": "stand-in-chat",
        "EMBEDDING_MODEL": "stand-in-embedding",
        "EMBEDDING_DIMENSIONS": "384",
        "AZURE_SEARCH_ENDPOINT": search_url,
        "AZURE_SEARCH_API_KEY": KEY,
        "RECONCILE_SCHEDULE": "0 0 0 1 1 *",
    }


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@contextmanager
def running_world(folder: Path, *, fast: bool = True, **moved: str) -> Iterator[World]:
    """A world of its own in `folder`; `fast` describes pictures without looking closely."""
    with running_azurite() as azurite, running_around(azurite, folder, fast=fast, moved=moved) as world:
        yield world


@contextmanager
def running_azure_world(folder: Path, **moved: str) -> Iterator[World]:
    """A world in which Azure's identity rules hold."""
    with running_azurite() as azurite, running_around(azurite, folder, fast=True, moved=moved, identity=True) as world:
        yield world


@contextmanager
def running_around(
    azurite: Azurite,
    folder: Path,
    *,
    fast: bool,
    moved: Mapping[str, str],
    before_app: Callable[[World], object] = lambda _: None,
    app_folder: Path = ROOT,
    host_options: Sequence[str] = (),
    identity: bool = AZURE_WORLD,
) -> Iterator[World]:
    """A world whose storage runs already; `before_app` is called when all runs but the app."""
    if sys.version_info < (3, 13):
        pytest.skip("the Functions worker library needs Python 3.13")
    ports = [str(free_port()) for _ in range(3)]
    search_key = moved.get("AZURE_SEARCH_API_KEY", KEY)
    search_url, models_url, app = (f"http://127.0.0.1:{port}" for port in ports)
    with httpx.Client(base_url=app, timeout=60, trust_env=False) as http:
        search = Process(
            "search",
            python("local.search", "--port", ports[0], "--data", str(folder / "search")),
            f"{search_url}/__health",
            folder,
            {"SEARCH_KEY": search_key},
            UNMEASURED,
        )
        models = Process(
            "models",
            python("local.models", "--port", ports[1], *(["--fast"] if fast else [])),
            f"{models_url}/__health",
            folder,
            absent=UNMEASURED,
        )
        front = IdentityFront(folder, azurite, search_url, models_url, search_key) if identity else None
        app_folder = linked_app(folder, app_folder) if front else app_folder
        host = Process(
            "host",
            python("local.host", str(app_folder), "--port", ports[2], *host_options),
            f"{app}/admin/host/status",
            folder,
            {**settings(azurite, models_url, search_url), **(front.settings if front else {}), **moved},
            CONNECTIONS if front else (),
        )
        gateways = [_gateway(front)] if front else []
        try:
            world = World(azurite, search, models, host, http, models_url, search_url, front)
            for part in (search, models, *gateways):
                part.start()
            before_app(world)
            host.start()
            eventually(lambda: world.get("/api/health"), timeout=60)
            yield world
        finally:
            for part in (host, *gateways, models, search):
                part.stop()


def linked_app(folder: Path, app: Path) -> Path:
    """The app once more, without local.settings.json, whose keys would win where the environment has none."""
    linked = folder / "app"
    linked.mkdir()
    for name in ("function_app.py", "host.json", "catalogue", "ingest", "query", "shared", "web"):
        (linked / name).symlink_to(app / name)
    return linked


def _gateway(front: IdentityFront) -> Process:
    """Azure's identity rules as a process."""
    command = python("local.identity", *front.arguments)
    return Process("identity", command, f"{front.url}/__health", front.folder, front.secrets, UNMEASURED)


@contextmanager
def running_locked(world: World, folder: Path, *arguments: str, keys: str, **moved: str) -> Iterator[Process]:
    """A second host of the world's app, at `process.url`, which checks these keys of its own (API_KEYS)."""
    with running_beside(world, folder, *arguments, settings={"HTTP_AUTH": "key", "API_KEYS": keys, **moved}) as host:
        yield host


@contextmanager
def running_beside(
    world: World,
    folder: Path,
    *arguments: str,
    app_folder: Path = ROOT,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Process]:
    """A second host of the world's app, at `process.url`, with other settings."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = python("local.host", str(app_folder), "--port", str(port), *arguments)
    environment = {**world.host.environment, **settings}
    host = Process("beside", command, f"{url}/api/health", folder, environment)
    try:
        host.start()
        yield host
    finally:
        host.stop()
