"""Contributors and what is theirs: what they may upload, see of failures, retry and delete."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ingest.context import IngestContext
from shared.access.caller import Caller
from shared.access.roles import Role
from shared.access.uploader import NOBODY, Uploader
from shared.errors import PreconditionFailed
from shared.photo import photo_id, utc
from shared.stores.jobs import JobMaker
from tests.ingest.fakes import fakes
from tests.query.fakes import hit
from tests.shared.stores.test_jobs import some_job
from tests.web.fake_services import FakeServices, failure
from web import authentication
from web.own_uploads import delete_if_own

ANN, BEN = Caller("Ann", Role.CONTRIBUTOR, "1"), Caller("Ben", Role.CONTRIBUTOR, "2")
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Caller]:
    """Who sends what follows: `callers["now"]`."""
    callers = {"now": ANN}

    async def caller(*_: Any) -> Caller:
        return callers["now"]

    monkeypatch.setattr(authentication, "_caller", caller)
    return callers


@pytest.fixture(autouse=True)
def _nothing_was_made_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async def remove(path: str, context: IngestContext) -> None:
        pass

    monkeypatch.setattr("ingest.originals.remove", remove)


def put(services: FakeServices, path: str, caller: Caller | None) -> None:
    services.storage.blobs[path] = JPEG
    services.storage.uploaders[path] = Uploader.of_caller(caller) if caller else NOBODY


async def test_an_upload_is_its_callers(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    assert (await http.put("/api/photos/a.jpg", content=JPEG)).status_code == 201
    callers["now"] = Caller("phone", Role.CONTRIBUTOR)
    assert (await http.put("/api/photos/b.jpg", content=JPEG)).status_code == 201
    callers["now"] = Caller("function key", Role.ADMIN)
    assert (await http.put("/api/photos/c.jpg", content=JPEG)).status_code == 201

    assert services.storage.uploaders == {
        "a.jpg": Uploader("1"),
        "b.jpg": Uploader("key:phone", "phone"),
        "c.jpg": NOBODY,
    }
    uploaded = [(each.action, each.by, each.by_id, each.photos) for each in services.audit.records]
    assert uploaded[0] == ("uploaded", "Ann", "1", (photo_id("a.jpg"),))


async def test_a_contributor_replaces_and_deletes_only_what_is_theirs(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    for path, caller in {"own.jpg": ANN, "other.jpg": BEN, "nobodys.jpg": None}.items():
        put(services, path, caller)

    for path in ("other.jpg", "nobodys.jpg"):
        for method in ("PUT", "DELETE"):
            address = f"/api/photos/{path}" if method == "PUT" else f"/api/originals/{path}"
            answer = await http.request(method, address, content=JPEG if method == "PUT" else b"")
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_rights")
            assert "needs the role editor" in answer.json()["error"]["message"]
            assert "'Ann' has the role contributor: ask whoever runs this app" in answer.json()["error"]["message"]
    assert (await http.put("/api/photos/own.jpg", content=JPEG)).status_code == 200
    assert services.storage.conditions[-1:] == [('"etag"', False)]  # of the version that was looked at
    assert (await http.put("/api/photos/new.jpg", content=JPEG)).status_code == 201
    assert services.storage.conditions[-1:] == [(None, True)]  # nor what somebody else uploads meanwhile
    assert (await http.delete("/api/originals/own.jpg")).status_code == 200

    callers["now"] = replace(ANN, role=Role.EDITOR)
    assert (await http.put("/api/photos/other.jpg", content=JPEG)).status_code == 200
    assert (await http.delete("/api/originals/nobodys.jpg")).status_code == 200
    refused = [each for each in services.audit.records if each.action == "refused"]
    assert [each.about for each in refused] == ["function:upload", "function:delete_original"] * 2
    assert {(each.by, each.role) for each in refused} == {("Ann", "contributor")}


@pytest.mark.parametrize("if_match", [None, "*", "theirs"])
async def test_a_replacement_by_somebody_else_is_not_deleted_for_ones_own(if_match: str | None) -> None:
    world = fakes(TRASH_DAYS="7")
    world.storage.put("own.jpg", JPEG, uploader=Uploader.of_caller(ANN))

    def replaced(number: int) -> None:
        if number == 2:  # after it was judged whose it is
            world.storage.put("own.jpg", b"theirs", uploader=Uploader.of_caller(BEN))

    world.storage.before_stat = replaced
    guess = '"' + hashlib.sha256(b"theirs").hexdigest()[:8] + '-2"' if if_match == "theirs" else if_match

    with pytest.raises(PreconditionFailed):
        await delete_if_own("own.jpg", ANN, world.context, if_match=guess)

    assert "own.jpg" in world.storage.blobs


async def test_a_sidecar_of_somebody_elses_photo_is_an_edit(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    put(services, "own.jpg", ANN)
    put(services, "other.jpg", BEN)

    assert (await http.put("/api/photos/own.xmp", content=b"<x/>")).status_code == 201
    assert (await http.put("/api/photos/alone.xmp", content=b"<x/>")).status_code == 201
    assert (await http.put("/api/photos/other.xmp", content=b"<x/>")).status_code == 403
    callers["now"] = replace(ANN, role=Role.EDITOR)
    assert (await http.put("/api/photos/other.xmp", content=b"<x/>")).status_code == 201
    uploaders = services.storage.uploaders
    assert (uploaders["own.xmp"], uploaders["other.xmp"]) == (Uploader("1"), NOBODY)


async def test_failures_are_shown_to_whom_they_belong(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    services.failures.add(
        failure("own.jpg", owner="1", uploaded_by="Ann"), failure("other.jpg", owner="2"), failure("nobodys.jpg")
    )
    services.failures.add(failure("retrying.jpg", state="retrying", owner="2"))

    async def seen() -> tuple[set[str], int, int]:
        page, counts = (await http.get("/api/failures")).json(), (await http.get("/api/status")).json()
        return {each["path"] for each in page["failures"]}, counts["failed"], counts["retrying"]

    assert await seen() == ({"own.jpg"}, 1, 0)
    for role, caller in [(Role.EDITOR, BEN), (Role.CONTRIBUTOR, BEN)]:
        callers["now"] = replace(caller, role=role)
        assert await seen() == ({"other.jpg", "retrying.jpg"}, 1, 1)
    callers["now"] = Caller("a key", Role.EDITOR)
    assert await seen() == (set(), 0, 0)  # what is nobody's is not theirs who are nobody
    callers["now"] = replace(ANN, role=Role.ADMIN)
    assert await seen() == ({"own.jpg", "other.jpg", "nobodys.jpg", "retrying.jpg"}, 3, 1)


async def test_what_was_spent_is_told_to_admins_alone(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    for role in Role:
        callers["now"] = replace(ANN, role=role)
        counts = (await http.get("/api/status")).json()
        spending = {"captions_today", "captions_per_day", "tokens_today", "chat_today", "chat_tokens_per_day"}
        assert counts.keys() & spending == (spending if role is Role.ADMIN else set())


async def test_a_contributor_retries_and_deletes_their_own_failures_and_knows_of_no_others(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    for path, caller in {"own.jpg": ANN, "other.jpg": BEN}.items():
        put(services, path, caller)
        services.failures.add(failure(path, owner=caller.id, uploaded_by=caller.name))
    own, other = photo_id("own.jpg"), photo_id("other.jpg")

    unknown = (await http.post(f"/api/failures/{'0' * 32}/retry")).json()
    hidden = await http.post(f"/api/failures/{other}/retry")
    assert (hidden.status_code, hidden.json()) == (404, _with_id(unknown, other))
    assert (await http.delete(f"/api/photos/{other}")).status_code == 404
    retried = await http.post(f"/api/failures/{own}/retry")
    assert (retried.status_code, retried.json()["uploaded_by"], retried.json()["owner"]) == (202, "Ann", "1")

    services.failures.add(failure("own.jpg", owner="1"))
    assert (await http.post("/api/failures/retry")).json() == {"retried": 1}
    assert (await http.delete(f"/api/photos/{own}")).status_code == 200
    assert [each.name for each in services.tickets.sent] == ["own.jpg", "own.jpg"]
    actions = [(each.action, each.photos) for each in services.audit.records]
    assert actions == [("retried", (own,)), ("retried", (own,)), ("deleted", (own,))]


def _with_id(body: dict[str, Any], id_: str) -> dict[str, Any]:
    error = body["error"] | {"message": body["error"]["message"].replace("0" * 32, id_)}
    return {"error": error}


async def test_a_photo_that_is_searchable_and_somebody_elses_is_not_deleted(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    put(services, "1.jpg", BEN)
    services.index.hits = [hit(1)]

    assert (await http.delete(f"/api/photos/{photo_id('1.jpg')}")).status_code == 403
    assert "1.jpg" in services.storage.blobs


async def test_who_is_no_editor_cancels_only_their_own_export(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    own = some_job("export", action="export", maker=JobMaker.of(ANN))
    other = some_job("other", action="export", maker=JobMaker.of(BEN))
    for job in (own, other):
        await services.jobs.create(job, [])

    assert (await http.delete(f"/api/jobs/{other.id}")).status_code == 404
    assert (await http.delete(f"/api/jobs/{own.id}")).json()["state"] == "cancelled"
    callers["now"] = replace(BEN, role=Role.EDITOR)
    assert (await http.get(f"/api/jobs/{own.id}")).status_code == 200
    callers["now"] = replace(ANN, role=Role.EDITOR)
    assert (await http.delete(f"/api/jobs/{other.id}")).status_code == 200


async def test_a_link_to_an_export_is_its_makers_and_admins(
    http: httpx.AsyncClient, services: FakeServices, callers: dict[str, Caller]
) -> None:
    until = utc(datetime.now(UTC) + timedelta(hours=1))
    job = some_job("export", action="export", state="done", maker=JobMaker.of(ANN), result={"expires_at": until})
    await services.jobs.create(job, [])

    async def has_link() -> bool:
        return "url" in (await http.get(f"/api/jobs/{job.id}")).json()["result"]

    for caller, expected in [
        (replace(ANN, role=Role.EDITOR), True),
        (replace(BEN, role=Role.EDITOR), False),
        (replace(BEN, role=Role.ADMIN), True),
    ]:
        callers["now"] = caller
        assert await has_link() is expected
