"""Old ids lead to new ones hop by hop, and nowhere where a place on the way is hidden."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, cast

import pytest

from shared.access.caller import Caller, acting_for
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import CLOSED, Rule, Rules
from shared.current_ids import current_id, current_ids, id_for_whoever_saw
from shared.photo import photo_id, utc
from shared.stores.collections import Collection
from shared.stores.moves import Move
from tests.catalogue.fakes import FakeCollections
from tests.ingest.fakes import FakeMoves

ANN = Caller("Ann", Role.EDITOR, "ann")
OPEN, SHARED = Rule(("everyone",), folder="open"), Rule(("person:ann",), collection="c" * 32)


@dataclass
class NoPhotos:
    async def entries(self, ids: Sequence[str]) -> dict[str, Any]:
        return {}


@pytest.fixture(autouse=True)
def _rules() -> Iterator[None]:
    put_rules_in_force(RulesInForce(Rules((OPEN, SHARED))))
    yield
    put_rules_in_force(RulesInForce())


def moves_along(*paths: str) -> FakeMoves:
    moves = FakeMoves()
    for path, new_path in pairwise(paths):
        move = Move(path=path, new_path=new_path, etag="", at=utc(datetime.now(UTC)), done=True)
        moves.records[move.id] = move
    return moves


@pytest.mark.parametrize(
    ("paths", "is_led"),
    [
        (("open/a.jpg", "open/b.jpg"), True),
        (("open/a.jpg", "open/b.jpg", "open/c.jpg"), True),
        (("open/a.jpg", "open/b.jpg", "hidden/c.jpg"), False),
        (("open/a.jpg", "hidden/b.jpg", "open/c.jpg"), False),
        (("hidden/a.jpg", "open/b.jpg"), False),
        (("open/a.jpg", "open/b.jpg", "open/c.jpg", "hidden/d.jpg"), False),
    ],
)
async def test_every_place_on_the_way_must_be_seen(paths: tuple[str, ...], is_led: bool) -> None:
    moves, collections = cast(Any, moves_along(*paths)), cast(Any, FakeCollections())
    old, new = photo_id(paths[0]), photo_id(paths[-1])

    with acting_for(ANN):
        assert await current_id(old, moves, collections) == (new if is_led else old)
        assert await current_ids([old], moves, collections, cast(Any, NoPhotos())) == [new if is_led else old]
    assert await current_id(old, moves, collections) == new


async def test_a_collection_shows_where_its_photo_was_and_is() -> None:
    collections, moves = FakeCollections(), moves_along("open/a.jpg", "hidden/b.jpg")
    new = photo_id("hidden/b.jpg")
    collections.records["c" * 32] = Collection(id="c" * 32, name="Shared", photos=(new,))

    with acting_for(ANN):
        assert await current_id(photo_id("open/a.jpg"), cast(Any, moves), cast(Any, collections)) == new


WIDE, NARROW = Rule(("everyone", "group:g"), folder="open"), Rule(("group:g",), folder="narrow")
BESIDE = Rule(("everyone", "person:ann"), folder="beside")


@pytest.mark.parametrize(
    ("rules", "paths", "is_led"),
    [
        ((), ("open/a.jpg", "anywhere/b.jpg"), True),
        ((OPEN,), ("open/a.jpg", "open/b.jpg"), True),
        ((OPEN,), ("open/a.jpg", "hidden/b.jpg"), False),
        ((OPEN,), ("open/a.jpg", "hidden/b.jpg", "open/c.jpg"), False),
        ((WIDE, NARROW), ("narrow/a.jpg", "open/b.jpg"), True),
        ((WIDE, NARROW), ("open/a.jpg", "narrow/b.jpg"), False),
        ((OPEN, BESIDE), ("open/a.jpg", "beside/b.jpg"), True),
        ((WIDE, BESIDE), ("open/a.jpg", "beside/b.jpg"), False),
    ],
)
async def test_whoever_is_not_known_is_led_on_only_to_where_all_are_shown_it(
    rules: tuple[Rule, ...], paths: tuple[str, ...], is_led: bool
) -> None:
    moves, collections = cast(Any, moves_along(*paths)), cast(Any, FakeCollections())
    old, new = photo_id(paths[0]), photo_id(paths[-1])

    for in_force in (
        RulesInForce(Rules(rules)),
        RulesInForce(Rules(), (Rules(rules),)),
        RulesInForce(Rules(rules), ()),
    ):
        put_rules_in_force(in_force)
        assert await id_for_whoever_saw(old, moves, collections) == (new if is_led else old)


@pytest.mark.parametrize(
    "in_force", [RulesInForce(CLOSED), RulesInForce(Rules(), (CLOSED,)), RulesInForce(is_known=False)]
)
async def test_nobody_unknown_is_led_on_while_rules_cannot_be_read(in_force: RulesInForce) -> None:
    put_rules_in_force(in_force)
    moves, collections = cast(Any, moves_along("open/a.jpg", "open/b.jpg")), cast(Any, FakeCollections())

    assert await id_for_whoever_saw(photo_id("open/a.jpg"), moves, collections) == photo_id("open/a.jpg")
