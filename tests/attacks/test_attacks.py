"""
Every attack against the whole app of a laptop: each must hold.

What keys are for is attacked where the app checks its own, and signed pictures where they pass through it. The rest is
attacked where the host would check keys, and pictures come from storage.
"""

import json
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.attacks import slow
from tests.attacks.__main__ import main
from tests.attacks.attack import Attack, NotApplicable, Outcome, run
from tests.attacks.everything import ATTACKS
from tests.attacks.hostile_words import hostile
from tests.attacks.inert_replies import check_inert, told_places
from tests.attacks.library import with_photos
from tests.attacks.listener import listening
from tests.attacks.reply import Reply
from tests.attacks.target import Target
from tests.attacks.two_people import PEOPLE, done_to, spent, two_people
from tests.end_to_end.test_keys import keys
from tests.machine import eventually
from tests.world import Process, World, running_beside, running_locked, running_world

IN_KEY_MODE = {"key", "forged sign-in", "origin", "simple request", "host's own", "signed picture"}
CASES = [("function", each) for each in ATTACKS if each.kind not in {"key", "signed picture", "neighbour"}] + [
    ("key", each) for each in ATTACKS if each.kind in IN_KEY_MODE
]
# Of two people at once: in every run what depends on who asks; all with ATTACKS=all, which takes minutes.
BY_SOMEBODY = [each for each in ATTACKS if os.environ.get("ATTACKS") == "all" or each.kind == "neighbour"]


@dataclass(frozen=True)
class LockedApp:
    """A second host of the world's app, which checks keys of its own and passes pictures on."""

    host: Process
    target: Target


# Definitions are an administrator's, whose words no agent should follow either.
OWN_FIELDS = {
    "fields": [
        {"name": "shelf", "type": "string", "facet": True},
        {"name": "kind", "type": "choice", "values": [hostile("choice")[:70], "neither"], "facet": True},
    ]
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("attacked")) as world:
        container = world.blobs.get_container_client("photo-settings")
        if not container.exists():
            container.create_container()
        container.upload_blob("catalogue.json", json.dumps(OWN_FIELDS).encode(), overwrite=True)

        def assert_defined() -> None:
            assert [each["name"] for each in world.get("/api/catalogue")["fields"]] == ["shelf", "kind"]

        eventually(assert_defined, timeout=60)
        yield world


@pytest.fixture(scope="module")
def target(world: World) -> Iterator[Target]:
    url = str(world.http.base_url).rstrip("/")
    with with_photos(Target(url, stand_ins=[world.models_url, world.search_url])) as target:
        senders = slow.start(target)
        yield target
        senders.close()


@pytest.fixture(scope="module")
def locked_app(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LockedApp]:
    folder = tmp_path_factory.mktemp("locked")
    owner, name = secrets.token_urlsafe(40), secrets.token_hex(4)
    environment = dict(world.host.environment)
    reader, revoked = (keys(environment, "make", f"{each}-{name}", "--right", each) for each in ("read", "full"))
    keys(environment, "revoke", f"full-{name}")
    with (
        running_locked(world, folder, "--secrets", str(folder), keys=f"owner:full:{owner}", PICTURES="proxy") as host,
        with_photos(Target(host.url, owner, reader, revoked)) as target,
    ):
        yield LockedApp(host, target)


@pytest.mark.parametrize(("mode", "attack"), CASES, ids=str)
def test_an_attack_holds(mode: str, attack: Attack, request: pytest.FixtureRequest) -> None:
    target = request.getfixturevalue("locked_app").target if mode == "key" else request.getfixturevalue("target")

    outcome = run(attack, target)

    assert outcome.verdict != "BROKEN", outcome.reason
    assert outcome.verdict == "OK" or mode == "function", outcome.reason


def test_a_hostile_person_gets_nowhere_and_somebody_else_works_on_meanwhile(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("people")
    file = folder / "people.json"
    file.write_text(json.dumps(PEOPLE))
    with (
        running_beside(
            world, folder, "--people", str(file), "--secrets", str(folder / "keys"), settings={"HTTP_AUTH": "platform"}
        ) as app,
        two_people(app) as both,
    ):
        original = both.original()
        outcomes, work = both.attack(BY_SOMEBODY)
        sys.stdout.write(f"{dict(Counter(each.verdict for each in outcomes))}; {work}\n")

        assert [str(each) for each in outcomes if each.verdict == "BROKEN"] == []
        assert (work.faults, bool(work.seconds)) == ([], True)
        assert both.original() == original
        assert spent(both.admin)["hana@x (hana)"]["answers"] == work.questions
        for id_ in both.honest.photos.values():
            assert set(done_to(both.admin, id_)) == {"hana@x"}


def test_where_no_key_is_asked_for_no_route_can_be_opened_by_a_signature(target: Target) -> None:
    [attack] = [each for each in ATTACKS if str(each) == "signed picture: opens no other route"]

    assert run(attack, target).verdict == "n/a"


def test_a_key_in_an_address_is_in_no_log(locked_app: LockedApp) -> None:
    target = locked_app.target
    for key, status in ((target.key, 200), (target.read_key, 200), (target.revoked_key, 401), (target.read_key, 403)):
        method, path = ("GET", "/api/status") if status != 403 else ("POST", "/api/failures/retry")
        target.send(method, f"{path}?code={key}", key=None, status=[status])
        target.send(method, f"{path}?q=a&code={key}&top=x", key=None)

    log = locked_app.host.log.read_text(errors="replace")
    assert "api/status" in log
    assert not [each for each in (target.key, target.read_key, target.revoked_key) if each and each in log]


def test_every_attack_has_a_line_of_its_own() -> None:
    assert len({str(each) for each in ATTACKS}) == len(ATTACKS)


def test_a_reply_with_hostile_words_as_they_were_written_is_broken_open() -> None:
    def reply(text: str) -> Reply:
        return Reply(200, (), json.dumps({"result": {"content": [{"type": "text", "text": text}]}}).encode())

    target = Target("http://localhost:7071")
    for text in (hostile("title"), json.dumps({"tags": [hostile("tags")]}), "https://evil.example", "<img src=x>"):
        with pytest.raises(AssertionError, match="it tells"):
            check_inert(target, reply(text))
    check_inert(target, reply("![title] (https:// evil.example) < img src=x> http://localhost:7071/?photo=1"))
    assert told_places(reply("![title] (https:// evil.example)")) == {"title"}
    assert told_places(reply(hostile("title"))) == set()


def test_a_listener_tells_who_has_called_it() -> None:
    with listening() as listener:
        assert listener.called() == []
        httpx.get(f"{listener.url}/a?b=c", trust_env=False)
        httpx.post(f"{listener.url}/d", trust_env=False)

        assert listener.called() == ["/a?b=c", "/d"]


def test_an_outcome_says_what_held() -> None:
    def through(_: Target) -> None:
        raise AssertionError("it got in")

    def impossible(_: Target) -> None:
        raise NotApplicable("there is no door")

    target = Target("http://localhost")
    lines = [str(run(Attack("kind", "name", check), target)) for check in (lambda _: None, through, impossible)]

    assert lines == ["OK      kind: name", "BROKEN  kind: name  (it got in)", "n/a     kind: name  (there is no door)"]
    assert Outcome(Attack("k", "n", through), "OK").reason == ""


def test_the_command_shows_a_line_for_each(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(world.http.base_url), "--only", "page: its other headers"])

    assert capsys.readouterr().out.splitlines() == [
        "OK      page: its other headers",
        "",
        "1 held, 0 broke, 0 not applicable",
    ]
    assert status == 0
