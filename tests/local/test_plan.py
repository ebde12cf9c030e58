"""What is going to be started, depending on ports and settings."""

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local import ollama, settings_file
from local.network import address_in_network, network_advice
from local.plan import PEOPLE, app_key, key_advice, make_plan
from local.ports import PortError, ServicePorts, check_free
from local.running import announce
from local.settings_file import SAMPLE_SETTINGS_FILE
from shared import local_settings

SAMPLE = json.loads(settings_file.SAMPLE_SETTINGS_FILE.read_text(encoding="utf-8"))["Values"]


@pytest.fixture(autouse=True)
def _sample_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests do not depend on the settings of whoever runs them."""
    monkeypatch.setattr(settings_file, "SETTINGS_FILE", settings_file.SAMPLE_SETTINGS_FILE)


def test_everything_is_started_in_order_when_nothing_is_set(tmp_path: Path) -> None:
    startup = make_plan(ServicePorts.from_environment({}), {}, state=tmp_path)

    assert [process.name.split()[0] for process in startup.processes] == ["blobs", "search", "models", "the"]
    assert startup.external_services == ()


def test_moved_ports_reach_the_app_as_settings(tmp_path: Path) -> None:
    ports = ServicePorts.from_environment({"SEARCH_PORT": "8072", "BLOB_PORT": "8100", "PORT": "8071"})

    app = make_plan(ports, {}, state=tmp_path).processes[-1]

    assert app.environment["AZURE_SEARCH_ENDPOINT"] == "http://127.0.0.1:8072"
    assert "BlobEndpoint=http://127.0.0.1:8100/" in app.environment["PhotoStorage"]
    assert "--port" in app.command
    assert "8071" in app.command


def test_the_host_asks_for_keys_on_demand_and_the_key_is_then_at_hand(tmp_path: Path) -> None:
    ports, folder = ServicePorts.from_environment({}), tmp_path / "function-keys"
    folder.mkdir()
    (folder / "host.json").write_text('{"functionKeys": [{"name": "default", "value": "the key"}]}')

    assert "--secrets" not in make_plan(ports, {}, state=tmp_path).processes[-1].command
    command = make_plan(ports, {"FUNCTION_KEYS": "on"}, state=tmp_path).processes[-1].command
    assert command[-2:] == ("--secrets", str(folder))
    assert app_key({}, tmp_path) == ""
    assert app_key({"FUNCTION_KEYS": "on"}, tmp_path) == "the key"
    keys = {"HTTP_AUTH": "key", "API_KEYS": f"a:read:{'r' * 32}, b:full:{'f:' * 16}"}
    assert app_key(keys, tmp_path) == "f:" * 16
    assert app_key({"HTTP_AUTH": "key"}, tmp_path) == ""


def test_whoever_starts_it_is_told_where_keys_are(tmp_path: Path) -> None:
    assert key_advice({}, tmp_path) == ""
    assert str(tmp_path / "function-keys" / "host.json") in key_advice({"FUNCTION_KEYS": "on"}, tmp_path)
    assert "python -m web keys make" in key_advice({"HTTP_AUTH": "key", "FUNCTION_KEYS": "on"}, tmp_path)
    assert "people sign in" in key_advice({"HTTP_AUTH": "platform"}, tmp_path)


def test_people_sign_in_on_demand_and_whatever_starts_it_has_a_key(tmp_path: Path) -> None:
    ports, platform = ServicePorts.from_environment({}), {"HTTP_AUTH": "platform"}

    host = make_plan(ports, platform, state=tmp_path).processes[-1]
    assert host.command[-4:] == ("--secrets", str(tmp_path / "function-keys"), "--people", str(PEOPLE))
    assert "--secrets" in make_plan(ports, {"HTTP_AUTH": "key"}, state=tmp_path).processes[-1].command
    key = app_key(platform, tmp_path)
    assert host.environment["API_KEYS"] == f"this-machine:admin:{key}"
    assert (tmp_path / "own-key").stat().st_mode & 0o777 == 0o600
    assert app_key(platform, tmp_path) == key

    own = platform | {"PEOPLE_FILE": "/p.json", "API_KEYS": f"b:full:{'f' * 32}"}
    host = make_plan(ports, own, state=tmp_path).processes[-1]
    assert host.command[-2:] == ("--people", "/p.json")
    assert "API_KEYS" not in host.environment
    assert app_key(own, tmp_path) == "f" * 32
    reader = platform | {"API_KEYS": f"a:read:{'r' * 32}"}
    assert make_plan(ports, reader, state=tmp_path).processes[-1].environment["API_KEYS"] == (
        f"a:read:{'r' * 32}, this-machine:admin:{key}"
    )
    assert "--people" not in make_plan(ports, {}, state=tmp_path).processes[-1].command


def test_real_models_replace_their_stand_in(tmp_path: Path) -> None:
    url = "https://models.example/v1"
    real = {"OPENAI_BASE_URL": url, "IMAGE_EMBEDDING_ENDPOINT": "https://images.example/models"}

    startup = make_plan(ServicePorts.from_environment({}), real, state=tmp_path)

    assert "models" not in {process.name for process in startup.processes}
    assert "OPENAI_BASE_URL" not in startup.processes[-1].environment
    assert startup.external_services == ("OPENAI_BASE_URL is https://models.example/v1",)


def test_the_stand_in_embeds_pictures_for_real_models_that_do_not(tmp_path: Path) -> None:
    real = {"OPENAI_BASE_URL": "https://models.example/v1"}

    startup = make_plan(ServicePorts.from_environment({}), real, state=tmp_path)

    assert "models" in {process.name for process in startup.processes}
    assert startup.processes[-1].environment["IMAGE_EMBEDDING_ENDPOINT"] == "http://127.0.0.1:7073/models"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@models.example:8443/v1?api-key=secret", "https://models.example:8443/v1"),
        ("http://models.example", "http://models.example"),
    ],
)
def test_addresses_are_said_without_what_is_secret_in_them(url: str, shown: str, tmp_path: Path) -> None:
    startup = make_plan(ServicePorts.from_environment({}), {"OPENAI_BASE_URL": url}, state=tmp_path)

    assert startup.external_services == (f"OPENAI_BASE_URL is {shown}",)


def test_no_key_is_on_a_command_line(tmp_path: Path) -> None:
    keys = {"AZURE_SEARCH_API_KEY": "search-secret", "OPENAI_API_KEY": "models-secret"}

    startup = make_plan(ServicePorts.from_environment({}), keys, state=tmp_path)

    assert "secret" not in str([process.command for process in startup.processes])
    assert next(each for each in startup.processes if each.name == "search").environment == {
        "SEARCH_KEY": "search-secret"
    }


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_an_invalid_port_is_named(port: str) -> None:
    with pytest.raises(PortError, match=f"SEARCH_PORT={port}"):
        ServicePorts.from_environment({"SEARCH_PORT": port})


def test_all_busy_ports_are_named_with_a_way_out_that_keeps_what_was_set() -> None:
    with socket.socket() as first, socket.socket() as second:
        ports = {}
        for name, listener in {"PORT": first, "BLOB_PORT": second}.items():
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            ports[name] = listener.getsockname()[1]
        environment = {"STATE": "my photos", "SAMPLES": "0", "QUEUE_PORT": "7", "PORT": str(ports["PORT"])}

        with pytest.raises(PortError) as refused:
            check_free({**ports, "QUEUE_PORT": 0}, environment)

    message = str(refused.value)
    assert f"ports {ports['PORT']} (PORT) and {ports['BLOB_PORT']} (BLOB_PORT) are in use" in message
    assert re.search(r"with STATE='my photos' SAMPLES=0 PORT=\d+ QUEUE_PORT=7 BLOB_PORT=\d+ make run$", message)
    assert f" PORT={ports['PORT']} " not in message


def test_a_library_that_runs_is_found_by_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file = tmp_path / "local.settings.json"
    settings_file.write_bytes(SAMPLE_SETTINGS_FILE.read_bytes())
    monkeypatch.setattr(local_settings, "LOCAL_SETTINGS", settings_file)
    ports = ServicePorts(app=7171, search=7172, models=7173, blobs=10100, queues=10101)
    startup = make_plan(ports, {}, state=tmp_path / "shop")

    announce(ports, startup.addresses, tmp_path / "shop", tmp_path / ".local" / "running")

    [library] = local_settings._running_libraries(tmp_path / ".local" / "running")
    assert library.fits({"PORT": "7171", "STATE": str(tmp_path / "shop")})
    assert not library.fits({"PORT": "7071"})
    assert not library.fits({"STATE": str(tmp_path)})
    assert "127.0.0.1:10100/" in library.settings["PhotoStorage"]
    assert library.settings["AZURE_SEARCH_ENDPOINT"] == "http://127.0.0.1:7172"


def test_the_sample_names_the_default_ports() -> None:
    assert SAMPLE["AZURE_SEARCH_ENDPOINT"].endswith(":7072")
    assert SAMPLE["OPENAI_BASE_URL"].endswith(":7073/v1")


async def test_a_running_ollama_is_suggested_with_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    class OllamaHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"models": [{"name": "qwen3-vl:4b"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), OllamaHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(ollama, "ADDRESS", f"http://127.0.0.1:{server.server_port}")
    try:
        suggestion = await ollama.suggest_ollama()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert suggestion is not None
    assert "qwen3-vl:4b" in suggestion


async def test_without_ollama_nothing_is_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama, "ADDRESS", "http://127.0.0.1:9")

    assert await ollama.suggest_ollama() is None


def test_a_network_is_served_with_a_key_through_the_app_alone(tmp_path: Path) -> None:
    environment = {"ADDRESS": "0.0.0.0", "ALLOWED_HOSTS": "photos.home"}  # noqa: S104 - nothing listens

    *stand_ins, app = make_plan(ServicePorts.from_environment({}), environment, state=tmp_path).processes

    key = app_key(environment, tmp_path)
    assert app.command[-4:] == ("--secrets", str(tmp_path / "function-keys"), "--address", environment["ADDRESS"])
    assert (app.environment["PICTURES"], app.environment["HTTP_AUTH"]) == ("proxy", "key")
    assert app.environment["ALLOWED_HOSTS"].split(", ")[:2] == ["photos.home", address_in_network()]
    assert app.environment["API_KEYS"] == f"this-machine:admin:{key}"
    assert len(key) > 40
    assert all("--address" not in each.command and "127.0.0.1" in each.health_url for each in stand_ins)
    assert network_advice(environment["ADDRESS"], 7071, key).startswith(
        f"\n  in the network  http://{address_in_network()}:7071/?code={key}"
    )


def test_keys_that_somebody_has_set_stay_those_of_the_network(tmp_path: Path) -> None:
    environment = {"ADDRESS": "0.0.0.0", "HTTP_AUTH": "key", "API_KEYS": f"me:admin:{'k' * 32}"}  # noqa: S104

    app = make_plan(ServicePorts.from_environment({}), environment, state=tmp_path).processes[-1]

    assert not {"API_KEYS", "HTTP_AUTH"} & app.environment.keys()
    assert app_key(environment, tmp_path) == "k" * 32


def test_this_machine_alone_is_what_is_served_unless_somebody_asks(tmp_path: Path) -> None:
    app = make_plan(ServicePorts.from_environment({}), {}, state=tmp_path).processes[-1]

    assert "--address" not in app.command
    assert not {"PICTURES", "HTTP_AUTH", "ALLOWED_HOSTS"} & app.environment.keys()
    assert network_advice("127.0.0.1", 7071, "") == ""
    with pytest.raises(PortError, match=r"use 0\.0\.0\.0 for your network"):
        make_plan(ServicePorts.from_environment({}), {"ADDRESS": "192.168.1.20"}, state=tmp_path)
