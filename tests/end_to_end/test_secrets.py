"""A whole run with keys that stand out: none of them is in anything that is written, answered or printed."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from local.plan import AZURITE
from shared.errors import SettingsError
from shared.services import Services
from shared.settings import load
from tests.end_to_end.echo_server import echoing
from tests.machine import ACCOUNT, Azurite, eventually, free_port, missing
from tests.world import ROOT, Process, World, picture, python, running_around, settings

ACCOUNT_KEY = base64.b64encode(b"seed-of-the-storage-account-0123456789").decode()
MODEL_KEY = "seed-of-the-models-0123456789"
SEARCH_KEY = "seed-of-the-search-0123456789"
SIGNATURE = "seed%2Fof%2Bthe-signature-0123456789%3D"
OWN_KEY = "seed-of-the-app's-own-key-0123456789"
KEYS = {"OPENAI_API_KEY": MODEL_KEY, "AZURE_SEARCH_API_KEY": SEARCH_KEY, "API_KEYS": f"seeded:full:{OWN_KEY}"}
CLIENT_KEYS = {
    "code": "seed-in-the-address-0123456789",
    "x-functions-key": "seed-in-a-header-0123456789",
    "api-key": "seed-in-another-header-0123456789",
    "Authorization": "Bearer seed-of-a-bearer-0123456789",
}
SEEDS = {
    ACCOUNT_KEY,
    MODEL_KEY,
    SEARCH_KEY,
    SIGNATURE,
    OWN_KEY,
    *(each.removeprefix("Bearer ") for each in CLIENT_KEYS.values()),
}


@dataclass
class KeyedAzurite(Azurite):
    """The emulator with a key that only this run knows."""

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
            f"BlobEndpoint={self.blob_url};QueueEndpoint={self.queue_url};"
        )


@dataclass
class Leaks:
    """Looks for keys in what it is shown."""

    seeds: set[str]
    places: list[str] = field(default_factory=list)

    def look(self, place: str, text: str) -> None:
        spellings = {each for seed in self.seeds for each in (seed, unquote(seed))}
        self.places += [f"{seed} in {place}: {_around(text, seed)}" for seed in spellings if seed in text]

    def look_into_files(self, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                self.look(str(path), path.read_bytes().decode(errors="replace"))


def _around(text: str, seed: str) -> str:
    start = text.index(seed)
    return text[max(0, start - 300) : start + 100]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every part of the run writes; the emulator keeps its data elsewhere."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[World]:
    if not AZURITE.exists():
        missing("Azurite (npm install in local/)")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        environment.setenv("AZURITE_ACCOUNTS", f"{ACCOUNT}:{ACCOUNT_KEY}")
        azurite = KeyedAzurite(tmp_path_factory.mktemp("azurite"))
        azurite.start()
        stack.callback(azurite.stop)
        yield stack.enter_context(running_around(azurite, folder, fast=True, moved=KEYS, identity=False))


def ask_everything(http: httpx.Client, keys: Mapping[str, str] = CLIENT_KEYS) -> Iterator[tuple[str, str]]:
    """Requests with keys in all places, and their answers: those that succeed and those of every kind that do not."""
    key = {"code": keys["code"]}
    headers = {name: value for name, value in keys.items() if name != "code"}
    chat = {"messages": [{"role": "user", "content": "Which photos show animals?"}]}
    requests = [
        ("GET", "/api/status", {}), ("GET", "/api/health", {}), ("GET", "/api/search", {"q": "dog"}),
        ("GET", "/api/search", {"top": "x"}), ("GET", "/api/search", {"unknown": "x"}), ("GET", "/api/failures", {}),
        ("GET", "/api/photos/0", {}), ("GET", f"/api/photos/{'0' * 32}", {}), ("GET", "/nowhere", {}),
        ("GET", "/api/openapi.json", {}), ("GET", "/page/x/nothing.js", {}), ("PATCH", "/api/status", {}),
        ("GET", "/admin/functions", {}), ("GET", "/admin/nothing", {}), ("GET", "/v1/models/nothing", {}),
        ("GET", "/api/originals/a.jpg", {}), ("POST", "/api/failures/retry", {}),
    ]  # fmt: skip
    for method, path, parameters in requests:
        yield path, http.request(method, path, params={**key, **parameters}, headers=headers).text
    for content in ({**chat}, {**chat, "stream": True}, {"messages": "wrong"}, {"ids": ["wrong"]}):
        for path in ("/v1/chat/completions", "/api/links"):
            yield path, http.post(path, params=key, headers=headers, json=content).text
    foreign = {"Host": "evil.example", "Origin": "https://evil.example"}
    yield "foreign", http.get("/api/status", params=key, headers=headers | foreign).text
    yield "upload", http.put("/api/photos/upload.jpg", params=key, headers=headers, content=picture(7)).text
    yield "bad upload", http.put("/api/photos/a//b.jpg", params=key, headers=headers, content=b"x").text


def test_no_key_is_written_or_answered_in_a_run_that_goes_well(world: World, folder: Path) -> None:
    leaks = Leaks(SEEDS)
    world.put("a.jpg", picture(1))
    world.wait_until_settled()

    for place, text in ask_everything(world.http):
        leaks.look(place, text)
    world.wait_until_settled()

    [photo, *_] = world.get("/api/search")["photos"]
    link = world.http.get(f"/api/photos/{photo['id']}/thumbnail").headers["location"]
    httpx.get(link, trust_env=False).raise_for_status()
    [signature] = parse_qs(urlsplit(link).query)["sig"]
    leaks.seeds.add(signature)
    leaks.look_into_files(folder)
    for process in (world.host, world.search, world.models):
        leaks.look(process.name, str(process.command))
    assert world.host.log.read_text()
    assert leaks.places == []


def test_no_key_is_in_what_is_said_of_parts_that_are_gone(world: World, folder: Path) -> None:
    leaks = Leaks(SEEDS)
    for part in (world.search, world.models):
        part.stop()
    try:
        for place in ("/api/health", "/api/status", "/api/search?q=a"):
            leaks.look(place, world.http.get(place).text)
    finally:
        for part in (world.search, world.models):
            part.start()

    leaks.look_into_files(folder)
    assert leaks.places == []


def test_no_key_is_repeated_when_search_and_models_echo_what_they_refuse(world: World, folder: Path) -> None:
    """The storage is real, so photos arrive, fail and leave their reasons in tickets, records and the log."""
    leaks = Leaks(SEEDS)
    container = world.blobs.create_container("refused")
    with echoing() as (url, said):
        own = {"PHOTO_CONTAINER": "refused", "AzureFunctionsWebHost__hostid": "refused"}
        services = {"OPENAI_BASE_URL": url, "AZURE_SEARCH_ENDPOINT": url}
        with refused_app(world, folder, **own, **services) as http:
            for number in range(6):
                container.upload_blob(f"{number}.jpg", picture(20 + number))
            for place, text in ask_everything(http):
                leaks.look(place, text)
            eventually(lambda: _assert_in_record("{", _blobs(world, "photo-failures")), timeout=120)
        _assert_said({MODEL_KEY, SEARCH_KEY}, said)
        for command in ("status", "reconcile"):
            leaks.look(command, _command(command, settings(world.azurite, url, url) | KEYS))

    for blob in _blobs(world, "photo-failures"):
        leaks.look("photo-failures", blob)
    leaks.look_into_files(folder)
    assert leaks.places == []


@pytest.mark.parametrize("status", [200, 401])
def test_no_key_of_the_app_is_repeated_where_it_checks_them(status: int, world: World, folder: Path) -> None:
    leaks = Leaks(SEEDS)
    key = OWN_KEY if status == 200 else CLIENT_KEYS["code"]
    keys = {**dict.fromkeys(CLIENT_KEYS, key), "Authorization": f"Bearer {key}"}
    with refused_app(world, folder, HTTP_AUTH="key") as http:
        assert http.get("/api/me", params={"code": key}).status_code == status
        for place, text in ask_everything(http, keys):
            leaks.look(place, text)

    leaks.look_into_files(folder)
    assert leaks.places == []


def test_no_signature_is_repeated_when_storage_echoes_what_it_refuses(world: World, folder: Path) -> None:
    leaks = Leaks(SEEDS)
    with echoing() as (url, said):
        storage = (
            f"BlobEndpoint={url}/a;QueueEndpoint={url}/a;SharedAccessSignature=sv=2024-11-04&ss=bq&sig={SIGNATURE}"
        )
        with refused_app(world, folder, PhotoStorage=storage) as http:
            for place, text in ask_everything(http):
                leaks.look(place, text)
            _assert_said({SIGNATURE}, said)

    leaks.look_into_files(folder)
    assert leaks.places == []


@pytest.mark.parametrize(
    "value",
    [
        f"{ACCOUNT_KEY}",
        f"AccountName=a;AccountKey=not base64 {ACCOUNT_KEY}x",
        f"AccountName=a;AccountKey={ACCOUNT_KEY};BlobEndpoint=nonsense",
        f"SharedAccessSignature=sig={SIGNATURE}",
    ],
)
def test_a_malformed_connection_is_refused_without_repeating_it(value: str) -> None:
    leaks = Leaks(SEEDS)
    required = dict.fromkeys(("CAPTION_MODEL", "CHAT_MODEL", "EMBEDDING_MODEL"), "x") | {
        "OPENAI_BASE_URL": "http://m",
        "AZURE_SEARCH_ENDPOINT": "http://s",
        "EMBEDDING_DIMENSIONS": "2",
    }
    services = Services(load({**required, "PhotoStorage": value, "AzureWebJobsStorage": value}))

    leaks.look("settings", repr(services.settings))
    try:
        leaks.look("storage", repr(services.storage))
        leaks.look("host", repr(services.host_queues))
    except SettingsError as error:
        leaks.look("error", repr(error))
    assert leaks.places == []


@contextmanager
def refused_app(world: World, folder: Path, **moved: str) -> Iterator[httpx.Client]:
    """A client of a second app beside the world's, with other services."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**settings(world.azurite, world.models_url, world.search_url), **KEYS, **moved}
    command = python("local.host", str(ROOT), "--port", str(port))
    app = Process(f"refused {port}", command, f"{url}/admin/host/status", folder, environment)
    with httpx.Client(base_url=url, timeout=180, trust_env=False) as http:
        app.start()
        try:
            yield http
        finally:
            app.stop()


def _assert_said(seeds: set[str], said: Iterable[str]) -> None:
    """That the echo really had each key to repeat."""
    text = unquote("\n".join(said))
    assert {seed for seed in seeds if unquote(seed) not in text} == set()


def _assert_in_record(words: str, records: list[str]) -> None:
    assert words in "".join(records)


def _blobs(world: World, name: str) -> list[str]:
    container = world.blobs.get_container_client(name)
    if not container.exists():
        return []
    return [container.download_blob(each.name).readall().decode() for each in container.list_blobs()]


def _command(command: str, environment: Mapping[str, str]) -> str:
    """All that a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest", command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr
