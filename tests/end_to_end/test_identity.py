"""
The essentials in Azure's world: tokens of a managed identity and its roles instead of keys, over https.

`AZURE_WORLD=1` runs all end-to-end tests so.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from local.identity.roles import read_directory
from query.doctor.checks import Finding
from query.doctor.examination import QuietServices, examine
from shared.errors import ASK_THE_DOCTOR
from shared.services import Services, client_options
from shared.settings import load
from tests.identity_world import CONNECTIONS, IdentityFront
from tests.machine import eventually
from tests.world import AZURE_WORLD, ROOT, World, picture, running_azure_world

AnyServices = TypeVar("AnyServices", bound=Services)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_azure_world(tmp_path_factory.mktemp("identity")) as world:
        yield world


@pytest.fixture(scope="module")
def identity(world: World) -> IdentityFront:
    assert world.identity
    return world.identity


def upload(world: World, path: str, seed: int) -> str:
    """Upload a picture, wait until it is found, and return its id."""
    assert world.put(path, picture(seed)).status_code == 201
    return str(eventually(lambda: find(world, path), timeout=60)["id"])


def find(world: World, path: str) -> dict[str, Any]:
    [photo] = [each for each in world.get("/api/search", top=200)["photos"] if each["path"] == path]
    return photo  # type: ignore[no-any-return]


def gone(world: World, path: str) -> None:
    assert path not in world.paths()


def command(world: World, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**world.host.environment, "PATH": "/usr/bin:/bin", **changes}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def test_the_app_has_no_key(world: World) -> None:
    settings = world.host.environment

    assert not any(settings[name] for name in (*CONNECTIONS, "OPENAI_API_KEY", "AZURE_SEARCH_API_KEY"))
    assert all(settings[f"{name}__credential"] == "managedidentity" for name in CONNECTIONS)
    assert world.get("/api/health")["status"] == "ok"


def test_a_photo_is_described_found_and_talked_about(world: World) -> None:
    upload(world, "lake/boat.jpg", 1)

    answer = world.ask("which photos do I have of a boat?")["choices"][0]["message"]

    assert "lake/boat.jpg" in {each["path"] for each in answer["context"]["citations"]}
    assert world.get("/api/status")["indexed"] >= 1
    assert [each["id"] for each in world.http.get("/v1/models").json()["data"]]


def test_a_blob_that_others_put_there_is_found(world: World) -> None:
    world.drop("others/azcopy.jpg", picture(2))

    eventually(lambda: find(world, "others/azcopy.jpg"), timeout=60)


def test_pictures_open_by_links_that_a_user_delegation_key_signs(world: World, identity: IdentityFront) -> None:
    id_ = upload(world, "links/ä b+c.jpg", 3)

    links = [world.http.get(f"/api/photos/{id_}/{kind}").headers["location"] for kind in ("preview", "original")]
    answers = [world.follow(link) for link in links]

    assert [each.status_code for each in answers] == [200, 200]
    assert answers[1].content == picture(3)
    assert answers[1].headers["content-disposition"].startswith("attachment; filename*=UTF-8''%C3%A4%20b%2Bc.jpg")
    query = parse_qs(urlsplit(links[0]).query)
    assert query["skoid"] == [read_directory().principals["app"].object_id]
    assert not world.follow(links[0].replace("preview.jpg", "thumbnail.jpg")).is_success
    with identity.without("Storage Blob Data Owner"):  # a link can do no more than who signed it
        assert "AuthorizationPermissionMismatch" in world.follow(links[0]).text


async def test_links_hold_by_the_clock_of_storage(
    world: World, identity: IdentityFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("clock.jpg", picture(4))
    identity.set_clock(-3600)
    clients = as_the_app(world, identity, monkeypatch, Services)
    try:
        link = await clients.storage.link("clock.jpg", minutes=15, content_type="image/jpeg", file_name="clock.jpg")
        assert world.follow(link).content == picture(4)

        identity.set_clock(-2 * 3600)  # an hour earlier, this link is not valid yet
        answer = world.follow(link)
        assert answer.status_code == 403
        assert "Signature not valid in the specified key time frame" in answer.text
    finally:
        identity.set_clock(0)
        await clients.close()


def test_a_deleted_photo_is_gone(world: World) -> None:
    id_ = upload(world, "short-lived.jpg", 5)

    assert world.http.delete(f"/api/photos/{id_}").status_code == 200
    eventually(lambda: gone(world, "short-lived.jpg"), timeout=60)
    assert not list(world.blobs.get_container_client("photo-derived").list_blobs(id_))


def test_what_was_given_up_is_tried_again(world: World) -> None:
    world.misbehave(kind="content_filter", on="vision")
    assert world.put("refused.jpg", picture(6)).status_code == 201
    failure = eventually(lambda: world.failures()["refused.jpg"], timeout=60)
    assert failure["state"] == "failed"

    world.calm()
    assert world.http.post(f"/api/failures/{failure['id']}/retry").status_code == 202

    eventually(lambda: find(world, "refused.jpg"), timeout=60)
    assert "refused.jpg" not in world.failures()


def test_a_photo_is_paid_for_once_though_the_index_shows_it_late(world: World) -> None:
    world.wait_until_settled()  # what the tests before have sent is described
    world.forget_calls()
    world.set_search_lag(2)
    try:
        assert world.put("late/one.jpg", picture(7)).status_code == 201
        assert world.put("late/two.jpg", picture(7)).status_code == 201
        eventually(lambda: find(world, "late/one.jpg"), timeout=60)
        eventually(lambda: find(world, "late/two.jpg"), timeout=60)
    finally:
        world.set_search_lag(0)

    described = Counter(digest for call in world.calls("vision") for digest in call["image_digests"])
    assert set(described.values()) == {1}  # also of whatever else may be described meanwhile


def test_the_deployer_works_from_the_command_line(world: World, identity: IdentityFront, tmp_path: Path) -> None:
    """`az login` instead of a managed identity, with the roles that the template gives to who deploys."""
    signed_in = az(tmp_path, identity)
    (tmp_path / "imported").mkdir()
    (tmp_path / "imported" / "desk.jpg").write_bytes(picture(8))

    imported = command(world, "ingest", "import", str(tmp_path / "imported"), **signed_in)
    others = ("reconcile", "status", "retry") if AZURE_WORLD else ()
    done = [imported, *(command(world, "ingest", word, **signed_in) for word in others)]

    assert [each.returncode for each in done] == [0] * len(done), [each.stdout + each.stderr for each in done]
    eventually(lambda: find(world, "desk.jpg"), timeout=60)


def az(folder: Path, identity: IdentityFront) -> dict[str, str]:
    """The environment of somebody who is signed in: an `az` on the path that gives tokens, and no managed identity."""
    script = folder / "az"
    script.write_text(
        f"""#!{sys.executable}
import json, sys, urllib.request
resource = sys.argv[sys.argv.index("--resource") + 1]
url = "{identity.url}/__token?principal=deployer&resource=" + resource
request = urllib.request.Request(url, headers={{"X-IDENTITY-HEADER": "{identity.secrets["IDENTITY_HEADER"]}"}})
answer = json.load(urllib.request.urlopen(request))
print(json.dumps({{"accessToken": answer["access_token"], "expires_on": int(answer["expires_on"])}}))
"""
    )
    script.chmod(0o755)
    names = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", *(f"{each}__{of}" for each in CONNECTIONS for of in OF_IDENTITY))
    without = dict.fromkeys(names, "")
    return {**without, "PATH": f"{folder}:/usr/bin:/bin", "AZURE_TOKEN_CREDENTIALS": "dev"}


OF_IDENTITY = ("credential", "clientId")
# Each role of the app, and the checks of `python -m query doctor` that name it when it is missing.
ROLES = {
    "Storage Blob Data Owner": {"catalogue", "containers", "originals", "pictures", "links", "reconcile", "visibility"},
    "Storage Queue Data Contributor": {"queues", "messages"},
    "Search Service Contributor": {"index"},
    "Search Index Data Contributor": {"search", "write"},
    "Cognitive Services OpenAI User": {"server", "vision", "JSON schema", "tools", "streaming", "embedding"},
}
# Of the platform, of telemetry or of the real host: nothing on one machine asks for these.
ELSEWHERE = {"Storage Table Data Contributor", "Monitoring Metrics Publisher", "Key Vault Secrets User"}


def test_every_role_of_the_template_is_tried() -> None:
    roles = {each.role for each in read_directory().assignments if each.principal == "app"}

    assert roles == ROLES.keys() | ELSEWHERE


@pytest.mark.parametrize(("role", "checks"), ROLES.items(), ids=ROLES.keys())
async def test_a_missing_role_is_named(
    world: World, identity: IdentityFront, monkeypatch: pytest.MonkeyPatch, role: str, checks: set[str]
) -> None:
    with identity.without(role):
        findings = await examine_as_the_app(world, identity, monkeypatch)
        await eventually(partial(refused, world))

    missing = {each.check: each for each in findings if each.state == "missing"}
    assert missing.keys() == checks
    assert all(f"give the app's identity the role {role}" in each.advice for each in missing.values()), missing
    await eventually(partial(healthy, world))


async def test_with_all_roles_nothing_is_missing(
    world: World, identity: IdentityFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = await examine_as_the_app(world, identity, monkeypatch)

    assert {each.check: each.detail for each in findings if each.state == "missing"} == {}
    assert {each.check: each.detail for each in findings}["links"] == "signed with a user delegation key"


def as_the_app(
    world: World, identity: IdentityFront, monkeypatch: pytest.MonkeyPatch, class_: type[AnyServices]
) -> AnyServices:
    """The app's clients in this process, which have to be told of the certificate."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, world.host.environment[name])
    options = {"connection_verify": str(identity.certificate)}  # aiohttp reads the environment when it is imported
    monkeypatch.setattr("shared.services.client_options", lambda url: {**client_options(url), **options})
    return class_(load(world.host.environment))


async def examine_as_the_app(
    world: World, identity: IdentityFront, monkeypatch: pytest.MonkeyPatch
) -> Sequence[Finding]:
    """What `python -m query doctor` finds."""
    clients = as_the_app(world, identity, monkeypatch, QuietServices)
    try:
        return (await examine(clients)).findings
    finally:
        await clients.close()


async def refused(world: World) -> None:
    answer = world.http.get("/api/health")
    assert answer.status_code == 503
    words = answer.text + world.http.get("/api/status").text
    assert f"({ASK_THE_DOCTOR})" in words


async def healthy(world: World) -> None:
    assert world.http.get("/api/health").status_code == 200


def test_a_photo_waits_for_a_role_that_comes_late(world: World, identity: IdentityFront) -> None:
    with identity.without("Search Index Data Contributor"):
        assert world.put("early.jpg", picture(9)).status_code == 201
        failure = eventually(lambda: world.failures()["early.jpg"], timeout=60)
        assert failure["state"] == "retrying"

    assert world.http.post(f"/api/failures/{failure['id']}/retry").status_code == 202
    eventually(lambda: find(world, "early.jpg"), timeout=60)
