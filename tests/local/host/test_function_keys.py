"""Keys as the real host asks for them: every function and endpoint, with none, a wrong one and each kind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.host.errors import HostStartupError
from local.host.http.function_keys import read_function_keys
from tests.local.host.conftest import RunningHost, new_sandbox
from tests.machine import ROOT, Azurite, eventually
from web.routes import ROUTES

PING = "/admin/host/ping"


class GuardedHost:
    """A host of the whole app that asks for keys."""

    def __init__(self, host: RunningHost, folder: Path) -> None:
        self.http = httpx.Client(base_url=host.url, timeout=60, trust_env=False)
        content = json.loads((folder / "host.json").read_text("utf-8"))
        self.master = content["masterKey"]["value"]
        self.function = content["functionKeys"][0]["value"]
        self.systems = {each["name"]: each["value"] for each in content["systemKeys"]}

    def send(self, method: str, path: str, key: str = "", **options: Any) -> httpx.Response:
        headers = {"x-functions-key": key} if key else {}
        return self.http.request(method, path, headers=headers, **options)


@pytest.fixture(scope="module")
def guarded(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedHost]:
    folder = tmp_path_factory.mktemp("guarded")
    secrets = folder / "secrets"
    secrets.mkdir()
    own = {"keys": [{"name": "mine", "value": "the key of models", "encrypted": False}]}
    (secrets / "models.json").write_text(json.dumps(own), "utf-8")
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    with new_sandbox(azurite, folder) as sandbox:
        settings = {**sample, "AzureWebJobsStorage": azurite.connection_string}
        # Nothing of the app's own is needed here: it says so, once a request has passed the host.
        settings |= {"PhotoStorage": azurite.connection_string, "PHOTO_CONTAINER": sandbox.name, "CHAT_MODEL": "unset"}
        host = sandbox.launch(ROOT, "--secrets", str(secrets), **settings)
        eventually(lambda: httpx.get(f"{host.url}{PING}", trust_env=False).raise_for_status(), timeout=60)
        guarded = GuardedHost(host, secrets)
        with guarded.http:
            yield guarded


def test_every_function_asks_for_a_key_before_the_app_sees_anything(guarded: GuardedHost) -> None:
    for route in ROUTES:
        path = "/" + route.path.replace("{*path}", "a").replace("{*file}", "a").replace("{id}", "0" * 32).lstrip("/")
        refused = [guarded.send(route.method, path)]
        refused += [guarded.send(route.method, path, key) for key in ("wrong", guarded.systems["blobs_extension"])]
        elsewhere = ({"Authorization": f"Bearer {guarded.function}"}, {"api-key": guarded.function})
        refused += [guarded.http.request(route.method, path, headers=each) for each in elsewhere]
        for answer in refused:
            if route.anonymous:
                assert answer.status_code != 401, route
            else:
                assert (answer.status_code, answer.content) == (401, b""), route
        for key in (guarded.function, guarded.master):
            assert guarded.send(route.method, path, key).status_code != 401, route
            assert guarded.send(route.method, path, params={"code": key}).status_code != 401, route


def test_a_header_counts_before_the_query_and_a_function_may_have_keys_of_its_own(guarded: GuardedHost) -> None:
    right = {"code": guarded.function}
    assert guarded.send("GET", "/v1/models", "wrong", params=right).status_code == 401
    assert guarded.send("GET", "/v1/models", "the key of models").status_code != 401
    assert guarded.send("GET", "/api/status", "the key of models").status_code == 401


def test_the_hosts_own_endpoints_take_the_master_key_and_webhooks_their_system_key(guarded: GuardedHost) -> None:
    blobs = "/runtime/webhooks/blobs"
    assert guarded.send("GET", PING).status_code == 200
    for path in ("/admin/host/status", "/admin/functions", blobs, "/runtime/webhooks/nothing", "/runtime/webhooks"):
        for key in ("", "wrong", guarded.function, guarded.systems["eventgrid_extension"]):
            answer = guarded.send("GET", path, key)
            assert (answer.status_code, answer.content) == (401, b""), path
        assert guarded.send("GET", path, guarded.master).status_code != 401
    assert guarded.send("POST", blobs, params={"code": guarded.systems["blobs_extension"]}).status_code == 400
    assert guarded.send("GET", "/admin/host/status", guarded.systems["blobs_extension"]).status_code == 401


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first = read_function_keys(tmp_path / "secrets")

    assert read_function_keys(tmp_path / "secrets") == first
    assert (tmp_path / "secrets" / "host.json").stat().st_mode & 0o777 == 0o600
    assert len({first.master, *first.functions, *first.systems.values()}) == 4


@pytest.mark.parametrize("content", ["{}", '{"masterKey": 1}', '{"masterKey": {"value": "m"}, "functionKeys": [1]}'])
def test_keys_that_cannot_be_read_stop_the_host(content: str, tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text(content)

    with pytest.raises(HostStartupError, match="The keys in"):
        read_function_keys(tmp_path)
