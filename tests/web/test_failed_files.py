"""Deleting what failed: one or all, by those whose it is."""

from typing import Any

import httpx
import pytest

from ingest.context import IngestContext
from shared.access.caller import Caller
from shared.access.roles import Role
from shared.access.uploader import Uploader
from shared.errors import Outage
from shared.photo import photo_id
from tests.web.fake_services import FakeServices, failure
from web import authentication, failed_files

ANN, BEN = Caller("Ann", Role.CONTRIBUTOR, "1"), Caller("Ben", Role.CONTRIBUTOR, "2")
ADMIN = Caller("Eve", Role.ADMIN, "3")


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Caller]:
    """Who sends what follows: `callers["now"]`."""
    callers = {"now": ADMIN}

    async def caller(*_: Any) -> Caller:
        return callers["now"]

    monkeypatch.setattr(authentication, "_caller", caller)
    return callers


@pytest.fixture(autouse=True)
def removed(monkeypatch: pytest.MonkeyPatch, services: FakeServices) -> list[str]:
    """The paths that were removed, with their records, as the pipeline does."""
    paths: list[str] = []

    async def remove(path: str, context: IngestContext) -> None:
        paths.append(path)
        await services.failures.clear(photo_id(path))

    monkeypatch.setattr("ingest.originals.remove", remove)
    monkeypatch.setattr(failed_files, "remove", remove)
    return paths


def put(services: FakeServices, path: str, owner: Caller) -> None:
    services.storage.blobs[path] = b"broken"
    services.storage.uploaders[path] = Uploader.of_caller(owner)
    services.failures.add(failure(path, owner=owner.owner))


async def test_contributors_delete_their_own_and_admins_all(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    for path, owner in {"a.jpg": ANN, "b.jpg": ANN, "c.jpg": BEN}.items():
        put(services, path, owner)
    callers["now"] = ANN

    assert (await http.delete(f"/api/failures/{photo_id('c.jpg')}")).status_code == 404
    assert (await http.delete(f"/api/failures/{photo_id('a.jpg')}")).json() == {"deleted": 1, "left": 0}
    assert (await http.delete("/api/failures")).json() == {"deleted": 1, "left": 0}
    assert set(services.storage.blobs) == {"c.jpg"}
    callers["now"] = ADMIN
    assert (await http.delete("/api/failures")).json() == {"deleted": 1, "left": 0}

    assert not services.storage.blobs
    assert (await http.get("/api/status")).json()["failed"] == 0
    assert [each.photos for each in services.audit.records if each.action == "deleted"] == [
        (photo_id(path),) for path in ("a.jpg", "b.jpg", "c.jpg")
    ]


async def test_what_is_retried_and_what_names_no_photo(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller], removed: list[str]
) -> None:
    services.failures.add(failure("a", state="retrying"), failure("(message) x", unreadable=True), failure("gone"))

    assert (await http.delete("/api/failures")).json() == {"deleted": 2, "left": 0}

    assert set(services.failures.records) == {photo_id("a")}  # what may come right by itself stays
    assert removed == ["gone"]  # its file was deleted by somebody else
    assert (await http.delete(f"/api/failures/{photo_id('a')}")).status_code == 200
    assert not services.failures.records


async def test_many_are_deleted_in_several_requests_and_one_that_fails_keeps_none(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_files, "MAX_DELETED", 2)
    for path in ("a", "b", "c", "d", "e", "f"):
        put(services, path, ANN)
    delete = services.storage.delete

    async def failing(name: str, *, if_match: str | None = None) -> None:
        if name in {"a", "b"}:
            raise Outage("not now")
        await delete(name, if_match=if_match)

    monkeypatch.setattr(services.storage, "delete", failing)

    deleted = 0
    for _ in range(500):  # any two are tried each time
        answer = (await http.delete("/api/failures")).json()
        assert answer["deleted"] <= 2
        deleted += answer["deleted"]
        assert answer["left"] == 6 - deleted
        if answer["left"] == 2:
            break
    assert {each.path for each in services.failures.records.values()} == {"a", "b"}


async def test_who_only_looks_deletes_nothing(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    put(services, "a.jpg", ANN)
    callers["now"] = Caller("Vic", Role.VIEWER, "4")

    assert (await http.delete("/api/failures")).status_code == 403
    assert (await http.delete(f"/api/failures/{photo_id('a.jpg')}")).status_code == 403
    assert set(services.failures.records) == {photo_id("a.jpg")}
