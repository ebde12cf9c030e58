"""Documents follow the rules: what is left is a query, so it goes on wherever it was stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from ingest import follow_rules as module
from ingest.follow_rules import follow_rules, is_turn, left_filter, take_turn, tend_rules
from ingest.move import move
from ingest.pipeline import ingest
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.rules import CLOSED, NO_RULES, Rule, Rules
from shared.photo import Photo, folder_of, photo_id
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from shared.stores.catalogue import CatalogueStore
from shared.stores.collections import Collection
from shared.stores.jobs import RULES_TURN, JobTurn
from tests.ingest.fakes import Fakes, fakes, jpeg

ROME = Collection(id="c" * 32, name="Rome", photos=(photo_id("a/2.jpg"),))
RULES = Rules((Rule(("group:staff",), folder="a"), Rule(("person:anna",), collection=ROME.id)))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Five photos that were indexed before there were rules."""
    world = fakes()
    paths = ["a/1.jpg", "a/2.jpg", "b/3.jpg", "b/4.jpg", "b/5.jpg"]
    world.index.photos = {photo_id(each): Photo(id=photo_id(each), path=each, folder=folder_of(each)) for each in paths}
    world.collections.records[ROME.id] = ROME
    monkeypatch.setattr(module, "PAGE", 2)

    def left(filter_: str) -> list[Photo]:
        version = filter_.partition(" ne '")[2].partition("'")[0]
        after = filter_.partition("id gt '")[2].rstrip("'")
        return [
            each for id_, each in sorted(world.index.photos.items()) if each.access_version != version and id_ > after
        ]

    async def search(query: IndexQuery) -> SearchResults:
        photos = left(str(query.filter))[: query.top]
        return SearchResults(len(photos), [Hit(each) for each in photos])

    async def count(filter_: str) -> int:
        return len(left(filter_))

    monkeypatch.setattr(world.index, "search", search)
    monkeypatch.setattr(world.index, "count", count)
    put_rules_in_force(RulesInForce(RULES, (NO_RULES,)))
    return world


def grants(world: Fakes) -> dict[str, list[str]]:
    return {each.path: each.visible_to for each in world.index.photos.values()}


async def test_documents_get_what_the_rules_grant(world: Fakes) -> None:
    assert await follow_rules(world.context)

    assert grants(world) == {
        "a/1.jpg": ["group:staff"],
        "a/2.jpg": ["group:staff", "person:anna"],
        "b/3.jpg": [],
        "b/4.jpg": [],
        "b/5.jpg": [],
    }
    assert {each.access_version for each in world.index.photos.values()} == {RULES.version}


async def test_work_that_takes_long_gives_way_and_goes_on_where_it_was(world: Fakes) -> None:
    assert not await follow_rules(world.context, until=0)
    assert sum(each.access_version == RULES.version for each in world.index.photos.values()) == 2

    await take_turn(world.context)
    assert {each.access_version for each in world.index.photos.values()} == {RULES.version}


async def test_a_turn_that_is_not_the_last_queues_the_next(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", -1.0)

    await take_turn(world.context)

    assert world.job_queue.sent == [(RULES_TURN, module.PAUSE)]
    assert is_turn(JobTurn.decode(RULES_TURN.encode()))


async def test_what_an_instance_writes_that_does_not_know_the_rules_yet_follows_them_too(world: Fakes) -> None:
    await take_turn(world.context)
    assert world.job_queue.sent == [(RULES_TURN, module.LAST_PAUSE)]
    put_rules_in_force(RulesInForce(RULES))  # every document follows them, so they count alone
    late = photo_id("a/late.jpg")
    world.index.photos[late] = Photo(id=late, path="a/late.jpg", folder="a")

    await take_turn(world.context)

    assert grants(world)["a/late.jpg"] == ["group:staff"]
    assert len(world.job_queue.sent) == 1


@dataclass
class UnreadRules:
    """A store whose rules were changed after they had been read last."""

    settled: list[str] = field(default_factory=list)

    @property
    def access(self) -> "UnreadRules":
        return self

    async def check(self) -> None:
        put_rules_in_force(RulesInForce(RULES, (NO_RULES,)))

    async def read(self, *, patience: Mapping[str, Any], since: float | None = None) -> None:
        put_rules_in_force(RulesInForce(RULES))

    async def follow(self, version: str) -> None:
        """They were read a moment ago."""

    async def settle(self, version: str) -> None:
        self.settled.append(version)


async def test_a_turn_reads_the_rules_before_it_says_that_all_follow_them(world: Fakes) -> None:
    put_rules_in_force(RulesInForce())  # those that this instance has read a moment ago

    store = UnreadRules()
    await take_turn(replace(world.context, catalogue=cast(CatalogueStore, store)))

    assert {each.access_version for each in world.index.photos.values()} == {RULES.version}
    assert store.settled == [RULES.version]


async def test_reconcile_gives_a_turn_to_work_that_lost_its_own(world: Fakes) -> None:
    await tend_rules(world.context)
    assert world.job_queue.sent == [(RULES_TURN, 0)]

    world.job_queue.waiting = 1
    await tend_rules(world.context)
    assert len(world.job_queue.sent) == 1


@pytest.mark.parametrize("in_force", [RulesInForce(), RulesInForce(CLOSED)])
async def test_nothing_is_done_without_rules_or_with_some_that_cannot_be_read(
    world: Fakes, in_force: RulesInForce
) -> None:
    put_rules_in_force(in_force)

    await tend_rules(world.context)

    assert not world.job_queue.sent
    assert grants(world).keys()


def test_what_is_left_are_documents_of_other_rules() -> None:
    assert left_filter("v") == "(access_version eq null or access_version ne 'v')"
    assert left_filter("") == "access_version ne null and access_version ne ''"


async def test_a_photo_that_arrives_says_at_once_who_sees_it() -> None:
    world = fakes()
    put_rules_in_force(RulesInForce(RULES))
    world.collections.records[ROME.id] = ROME
    for name in ("a/2.jpg", "b/3.jpg"):
        world.storage.put(name, jpeg())
        await ingest(name, world.context)

    assert grants(world) == {"a/2.jpg": ["group:staff", "person:anna"], "b/3.jpg": []}
    assert {each.access_version for each in world.index.photos.values()} == {RULES.version}


NOT_THESE = [RulesInForce(), RulesInForce(Rules((Rule(("everyone",), folder=""),)))]


@pytest.mark.parametrize("known", NOT_THESE, ids=["none", "others"])
async def test_a_photo_that_arrives_where_new_rules_are_not_known_yet_follows_them_at_once(known: RulesInForce) -> None:
    world = fakes()
    world.storage.put("a/1.jpg", jpeg())
    put_rules_in_force(known)

    await ingest("a/1.jpg", replace(world.context, catalogue=cast(CatalogueStore, UnreadRules())))

    assert grants(world) == {"a/1.jpg": ["group:staff"]}
    assert {each.access_version for each in world.index.photos.values()} == {RULES.version}


@pytest.mark.parametrize("known", NOT_THESE, ids=["none", "others"])
async def test_a_photo_that_is_moved_where_new_rules_are_not_known_yet_is_not_shown_as_before(
    known: RulesInForce,
) -> None:
    world = fakes()
    world.storage.put("b/3.jpg", jpeg(), md5="md5")
    put_rules_in_force(RulesInForce(Rules((*RULES.rules, Rule(("everyone",), folder="b")))))
    await ingest("b/3.jpg", world.context)
    id_ = photo_id("b/3.jpg")
    world.index.photos[id_] = replace(world.index.photos[id_], access_version=RULES.version)
    put_rules_in_force(known)

    await move(id_, "a/3.jpg", replace(world.context, catalogue=cast(CatalogueStore, UnreadRules())))

    assert grants(world) == {"a/3.jpg": ["group:staff"]}


async def test_a_photo_that_leaves_its_collection_while_it_is_read_is_not_shown() -> None:
    world = fakes()
    put_rules_in_force(RulesInForce(RULES))
    world.collections.records[ROME.id] = ROME
    world.storage.put("a/2.jpg", jpeg())

    def leave() -> None:
        world.collections.records[ROME.id] = replace(ROME, photos=())

    world.index.before_put = leave
    await ingest("a/2.jpg", world.context)

    assert grants(world) == {"a/2.jpg": ["group:staff"]}
