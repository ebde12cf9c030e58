"""Every attack against the whole app of a laptop: each must hold."""

from collections.abc import Iterator

import pytest

from tests.attacks import slow
from tests.attacks.__main__ import main
from tests.attacks.attack import Attack, NotApplicable, Outcome, run
from tests.attacks.everything import ATTACKS
from tests.attacks.library import with_photos
from tests.attacks.target import Target
from tests.end_to_end.conftest import world
from tests.world import World

__all__ = ["world"]


@pytest.fixture(scope="module")
def target(world: World) -> Iterator[Target]:
    url = str(world.http.base_url).rstrip("/")
    with with_photos(Target(url, stand_ins=[world.models_url, world.search_url])) as target:
        senders = slow.start(target)
        yield target
        senders.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_holds(attack: Attack, target: Target) -> None:
    outcome = run(attack, target)

    assert outcome.verdict != "BROKEN", outcome.reason


def test_every_attack_has_a_line_of_its_own() -> None:
    assert len({str(each) for each in ATTACKS}) == len(ATTACKS)


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
