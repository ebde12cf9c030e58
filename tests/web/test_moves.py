"""Moving over HTTP, and where the old ids of photos lead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ingest.context import IngestContext
from shared.access.caller import Caller
from shared.access.in_force import RulesInForce
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.errors import PreconditionFailed
from shared.photo import photo_id, utc
from shared.stores.moves import Move
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices
from tests.web.test_pictures import address
from web.routes import ROUTES

OLD, NEW = photo_id("1.jpg"), photo_id("ü/2.jpg")
OF_A_PHOTO = [each for each in ROUTES if each.path.startswith("api/photos/{id}")]
BODIES = {"move": {"path": "b.jpg"}, "edit": {"title": "New"}}


def moved(hours: float = 0) -> Move:
    at = utc(datetime.now(UTC) - timedelta(hours=hours))
    return Move(path="1.jpg", new_path="ü/2.jpg", etag="", at=at, done=True)


async def test_a_photo_is_moved(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    async def move(id_: str, path: str, context: IngestContext, *, by: str) -> Move:
        calls.append((id_, path, by))
        return moved()

    monkeypatch.setattr("web.moves.move", move)
    answer = await http.post(f"/api/photos/{OLD}/move", json={"path": "ü/2.jpg"})

    assert (answer.status_code, answer.json()) == (200, {"id": NEW, "path": "ü/2.jpg"})
    assert calls == [(OLD, "ü/2.jpg", "function key")]


async def test_a_name_that_is_taken_is_a_failed_precondition(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def move(*_: Any, **options: Any) -> Move:
        raise PreconditionFailed("there is already a file of this name", param="path")

    monkeypatch.setattr("web.moves.move", move)

    assert (await http.post(f"/api/photos/{OLD}/move", json={"path": "2.jpg"})).status_code == 412


@pytest.mark.parametrize(
    "path", ["", " ", "a//b.jpg", "/a.jpg", "../a.jpg", "a\\b.jpg", "a\u0007.jpg", "a" * 1025, 3, None]
)
async def test_a_bad_name_is_refused(http: httpx.AsyncClient, services: FakeServices, path: Any) -> None:
    services.index.hits = [hit(1)]

    answer = await http.post(f"/api/photos/{OLD}/move", json={"path": path})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "path")


@pytest.mark.parametrize("route", OF_A_PHOTO, ids=lambda route: str(route.function))
async def test_the_old_id_leads_to_the_new_one_whatever_is_asked(
    route: Any, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.moves.records[OLD] = moved()
    path = route.path.replace("{id}", OLD)

    answer = await http.request(route.method, f"/{path}?a=%C3%BC&code=k", json=BODIES.get(route.function))

    assert answer.status_code == (301 if route.method == "GET" else 308), answer.text
    assert answer.headers["location"] == f"/{path}?a=%C3%BC".replace(OLD, NEW)
    assert answer.headers["cache-control"] == "no-store"


async def test_it_does_so_for_a_day_if_there_is_no_photo(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.moves.records[OLD] = moved(hours=25)
    assert (await http.get(f"/api/photos/{OLD}")).status_code == 404
    assert (await http.get("/api/photos/nonsense")).status_code == 404

    services.moves.records[OLD] = moved()
    services.index.hits = [hit(1)]
    assert (await http.get(f"/api/photos/{OLD}")).status_code == 200


async def test_a_signed_address_leads_on_but_not_one_that_is_not_ours(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"pictures": "proxy"})
    services.moves.records[OLD] = moved()
    services.storage.blobs = {f"{NEW}/thumbnail": b"JPEG"}

    answer = await http.get(address(services), follow_redirects=True)

    assert (answer.status_code, answer.content) == (200, b"JPEG")
    assert (await http.get(address(services)[:-1] + "!")).status_code == 403


async def test_a_signed_address_leads_nowhere_where_the_photo_came_to_be_hidden(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(Rules((Rule(("person:a",), folder="ü"),))))
    services.settings = services.settings.model_copy(update={"pictures": "proxy"})
    services.moves.records[OLD] = moved()
    services.storage.blobs = {f"{NEW}/thumbnail": b"JPEG"}

    assert (await http.get(address(services))).status_code == 302  # nobody was shown it before but admins
    rules = Rules((Rule(("person:a",), folder="ü"), Rule(("everyone",), folder="")))
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(rules))
    answer = await http.get(address(services))
    assert (answer.status_code, answer.headers.get("location"), NEW in answer.text) == (404, None, False)


@pytest.mark.parametrize(("folder", "status"), [("2024/rome", 202), ("", 202), ("a//b", 400), ("/a", 400), (None, 400)])
async def test_a_job_moves_photos_into_a_folder(http: httpx.AsyncClient, folder: Any, status: int) -> None:
    body = {"action": "move", "ids": [OLD]} | ({} if folder is None else {"folder": folder})

    answer = await http.post("/api/jobs", json=body)

    assert answer.status_code == status, answer.text
    if status == 400:
        assert answer.json()["error"]["param"] == "folder"


async def test_an_id_that_leads_on_into_a_hidden_folder_is_as_unknown(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def authenticate(*_: Any) -> Caller:
        return Caller("Ann", Role.EDITOR, "ann")

    monkeypatch.setattr("web.entry.authenticate", authenticate)
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(Rules((Rule(("everyone",), folder="open"),))))
    at = utc(datetime.now(UTC))
    for path, new_path in (("open/1.jpg", "open/2.jpg"), ("open/2.jpg", "hidden/3.jpg")):
        services.moves.records[photo_id(path)] = Move(path=path, new_path=new_path, etag="", at=at, done=True)

    for path in ("open/1.jpg", "open/2.jpg"):
        assert (await http.get(f"/api/photos/{photo_id(path)}")).status_code == 404
