"""Keys of our own, made by the command and checked by the app under the host."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from shared.access.roles import Role
from tests.local.host.conftest import new_sandbox
from tests.machine import ROOT, Azurite, eventually
from web.routes import ROUTES

OWNER = "o" * 40


def keys(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "web", "keys", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_keys_that_the_command_makes_open_what_they_may_until_they_are_revoked(
    azurite: Azurite, tmp_path: Path
) -> None:
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    storage = dict.fromkeys(("AzureWebJobsStorage", "PhotoStorage"), azurite.connection_string)
    with new_sandbox(azurite, tmp_path) as sandbox:
        settings = {**sample, **storage, "PHOTO_CONTAINER": sandbox.name, "HTTP_AUTH": "key"}
        settings["API_KEYS"] = f"owner:full:{OWNER}"
        name = f"reader-{sandbox.name}"
        reader = keys(settings, "make", name, "--right", "read")
        host = sandbox.start(ROOT, **settings)

        def status(method: str, path: str, key: str = "") -> int:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            return httpx.request(method, f"{host.url}/{path}", headers=headers, timeout=60).status_code

        def assert_opens(key: str) -> None:
            assert status("GET", "api/me", key) == 200

        assert_opens(reader)
        assert_opens(OWNER)
        for route in ROUTES:
            path = route.path.replace("{*path}", "a").replace("{*file}", "a").replace("{id}", "0" * 32).lstrip("/")
            assert (status(route.method, path) == 401) is not route.anonymous, route
            if route.role > Role.VIEWER:
                assert status(route.method, path, reader) == 403, route

        keys(settings, "revoke", name)

        def assert_revoked() -> None:
            assert status("GET", "api/me", reader) == 401

        eventually(assert_revoked, timeout=60)
        assert httpx.get(f"{host.url}/api/me", params={"code": OWNER}).json() == {
            "name": "owner",
            "role": "admin",
            "right": "full",
            "signed_in": False,
            "sign_out": None,
            "feedback": "off",
            "search_by_picture": True,
            "groups_missing": False,
        }
        assert OWNER not in host.log
        assert reader not in host.log
