"""`/api/exports`: a large export as its job, its link, and its file where browsers cannot reach storage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.access.caller import Caller, acting_for
from shared.access.in_force import RulesInForce
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.access.sight import current_sight
from shared.api_keys import ApiKey, digest_key, generate_key
from shared.photo import Photo, photo_id, utc
from shared.search.results import IndexEntry
from shared.stores.jobs import Job, JobMaker, PhotoFault
from shared.stores.moves import Move
from tests.shared.stores.test_jobs import some_job
from tests.web.fake_services import FakeServices

READER, OWNER = generate_key(), generate_key()


async def an_export(services: FakeServices, *, hours: float = 1, **fields: Any) -> Job:
    """An export that is done, whose file is there for so long."""
    until = utc(datetime.now(UTC) + timedelta(hours=hours))
    result = {"file_name": "photos.zip", "size_bytes": 10, "expires_at": until}
    job = some_job("export", **{"action": "export", "state": "done", "result": result, **fields})
    await services.jobs.create(job, [])
    services.exports.files[job.id] = b"0123456789"
    return job


async def test_an_export_that_is_done_has_a_link(http: httpx.AsyncClient, services: FakeServices) -> None:
    job = await an_export(services)

    answers = [(await http.get(f"/api/{name}/{job.id}")).json() for name in ("exports", "jobs")]

    for answer in answers:
        assert answer["result"] == job.result | {"url": f"https://blobs/exports/{job.id}?minutes=15"}
    assert services.jobs.records[job.id] == job  # a link lasts for minutes, and is not kept


@pytest.mark.parametrize("fields", [{"hours": -1}, {"result": {}, "state": "running"}])
async def test_without_a_file_there_is_no_link(
    fields: dict[str, Any], http: httpx.AsyncClient, services: FakeServices
) -> None:
    job = await an_export(services, **fields)

    assert "url" not in (await http.get(f"/api/exports/{job.id}")).json()["result"]


async def test_what_is_no_export_is_not_found(http: httpx.AsyncClient, services: FakeServices) -> None:
    job = await an_export(services, action="edit")

    for id_ in (job.id, "0" * 32, "nonsense"):
        answer = await http.get(f"/api/exports/{id_}")
        assert (answer.status_code, answer.json()["error"]["message"][:19]) == (404, "there is no export ")


async def test_who_may_only_read_sees_their_own_exports(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.api_keys.keys = (
        ApiKey(name="reader", digest=digest_key(READER), right="read"),
        ApiKey(name="other", digest=digest_key(OWNER), right="full"),
    )
    services.settings = services.settings.model_copy(update={"http_auth": "key"})
    job = await an_export(services, created_by="reader")

    async def status(key: str) -> int:
        return (await http.get(f"/api/exports/{job.id}", headers={"api-key": key})).status_code

    assert (await status(READER), await status(OWNER)) == (200, 200)
    services.jobs.records[job.id] = replace(job, created_by="other")
    assert (await status(READER), await status(OWNER)) == (404, 200)


async def test_where_pictures_pass_through_the_app_so_does_the_file(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.settings = services.settings.model_copy(update={"pictures": "proxy"})
    job = await an_export(services)

    url = (await http.get(f"/api/exports/{job.id}")).json()["result"]["url"]
    file = await http.get(url)
    part = await http.get(url, headers={"Range": "bytes=7-"})

    assert url.startswith(f"/api/exports/{job.id}/photos.zip?expires=")
    assert (file.content, file.headers["content-type"]) == (b"0123456789", "application/zip")
    assert file.headers["content-disposition"] == 'attachment; filename="photos.zip"'
    assert (part.status_code, part.content) == (206, b"789")
    for wrong in (url[:-3] + "AAA", url.partition("?")[0], url.replace("api/exports", "api/pictures/original")):
        assert (await http.get(wrong)).status_code in {403, 404}
    services.exports.files.clear()
    assert (await http.get(url)).status_code == 404
    services.settings = services.settings.model_copy(update={"pictures": "links"})
    assert (await http.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("there", "is_moved", "left_out", "has_link"),
    [
        (["open/1.jpg", "open/2.jpg"], False, None, True),
        (["open/1.jpg"], False, None, True),  # the other one was deleted
        (["open/1.jpg", "hidden/2.jpg"], True, None, False),
        (["open/1.jpg", "hidden/2.jpg"], True, "hidden/2.jpg", True),
        (["open/1.jpg", "hidden/2.jpg"], True, "open/2.jpg", True),
        (["open/1.jpg", "hidden/1.jpg"], False, None, True),
    ],
)
async def test_a_photo_that_is_hidden_since_takes_the_link(
    there: list[str],
    is_moved: bool,
    left_out: str | None,
    has_link: bool,
    http: httpx.AsyncClient,
    services: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, callers = Caller("Ann", Role.EDITOR, "ann"), [Caller("Ann", Role.EDITOR, "ann")]
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(Rules((Rule(("everyone",), folder="open"),))))

    async def authenticate(*_: Any) -> Caller:
        return callers[-1]

    async def entries(ids: Sequence[str]) -> dict[str, IndexEntry]:
        photos = [Photo(id=photo_id(path), path=path) for path in there if current_sight().sees(path)]
        return {each.id: IndexEntry.of(each) for each in photos if each.id in ids}

    monkeypatch.setattr("web.entry.authenticate", authenticate)
    monkeypatch.setattr(services.index, "entries", entries)
    if is_moved:
        move = Move(path="open/2.jpg", new_path="hidden/2.jpg", etag="", at=utc(datetime.now(UTC)), done=True)
        services.moves.records[move.id] = move
    with acting_for(ann):
        job = await an_export(services, maker=JobMaker.of(ann), total=2, position=2, failed=1 if left_out else 0)
    services.jobs.ids[job.id] = [photo_id("open/1.jpg"), photo_id("open/2.jpg")]
    if left_out:
        await services.jobs.write_faults(job, [PhotoFault(photo_id(left_out), "gone")])

    for caller, expected in ((ann, has_link), (Caller("Ben", Role.ADMIN, "ben"), True)):
        callers.append(caller)
        for name in ("exports", "jobs"):
            result = (await http.get(f"/api/{name}/{job.id}")).json()["result"]
            assert ("url" in result) == expected
