"""A description is paid for once, by one worker, within the day's budget."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest import caption_once as module
from ingest.caption_once import caption_once
from ingest.describe import recipe
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.rules import Rule, Rules
from shared.embedding_model import EmbeddingModel
from shared.errors import BadPhoto, Claimed, Paused, Throttled, Transient
from shared.photo import photo_id
from shared.prompt_text import own, untrusted_line
from shared.stores.collections import Collection
from shared.stores.spending import until_tomorrow
from shared.stores.spending_page import Spending
from tests.ingest.fakes import Fakes, fakes
from tests.machine import patch_sleep

DIGEST = "d" * 64
HINTS = own("path: a.jpg")


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "today", lambda: datetime(2026, 5, 1, tzinfo=UTC).date())


async def caption(world: Fakes, digest: str = DIGEST) -> tuple[str, bool]:
    description, is_reused = await caption_once(digest, b"jpeg", HINTS, world.context)
    return description.title, is_reused


def total(world: Fakes) -> Spending:
    return sum(world.spending.days.values(), Spending())


async def test_the_first_is_paid_for_and_the_second_is_not() -> None:
    world = fakes()

    assert await caption(world) == ("A dog on a beach", False)
    assert await caption(world) == ("A dog on a beach", True)

    assert len(world.models.requests) == 1
    assert total(world) == Spending(1, 1000)
    assert list(world.descriptions.texts) == [(DIGEST, world.context.recipe)]


async def test_one_that_another_worker_makes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits = fakes(), list[float]()
    key = (DIGEST, world.context.recipe)
    world.descriptions.claimed.add(key)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            world.descriptions.claimed.clear()

    patch_sleep(monkeypatch, sleep)

    assert await caption(world) == ("A dog on a beach", False)
    assert waits == [1, 1, 1]


async def test_one_that_another_worker_keeps_making_goes_back_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits = fakes(), list[float]()
    world.descriptions.claimed.add((DIGEST, world.context.recipe))

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    patch_sleep(monkeypatch, sleep)

    with pytest.raises(Claimed, match="another worker has been describing") as raised:
        await caption(world)
    assert raised.value.wait == 30
    assert len(waits) == world.descriptions.claims == 40
    assert not world.models.requests


async def test_with_a_cap_the_captions_beyond_it_are_paused_until_midnight() -> None:
    world = fakes(CAPTIONS_PER_DAY="2")

    for digest in ("1", "2"):
        await caption(world, digest)
    with pytest.raises(Paused, match=r"today's 2 captions are used up \(CAPTIONS_PER_DAY\)") as raised:
        await caption(world, "3")

    assert raised.value.wait is not None
    assert abs(raised.value.wait - until_tomorrow(datetime.now(UTC))) < 5
    assert total(world) == Spending(2, 2000)
    assert len(world.models.requests) == 2
    assert await caption(world, "1") == ("A dog on a beach", True)  # what is there costs nothing


@pytest.mark.parametrize("error", [Transient("busy"), BadPhoto("refused")])
async def test_a_call_that_fails_gives_its_caption_back(error: Exception) -> None:
    world = fakes(CAPTIONS_PER_DAY="1")
    world.models.error = error

    with pytest.raises(type(error)):
        await caption(world)
    assert total(world) == Spending(0, 0)

    world.models.error = None
    assert await caption(world) == ("A dog on a beach", False)
    assert total(world) == Spending(1, 1000)


@pytest.mark.parametrize("damaged", ["", "{", '{"title": "A d', "null", "\ufffd\ufffd", '{"title": "A dog"}'])
async def test_a_kept_description_that_cannot_be_read_is_paid_for_again_once(
    damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = fakes()
    world.descriptions.texts[DIGEST, world.context.recipe] = damaged

    assert await caption(world) == ("A dog on a beach", False)
    assert await caption(world) == ("A dog on a beach", True)

    assert "cannot be read, and is paid for again" in caplog.text
    assert len(world.models.requests) == 1


async def test_why_there_is_no_caption_is_said_although_it_cannot_be_given_back() -> None:
    world = fakes(CAPTIONS_PER_DAY="1")
    world.models.error = BadPhoto("refused")

    async def add(day: date, *, captions: int = 0, tokens: int = 0, cap: int = 0, once: str = "") -> bool:
        if captions < 0:
            raise Transient("storage is busy")
        return True

    world.spending.add = add  # type: ignore[method-assign]

    with pytest.raises(BadPhoto):
        await caption(world)


async def test_without_a_cap_a_call_that_fails_counts_nothing() -> None:
    world = fakes()
    world.models.error = Transient("busy")

    with pytest.raises(Transient):
        await caption(world)
    assert total(world) == Spending(0, 0)
    assert not world.descriptions.texts


async def test_after_a_429_the_next_caption_waits_instead_of_calling() -> None:
    world = fakes()
    world.models.error = Throttled("slow down", wait=600)

    for _ in range(2):
        with pytest.raises(Throttled):
            await caption(world)
    assert len(world.models.requests) == 1


async def test_the_settings_reach_the_model() -> None:
    world = fakes(IMAGE_DETAIL="low", TEMPERATURE="0.5")

    await caption(world)

    [request] = world.models.requests
    assert (request["model"], request["temperature"]) == ("vision", 0.5)
    assert request["messages"][1]["content"][1]["image_url"]["detail"] == "low"


@pytest.mark.parametrize("model", ["embedding", "another embedding"])
async def test_what_the_last_release_kept_is_found_under_its_name_and_kept_under_that_of_today(model: str) -> None:
    world = fakes()
    await caption(world)
    [text] = world.descriptions.texts.values()
    world.descriptions.texts = {(DIGEST, recipe("vision", embedding=EmbeddingModel(model, 2))): text}

    assert await caption(world) == ("A dog on a beach", model == "embedding")

    assert (DIGEST, world.context.recipe) in world.descriptions.texts
    assert len(world.models.requests) == (1 if model == "embedding" else 2)
    assert total(world).captions == len(world.models.requests)


async def test_where_the_last_release_has_kept_nothing_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world, read = fakes(), list[tuple[str, str]]()

    async def note(digest: str, recipe: str) -> None:
        read.append((digest, recipe))

    monkeypatch.setattr(world.descriptions, "read", note)
    await caption(world, "1")
    [former] = world.context.former_recipes
    assert not read

    world.descriptions.texts["9", former] = "{}"  # of other bytes
    await caption(world, "2")
    assert read == [("2", former)]


async def test_what_the_last_release_kept_damaged_is_not_used() -> None:
    world = fakes()
    world.descriptions.texts[DIGEST, world.context.former_recipes[0]] = "{"

    assert await caption(world) == ("A dog on a beach", False)


async def test_another_embedding_model_pays_for_no_caption() -> None:
    world = fakes()
    await caption(world)

    world.models.embedding_model, world.models.dimensions = "better embedding", 3

    assert await caption(world) == ("A dog on a beach", True)


# -- with rules of who sees which photos ---------------------------------------------------

RULES = Rules(
    (Rule(("everyone",), folder=""), Rule(("group:staff",), folder="secret"), Rule(("everyone",), folder="a"))
)
SECRET, COPY, OTHER = "secret/merger.jpg", "a/copy.jpg", "b/another.jpg"


async def caption_at(world: Fakes, path: str) -> bool:
    """Whether the description of a photo at a path was there already."""
    told = own("path: $path", path=untrusted_line(path, 100))
    _, is_reused = await caption_once(
        DIGEST, b"jpeg", told, world.context, path=path, hints_for_all=own("nothing of a path")
    )
    return is_reused


def prompts(world: Fakes) -> list[str]:
    return [request["messages"][1]["content"][0]["text"] for request in world.models.requests]


async def test_without_rules_copies_anywhere_share_a_description() -> None:
    world = fakes()

    assert [await caption_at(world, each) for each in (SECRET, COPY, OTHER)] == [False, True, True]


async def test_a_copy_that_others_see_gets_a_description_that_tells_nothing_of_a_path() -> None:
    world = fakes()
    put_rules_in_force(RulesInForce(RULES))

    assert [await caption_at(world, each) for each in (SECRET, COPY, OTHER)] == [False, False, True]
    assert await caption_at(world, SECRET)
    assert prompts(world) == ["path: secret/merger.jpg", "nothing of a path"]


async def test_one_of_the_last_release_that_tells_nothing_of_a_path_is_found_too() -> None:
    world = fakes()
    put_rules_in_force(RulesInForce(RULES))
    assert not await caption_at(world, COPY)
    [former] = world.context.former_recipes
    now = world.context.recipe
    assert not await caption_at(world, SECRET)
    world.descriptions.texts = {
        (digest, name.replace(now, former)): text for (digest, name), text in world.descriptions.texts.items()
    }

    assert [await caption_at(world, each) for each in (COPY, SECRET, OTHER)] == [True, True, True]
    assert len(world.models.requests) == 2


async def test_copies_that_the_same_people_see_share_a_description() -> None:
    world = fakes()
    put_rules_in_force(RulesInForce(RULES))

    assert [await caption_at(world, each) for each in (OTHER, COPY)] == [False, True]


async def test_a_description_of_a_time_without_rules_is_shared_by_those_of_now() -> None:
    world = fakes()
    await caption_at(world, SECRET)
    put_rules_in_force(RulesInForce(RULES))

    assert not await caption_at(world, COPY)
    assert prompts(world)[1:] == ["nothing of a path"]


async def test_a_description_whose_path_nobody_knows_is_used_only_without_rules() -> None:
    world = fakes()
    await caption_at(world, COPY)
    [key] = world.descriptions.texts
    kept = json.loads(world.descriptions.texts[key])
    world.descriptions.texts[key] = json.dumps({name: value for name, value in kept.items() if name != "path"})

    assert await caption_at(world, COPY)
    put_rules_in_force(RulesInForce(RULES))
    assert not await caption_at(world, COPY)


async def test_photos_that_a_collection_shows_to_more_people_do_not_share_either() -> None:
    world = fakes()
    shown = Collection(id="c" * 32, name="Shown", photos=(photo_id("b/shown.jpg"),))
    world.collections.records[shown.id] = shown
    put_rules_in_force(
        RulesInForce(Rules((Rule(("group:staff",), folder=""), Rule(("everyone",), collection=shown.id))))
    )

    assert [await caption_at(world, each) for each in (OTHER, COPY, "b/shown.jpg")] == [False, True, False]


def test_a_day_ends_at_midnight_utc() -> None:
    assert until_tomorrow(datetime(2026, 5, 1, 23, 59, 30, 5, UTC)) == pytest.approx(30, abs=0.01)
    assert until_tomorrow(datetime(2026, 5, 1, tzinfo=UTC)) == timedelta(days=1).total_seconds()


def test_today_is_a_day_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert module.today() == datetime.now(UTC).date()
