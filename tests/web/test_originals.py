"""Originals by their path: what is there, its digest, and deleting it on condition."""

import hashlib

import httpx
import pytest

from ingest.context import IngestContext
from shared.errors import Outage
from shared.photo import photo_id
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices

PATH = "2024/zürich/a.jpg"
URL = "/api/originals/2024/z%C3%BCrich/a.jpg"
DIGEST = hashlib.sha256(b"JPEG").hexdigest()


@pytest.fixture(autouse=True)
def _an_original(services: FakeServices) -> None:
    services.storage.blobs = {PATH: b"JPEG"}


async def test_an_original_is_found_by_its_path_and_not_read(http: httpx.AsyncClient, services: FakeServices) -> None:
    answer = await http.get(URL)

    assert answer.json() == {"id": photo_id(PATH), "path": PATH, "size_bytes": 4, "etag": '"etag"', "digest": None}
    assert answer.headers["cache-control"] == "no-store"
    assert services.storage.digested == []


async def test_who_asks_whether_there_is_one_is_answered_without_an_error(http: httpx.AsyncClient) -> None:
    optional = {"optional": "true"}

    assert (await http.get("/api/originals/none.jpg")).status_code == 404
    nothing = await http.get("/api/originals/none.jpg", params=optional)
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert (await http.get(URL, params=optional)).json()["path"] == PATH


async def test_an_original_that_is_not_indexed_is_read_for_its_digest(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    assert (await http.get(URL, params={"digest": "true"})).json()["digest"] == DIGEST
    assert services.storage.digested == [PATH]


@pytest.mark.parametrize(
    ("etag", "digest", "read"), [('"etag"', "of the index", []), ('"older"', DIGEST, [PATH])], ids=["current", "older"]
)
async def test_the_index_knows_the_digest_of_the_version_it_has(
    etag: str, digest: str, read: list[str], http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.storage.blobs["1.jpg"] = b"JPEG"
    services.index.hits = [hit(1, etag=etag, digest="of the index")]

    assert (await http.get("/api/originals/1.jpg", params={"digest": "true"})).json()["digest"] == digest
    assert services.storage.digested == [each.replace(PATH, "1.jpg") for each in read]


async def test_a_digest_needs_no_index(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_: str) -> None:
        raise Outage("search is down")

    monkeypatch.setattr(services.index, "get", down)

    assert (await http.get(URL, params={"digest": "true"})).json()["digest"] == DIGEST


@pytest.mark.parametrize(
    ("path", "status", "param"), [("none.jpg", 404, "path"), ("a.", 400, "path"), ("a.jpg?digest=maybe", 400, "digest")]
)
async def test_what_cannot_be_found_says_why(path: str, status: int, param: str, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/api/originals/{path}")

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


async def test_an_original_is_deleted_only_as_it_was_seen(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []

    async def remove(path: str, context: IngestContext) -> None:
        assert path not in services.storage.blobs
        removed.append(path)

    monkeypatch.setattr("ingest.originals.remove", remove)

    stale = await http.delete(URL, headers={"If-Match": '"older"'})
    assert (stale.status_code, stale.json()["error"]["code"], removed) == (412, "precondition_failed", [])
    deleted = await http.delete(URL, headers={"If-Match": '"etag"'})
    assert deleted.json() == {"id": photo_id(PATH), "path": PATH, "state": "deleted"}
    assert removed == [PATH]
    assert (await http.delete(URL)).status_code == 404
