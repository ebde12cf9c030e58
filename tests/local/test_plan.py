"""What is started, by ports and settings, before anything is."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local import ollama
from local import plan as planning
from local.plan import plan
from local.ports import PortError, Ports, check_free

SAMPLE = json.loads(planning.SAMPLE.read_text(encoding="utf-8"))["Values"]


@pytest.fixture(autouse=True)
def _sample_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner's own settings on this machine are none of the tests' business."""
    monkeypatch.setattr(planning, "OURS", planning.SAMPLE)


def test_everything_is_started_in_order_when_nothing_is_set(tmp_path: Path) -> None:
    chosen = plan(Ports.read({}), {}, state=tmp_path)

    assert [part.name.split()[0] for part in chosen.parts] == ["blobs", "search", "models", "the"]
    assert chosen.outside == ()


def test_moved_ports_reach_the_app_as_settings(tmp_path: Path) -> None:
    ports = Ports.read({"SEARCH_PORT": "8072", "BLOB_PORT": "8100", "PORT": "8071"})

    app = plan(ports, {}, state=tmp_path).parts[-1]

    assert app.environment["AZURE_SEARCH_ENDPOINT"] == "http://127.0.0.1:8072"
    assert "BlobEndpoint=http://127.0.0.1:8100/" in app.environment["PhotoStorage"]
    assert "--port" in app.command
    assert "8071" in app.command


def test_real_models_replace_their_stand_in(tmp_path: Path) -> None:
    chosen = plan(Ports.read({}), {"OPENAI_BASE_URL": "https://models.example/v1"}, state=tmp_path)

    assert "models" not in {part.name for part in chosen.parts}
    assert "OPENAI_BASE_URL" not in chosen.parts[-1].environment
    assert chosen.outside == ("OPENAI_BASE_URL is https://models.example/v1",)


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(PortError, match=f"SEARCH_PORT={port}"):
        Ports.read({"SEARCH_PORT": port})


def test_a_busy_port_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortError, match=f"port {port} is in use.*PORT="):
            check_free("PORT", port)


def test_the_sample_names_the_default_ports() -> None:
    assert SAMPLE["AZURE_SEARCH_ENDPOINT"].endswith(":7072")
    assert SAMPLE["OPENAI_BASE_URL"].endswith(":7073/v1")


async def test_a_running_ollama_is_offered_with_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tags(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"models": [{"name": "qwen3-vl:4b"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Tags)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(ollama, "ADDRESS", f"http://127.0.0.1:{server.server_port}")
    try:
        offered = await ollama.offer()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert offered is not None
    assert "qwen3-vl:4b" in offered


async def test_without_ollama_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama, "ADDRESS", "http://127.0.0.1:9")

    assert await ollama.offer() is None
