"""What models wrote of a photo, now and before, and what describing it again would take."""

from dataclasses import replace

import httpx
import pytest

from ingest.pipeline import ingest
from shared.photo import photo_id
from tests.ingest.fakes import Fakes, fakes, jpeg

ID = photo_id("a.jpg")


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """A photo that was described by one model, and then by a better one."""
    world = fakes()
    world.storage.put("a.jpg", jpeg())
    before = await ingest("a.jpg", world.context)
    assert before
    world.models.caption_model = "better vision"
    for module in ("web.descriptions", "web.job_estimate"):
        monkeypatch.setattr(f"{module}.ingest_context", lambda: world.context)
    return world


async def test_the_earlier_description_is_beside_the_new_one(http: httpx.AsyncClient, world: Fakes) -> None:
    before = world.index.photos[ID].recipe
    now = await ingest("a.jpg", world.context)
    assert now

    answer = await http.get(f"/api/photos/{ID}/descriptions")

    versions = answer.json()["descriptions"]
    assert [(each["recipe"], each["is_current"]) for each in versions] == [(now.recipe, True), (before, False)]
    assert versions[1]["caption"] == world.index.photos[ID].caption


async def test_one_that_is_kept_by_the_name_of_the_last_release_as_well_is_told_once(
    http: httpx.AsyncClient, world: Fakes
) -> None:
    now = await ingest("a.jpg", world.context)
    assert now
    former = world.context.former_recipes[0]
    world.descriptions.texts[now.digest, former] = world.descriptions.texts[now.digest, now.recipe]
    world.index.photos[ID] = replace(now, recipe=former)

    versions = (await http.get(f"/api/photos/{ID}/descriptions")).json()["descriptions"]

    assert [each["is_current"] for each in versions] == [True, False]
    assert versions[0]["recipe"] == now.recipe


async def test_a_description_that_cannot_be_read_is_left_out(http: httpx.AsyncClient, world: Fakes) -> None:
    world.descriptions.texts[world.index.photos[ID].digest, "broken"] = "{"

    versions = (await http.get(f"/api/photos/{ID}/descriptions")).json()["descriptions"]

    assert [each["recipe"] for each in versions] == [world.index.photos[ID].recipe]


async def test_there_is_no_such_photo(http: httpx.AsyncClient, world: Fakes) -> None:
    assert (await http.get(f"/api/photos/{photo_id('b.jpg')}/descriptions")).status_code == 404


async def test_what_a_job_would_take_is_told(http: httpx.AsyncClient, world: Fakes) -> None:
    body = {"action": "recaption", "ids": [ID, photo_id("b.jpg")]}

    answer = await http.post("/api/jobs/estimate", json=body)

    assert answer.json() == {"photos": 1, "total": 2, "tokens": 1000}
    world.index.photos[ID] = replace(world.index.photos[ID], recipe=world.context.recipe)
    assert (await http.post("/api/jobs/estimate", json=body)).json()["photos"] == 0


@pytest.mark.parametrize("body", [{"action": "delete", "ids": [ID]}, {"action": "recaption"}, {"ids": [ID]}])
async def test_what_is_wrong_with_the_question_is_said(http: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await http.post("/api/jobs/estimate", json=body)).status_code == 400
