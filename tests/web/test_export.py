"""Exports and imports over HTTP, with services in memory."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from catalogue import context as catalogue_side
from shared.photo import Photo
from shared.search.results import Hit
from shared.stores.jobs import JobTurn
from tests.catalogue.export_photos import full_photo
from tests.catalogue.files import picture, pixels
from tests.catalogue.library import Embedder, ExportIndex
from tests.ingest.fakes import FakeEdits, FakeTickets as QueuedTickets
from tests.web.fake_services import FakeServices, WebIndex, WebStorage
from web import export


@pytest.fixture
def index(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> ExportIndex:
    """A library of three photos, two of them in `rome`."""
    index = ExportIndex([full_photo("rome/a.jpg"), full_photo("rome/b.heic", format="heif"), full_photo("c.png")])
    fakes = cast(Any, services)
    fakes.index, fakes.edits, fakes.models = index, FakeEdits(), Embedder()
    fakes.tickets = fakes.refresh_tickets = QueuedTickets()
    for module in (export, catalogue_side):
        monkeypatch.setattr(module, "services", lambda: services)
    monkeypatch.setattr(export, "model_of", lambda _: "vision")
    catalogue_side.catalogue_context.cache_clear()
    return index


@pytest.fixture
def storage(services: FakeServices, index: ExportIndex, monkeypatch: pytest.MonkeyPatch) -> WebStorage:
    """The originals of these photos."""
    storage = services.storage
    storage.blobs = {"rome/a.jpg": picture(), "rome/b.heic": b"not a format we write", "c.png": picture("PNG")}

    async def read_into(original: Any, file: Any) -> bool:
        file.write(storage.blobs[original.name])
        file.flush()
        return True

    monkeypatch.setattr(storage, "read_into", read_into, raising=False)
    return storage


def rows(response: httpx.Response) -> list[dict[str, str]]:
    assert response.content.startswith(b"\xef\xbb\xbfid,etag,path,")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_a_table_has_all_photos_that_match(http: httpx.AsyncClient, index: ExportIndex) -> None:
    response = await http.get("/api/export?folder=rome")

    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="photos.csv"'
    assert {row["path"] for row in rows(response)} == {"rome/a.jpg", "rome/b.heic"}
    assert {row["unreviewed"] for row in rows(response)} == {"title; alt_text; caption; tags"}


@pytest.mark.parametrize("fold", ["true", "false"])
async def test_filters_export_photos_that_look_alike_one_by_one(
    http: httpx.AsyncClient, index: ExportIndex, fold: str
) -> None:
    index.photos = {id_: replace(photo, digest="same") for id_, photo in index.photos.items()}

    response = await http.get(f"/api/export?folder=rome&fold={fold}")

    assert {row["path"] for row in rows(response)} == {"rome/a.jpg", "rome/b.heic"}
    assert (await http.get("/api/export?fold=perhaps")).json()["error"]["param"] == "fold"


async def test_ids_are_exported_in_their_order(http: httpx.AsyncClient, index: ExportIndex) -> None:
    ids = [*index.photos][::-1]

    response = await http.post("/api/export", json={"ids": [*ids, ids[0]], "format": "jsonl"})

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["id"] for line in lines] == ids
    assert lines[0]["unreviewed"] == ["title", "alt_text", "caption", "tags"]


async def test_words_export_what_they_find(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [full_photo("dog.jpg"), full_photo("cat.jpg")]
    exported = ExportIndex(photos)
    services.index = WebIndex(hits=[Hit(photos[0])])
    monkeypatch.setattr(export, "services", lambda: type("Services", (), {"index": exported, "storage": None}))
    monkeypatch.setattr(export, "model_of", lambda _: "")

    response = await http.get("/api/export?q=dog&format=alt")

    assert response.text.count("<img ") == 1
    assert 'alt="Dogs on a wall"' in response.text
    assert 'data-alt-source="model, not reviewed"' in response.text


@pytest.mark.parametrize("fold", ["", "true", "false"])
async def test_words_export_the_likely_photos_alone_each_by_itself(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch, fold: str
) -> None:
    dogs = [replace(full_photo(f"{number}.jpg"), title="A sheepdog", digest="same") for number in range(3)]
    others = [replace(full_photo(f"other {number}.jpg"), title="A cat") for number in range(3)]
    services.index = WebIndex(hits=[Hit(photo) for photo in (*dogs, *others)], total=6)
    exported = type("Services", (), {"index": ExportIndex([*dogs, *others]), "storage": None})
    monkeypatch.setattr(export, "services", lambda: exported)
    monkeypatch.setattr(export, "model_of", lambda _: "")

    response = await http.get(f"/api/export?q=sheepdog&mode=keyword&fold={fold}")

    assert [row["path"] for row in rows(response)] == [photo.path for photo in dogs]


async def test_sidecars_come_in_a_zip_named_as_their_photos(http: httpx.AsyncClient, index: ExportIndex) -> None:
    response = await http.get("/api/export?format=xmp")

    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert set(archive.namelist()) == {"rome/a.jpg.xmp", "rome/b.heic.xmp", "c.png.xmp"}
    assert b"AI (vision), not reviewed" in archive.read("c.png.xmp")


async def test_originals_come_as_they_are(http: httpx.AsyncClient, storage: WebStorage) -> None:
    del storage.blobs["rome/b.heic"]

    response = await http.get("/api/export?format=zip")

    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    assert archive.read("rome/a.jpg") == storage.blobs["rome/a.jpg"]
    assert "rome/b.heic" in archive.read("left out.txt").decode()


async def test_originals_come_with_their_metadata_in_them_or_beside_them(
    http: httpx.AsyncClient, storage: WebStorage
) -> None:
    response = await http.get("/api/export?format=zip&metadata=true")

    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert set(archive.namelist()) == {"rome/a.jpg", "rome/b.heic", "rome/b.heic.xmp", "c.png"}
    assert pixels(archive.read("c.png")) == pixels(storage.blobs["c.png"])
    assert b"Dogs on a wall" in archive.read("rome/a.jpg")
    assert archive.read("rome/b.heic") == storage.blobs["rome/b.heic"]


async def test_originals_over_the_limit_are_a_job(
    http: httpx.AsyncClient, services: FakeServices, index: ExportIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_ZIP_BYTES", 100)
    for photo in [full_photo(f"rome/{number}.jpg", size_bytes=60) for number in range(2)]:
        index.photos[photo.id] = photo
    ids = sorted(index.photos)

    whole = await http.get("/api/export?format=zip&metadata=true&rating=4&code=secret")
    by_id = await http.post("/api/export", json={"ids": ids[::-1], "format": "zip"})

    for answer, metadata, search, photos in (
        (whole, True, {"rating": ["4"]}, ids),
        (by_id, False, {}, ids[::-1]),
    ):
        job = answer.json()
        assert (answer.status_code, job["action"], job["parameters"]) == (202, "export", {"metadata": metadata})
        assert (job["search"], sorted(services.jobs.ids[job["id"]])) == (search, sorted(photos))
        assert answer.headers["location"] == f"/api/exports/{job['id']}"
        assert JobTurn(job["id"]) in [turn for turn, _ in services.job_queue.sent]
        state = (await http.get(answer.headers["location"])).json()
        assert (state["state"], state["total"]) == ("waiting", len(photos))
    assert (await http.get("/api/export?format=csv")).status_code == 200


@pytest.mark.parametrize(
    ("query", "param", "message"),
    [
        ("format=pdf", "format", "csv"),
        ("metadata=yes", "metadata", "true or false"),
        ("top=10", "top", "all photos that match"),
        ("skip=10", "skip", "all photos that match"),
        ("colour=red", "colour", "no parameter colour"),
        ("taken_in=yesterday", "taken_in", ""),
    ],
)
async def test_a_wrong_parameter_is_named(
    query: str, param: str, message: str, http: httpx.AsyncClient, index: ExportIndex
) -> None:
    response = await http.get(f"/api/export?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert message in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": []}, 400),
        ({"ids": ["' or 1 eq 1"]}, 400),
        ({"ids": ["0" * 32]}, 404),
        ({"ids": ["0" * 32], "format": "pdf"}, 400),
        ({"ids": ["0" * 32], "top": 1}, 400),
    ],
)
async def test_a_wrong_list_of_ids_is_refused(
    body: dict[str, Any], status: int, http: httpx.AsyncClient, index: ExportIndex
) -> None:
    assert (await http.post("/api/export", json=body)).status_code == status


async def test_a_reader_who_goes_away_ends_the_work(index: ExportIndex) -> None:
    steps = list[str]()

    async def photos() -> AsyncGenerator[Photo, None]:
        try:
            while True:
                steps.append("read")
                yield full_photo()
        finally:
            steps.append("stopped")

    response = cast(Any, await export.respond_with(photos(), export.ExportChoice()))
    parts = response.body_iterator
    await anext(parts)
    await parts.aclose()

    assert steps[-1] == "stopped"


async def send(http: httpx.AsyncClient, table: str, query: str = "", kind: str = "text/csv") -> httpx.Response:
    return await http.post(f"/api/import{query}", content=table.encode(), headers={"Content-Type": kind})


async def test_an_edited_table_is_written_and_a_dry_run_is_not(http: httpx.AsyncClient, index: ExportIndex) -> None:
    row = rows(await http.get("/api/export"))[0]
    table = f'id;etag;title;location\r\n{row["id"]};{row["etag"]};Cats;"47.37, 8.54"\r\n'

    dry = (await send(http, table, "?dry_run=true")).json()
    assert (dry["dry_run"], dry["changed"], index.photos[row["id"]].title) == (True, 1, "Dogs & <cats>")
    [listed] = dry["rows"]
    assert listed["before"]["title"] == "Dogs & <cats>"
    assert listed["after"] == {"title": "Cats", "location": {"latitude": 47.37, "longitude": 8.54}}

    done = (await send(http, table)).json()

    assert {name: done[name] for name in ("changed", "unchanged", "stale", "failed", "left")} == {
        "changed": 1,
        "unchanged": 0,
        "stale": 0,
        "failed": 0,
        "left": 0,
    }
    assert (index.photos[row["id"]].title, index.photos[row["id"]].city) == ("Cats", "Zürich")


async def test_an_import_takes_only_tables(http: httpx.AsyncClient, index: ExportIndex) -> None:
    assert (await send(http, "a,b\r\n", kind="text/plain")).status_code == 415
    assert (await send(http, "{}", kind="application/json")).status_code == 400
    assert (await send(http, "a,b\r\n")).status_code == 400
    assert (await send(http, "id,etag\r\n", "?dry_run=maybe")).status_code == 400


async def test_a_table_may_come_in_json(
    http: httpx.AsyncClient, index: ExportIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = rows(await http.get("/api/export"))[0]
    table = f"id,etag,title\r\n{row['id']},{row['etag']},Cats\r\n"

    assert (await send(http, json.dumps({"csv": table}), kind="application/json")).json()["changed"] == 1

    monkeypatch.setattr("web.import_csv.MAX_JSON_BYTES", 10)
    assert (await send(http, json.dumps({"csv": table}), kind="application/json")).status_code == 413


async def test_a_table_over_the_limit_is_refused(
    http: httpx.AsyncClient, index: ExportIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.import_csv.MAX_IMPORT_BYTES", 10)

    response = await send(http, "id,etag,title\r\n")

    assert response.status_code == 413
    assert "in parts" in response.json()["error"]["message"]


async def test_what_there_is_no_time_for_is_left(
    http: httpx.AsyncClient, index: ExportIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.import_csv.SECONDS", -1.0)
    row = rows(await http.get("/api/export"))[0]

    report = (await send(http, f"id,etag,title\r\n{row['id']},{row['etag']},Cats\r\n")).json()

    assert (report["left"], report["changed"]) == (1, 0)
