"""The trash over HTTP."""

import httpx
import pytest

from shared.photo import photo_id
from shared.settings import Settings
from shared.stores.trash import TrashedPhoto
from tests.web.fake_services import SETTINGS, FakeServices

ONE, TWO = photo_id("1.jpg"), photo_id("2.jpg")


@pytest.fixture
def with_trash(services: FakeServices) -> FakeServices:
    """Two deleted photos, of which one can be restored."""
    services.settings = Settings.model_validate(SETTINGS.model_dump(by_alias=True) | {"TRASH_DAYS": 7})
    values = {"deleted_at": "2026-11-02T00:00:00Z", "by": "ann", "size_bytes": 4}
    first = TrashedPhoto(id=ONE, path="1.jpg", title="One", restorable=True, **values)  # type: ignore[arg-type]
    second = TrashedPhoto(id=TWO, path="2.jpg", deleted_at="2026-11-03T00:00:00Z")
    services.trash.records |= {ONE: first, TWO: second}
    services.trash.files[ONE] = b"JPEG"
    return services


async def test_the_trash_is_listed_the_last_deleted_first(http: httpx.AsyncClient, with_trash: FakeServices) -> None:
    answer = (await http.get("/api/trash")).json()

    assert (answer["total"], [each["id"] for each in answer["photos"]]) == (2, [TWO, ONE])
    assert answer["photos"][1] == {
        "id": ONE,
        "path": "1.jpg",
        "title": "One",
        "size_bytes": 4,
        "deleted_at": "2026-11-02T00:00:00Z",
        "expires_at": "2026-11-09T00:00:00Z",
        "by": "ann",
        "restorable": True,
    }
    assert [each["id"] for each in (await http.get("/api/trash?top=1&skip=1")).json()["photos"]] == [ONE]


async def test_a_photo_is_restored(http: httpx.AsyncClient, with_trash: FakeServices) -> None:
    answer = await http.post(f"/api/trash/{ONE}/restore")

    assert (answer.status_code, answer.json()) == (202, {"id": ONE, "path": "1.jpg"})
    assert with_trash.storage.blobs == {"1.jpg": b"JPEG"}
    assert with_trash.trash.records.keys() == {TWO}


async def test_what_cannot_be_restored_says_why(http: httpx.AsyncClient, with_trash: FakeServices) -> None:
    answer = await http.post(f"/api/trash/{TWO}/restore")

    assert answer.status_code == 412
    assert "upload it again" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "address"), [("DELETE", ""), ("POST", "/restore")])
@pytest.mark.parametrize("id_", ["b" * 32, "nonsense"])
async def test_what_is_not_in_the_trash_is_not_found(
    method: str, address: str, id_: str, http: httpx.AsyncClient
) -> None:
    assert (await http.request(method, f"/api/trash/{id_}{address}")).status_code == 404


@pytest.mark.parametrize("query", ["top=x", "top=1001", "skip=-1"])
async def test_bad_pages_are_refused(query: str, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/api/trash?{query}")).status_code == 400


async def test_the_trash_is_emptied(http: httpx.AsyncClient, with_trash: FakeServices) -> None:
    assert (await http.delete(f"/api/trash/{ONE}")).json() == {"deleted": 1}
    assert (await http.delete("/api/trash")).json() == {"deleted": 1}
    assert (with_trash.trash.records, with_trash.trash.files) == ({}, {})
