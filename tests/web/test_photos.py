"""Uploading, reading and deleting photos, and similar ones."""

import httpx
import pytest

from ingest.cached_count import OriginalCount
from ingest.context import IngestContext, ingest_context
from shared.photo import photo_id
from tests.ingest.test_companions import MP4, QUICKTIME
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices, failure

ONE = photo_id("1.jpg")


async def test_an_upload_is_stored_under_its_path(http: httpx.AsyncClient, services: FakeServices) -> None:
    answer = await http.put("/api/photos/2024/z%C3%BCrich/a.jpg", content=b"JPEG")

    assert answer.status_code == 201
    assert answer.json() == {
        "id": photo_id("2024/zürich/a.jpg"),
        "path": "2024/zürich/a.jpg",
        "size_bytes": 4,
        "etag": '"etag"',
        "state": "waiting",
        "replaced": False,
    }
    assert services.storage.blobs == {"2024/zürich/a.jpg": b"JPEG"}


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("a.jpg", "waiting"),
        ("a.mov", "waiting"),
        ("a/b.xmp", "attached"),
        ("a.jpg.supplemental-metadata.json", "attached"),
        ("notes.json", "waiting"),
        ("a/Thumbs.db", "ignored"),
        ("a/._b.jpg", "ignored"),
    ],
)
async def test_an_upload_says_what_the_file_is(path: str, state: str, http: httpx.AsyncClient) -> None:
    answer = await http.put(f"/api/photos/{path}", content=b"x")

    assert (answer.status_code, answer.json()["state"]) == (201, state)


@pytest.mark.parametrize(
    ("path", "content", "state"),
    [
        ("a.MOV", QUICKTIME, "attached"),
        ("b.MOV", QUICKTIME, "waiting"),
        ("a.mp4", MP4, "waiting"),
        ("a.MP", MP4, "attached"),
    ],
)
async def test_a_movie_is_attached_if_its_picture_is_there(
    path: str, content: bytes, state: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.storage.blobs["a.jpg"] = b"JPEG"

    answer = await http.put(f"/api/photos/{path}", content=content[:90])

    assert (answer.status_code, answer.json()["state"]) == (201, state)


@pytest.mark.parametrize(
    ("path", "tickets"), [("a.jpg", ["a.jpg"]), ("a.xmp", ["a.xmp"]), ("a.mov", ["a.mov"]), ("Thumbs.db", [])]
)
async def test_an_upload_is_announced_unless_it_is_ignored(
    path: str, tickets: list[str], http: httpx.AsyncClient, services: FakeServices
) -> None:
    await http.put(f"/api/photos/{path}", content=b"x")

    assert [each.name for each in services.upload_tickets.sent] == tickets


async def test_an_upload_that_replaces_a_photo_says_so(http: httpx.AsyncClient, services: FakeServices) -> None:
    await http.put("/api/photos/a.jpg", content=b"one")

    answer = await http.put("/api/photos/a.jpg", content=b"two")

    assert (answer.status_code, answer.json()["replaced"]) == (200, True)
    assert services.storage.blobs == {"a.jpg": b"two"}


@pytest.mark.parametrize(
    ("headers", "conditions"),
    [
        ({}, (None, False)),
        ({"If-None-Match": "*"}, (None, True)),
        ({"If-Match": '"0x8D"'}, ('"0x8D"', False)),
    ],
)
async def test_the_conditions_of_an_upload_reach_storage(
    headers: dict[str, str], conditions: tuple[str | None, bool], http: httpx.AsyncClient, services: FakeServices
) -> None:
    assert (await http.put("/api/photos/a.jpg", content=b"one", headers=headers)).status_code == 201
    assert services.storage.conditions == [conditions]


@pytest.mark.parametrize(
    ("headers", "param", "status"),
    [
        ({"If-None-Match": '"0x8D"'}, "If-None-Match", 400),
        ({"If-Match": "0x8D"}, "If-Match", 412),
        ({"If-Match": "*"}, "If-Match", 412),
        ({"If-Match": '"a", "b"'}, "If-Match", 412),
        ({"If-Match": '"a"', "If-None-Match": "*"}, "If-None-Match", 412),
    ],
)
async def test_conditions_that_cannot_hold_are_refused(
    headers: dict[str, str], param: str, status: int, http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.put("/api/photos/a.jpg", content=b"one", headers=headers)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert services.storage.blobs == {}


async def test_an_upload_beyond_the_limit_is_refused(http: httpx.AsyncClient, services: FakeServices) -> None:
    assert (await http.put("/api/photos/a.jpg", content=b"x" * 100)).status_code == 201
    assert (await http.put("/api/photos/b.jpg", content=b"x" * 101)).status_code == 422
    assert (await http.put("/api/photos/b.", content=b"x")).status_code == 400
    assert services.storage.blobs.keys() == {"a.jpg"}


async def test_originals_are_counted_anew_after_an_upload_and_a_deletion(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def remove(path: str, context: IngestContext) -> None:
        pass

    monkeypatch.setattr("ingest.originals.remove", remove)
    services.failures.add(failure("a.jpg"))
    count = ingest_context().original_count
    counted = {"": (OriginalCount(), float("inf"))}
    count._counts.update(counted)

    await http.put("/api/photos/a.jpg", content=b"x")
    assert not count._counts
    count._counts.update(counted)
    await http.delete(f"/api/photos/{photo_id('a.jpg')}")
    assert not count._counts


@pytest.mark.parametrize("state", ["indexed", "failing"])
async def test_a_photo_is_deleted_with_everything_made_from_it(
    state: str, http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []

    async def remove(path: str, context: IngestContext) -> None:
        assert context is ingest_context()
        assert path not in services.storage.blobs
        removed.append(path)

    monkeypatch.setattr("ingest.originals.remove", remove)
    services.storage.blobs = {"1.jpg": b"x", "2.jpg": b"x"}
    if state == "indexed":
        services.index.hits = [hit(1)]
    else:
        services.failures.add(failure("1.jpg"))

    answer = await http.delete(f"/api/photos/{ONE}")

    assert answer.status_code == 200
    assert answer.json() == {"id": ONE, "path": "1.jpg", "state": "deleted"}
    assert removed == ["1.jpg"]
    assert services.storage.blobs.keys() == {"2.jpg"}


@pytest.mark.parametrize("id_", [ONE, "nonsense"])
async def test_a_photo_that_is_neither_indexed_nor_failing_cannot_be_deleted(id_: str, http: httpx.AsyncClient) -> None:
    answer = await http.delete(f"/api/photos/{id_}")

    assert answer.status_code == 404
    assert answer.json()["error"]["param"] == "id"
    assert f"there is no photo {id_}" in answer.json()["error"]["message"].replace("'", "")


async def test_a_record_is_the_photo_as_callers_see_it(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(1, title="A dog", vector=[1.0])]

    answer = (await http.get(f"/api/photos/{ONE}")).json()

    assert (answer["path"], answer["title"], answer["thumbnail"]) == ("1.jpg", "A dog", f"/api/photos/{ONE}/thumbnail")
    assert "vector" not in answer
    assert (await http.get(f"/api/photos/{photo_id('2.jpg')}")).status_code == 404


async def test_similar_photos_are_twelve_unless_told_otherwise(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(number, digest=str(number), score=0.5) for number in range(1, 40)]

    answer = (await http.get(f"/api/photos/{ONE}/similar")).json()

    assert answer["total"] == len(answer["photos"]) == 12
    assert (answer["photos"][0]["path"], answer["photos"][0]["score"]) == ("2.jpg", 0.5)
    assert (await http.get(f"/api/photos/{ONE}/similar", params={"top": 3})).json()["total"] == 3
    assert (await http.get(f"/api/photos/{ONE}/similar", params={"top": 100})).status_code == 200
    assert (await http.get(f"/api/photos/{ONE}/similar", params={"top": 101})).status_code == 400
    assert (await http.get("/api/photos/nonsense/similar")).status_code == 404


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.js", "x.pdf", "x.jpg", "x"])
@pytest.mark.parametrize("claimed", ["text/html", "image/svg+xml", "text/javascript", None])
async def test_the_stored_type_is_that_of_the_bytes(
    name: str, claimed: str | None, http: httpx.AsyncClient, services: FakeServices
) -> None:
    files = {
        b"\xff\xd8\xff<html><script>alert(1)</script>": "image/jpeg",
        b"<html><script>alert(1)</script>": "application/octet-stream",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>": "application/octet-stream",
        b"alert(1)": "application/octet-stream",
        b"%PDF-1.7": "application/octet-stream",
    }
    for content, stored_type in files.items():
        headers = {"Content-Type": claimed} if claimed else {}
        assert (await http.put(f"/api/photos/{name}", content=content, headers=headers)).status_code < 300
        assert (services.storage.types[name], services.storage.blobs[name]) == (stored_type, content)
