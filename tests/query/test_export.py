"""Exports of the running app, and an import that only says what it would change."""

import csv
import io
import json
import zipfile
from typing import Any, cast

import httpx

from tests.query.photo_seeder import PhotoSeeder
from tests.query.photos import library, photo
from tests.world import World


def exported(world: World, **parameters: str) -> httpx.Response:
    response = world.http.get("/api/export", params=parameters)
    assert response.status_code == 200, response.text
    return response


def table(response: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_the_whole_library_is_exported_once(world: World) -> None:
    rows = table(exported(world))

    assert sorted(row["path"] for row in rows) == sorted(photo.path for photo in library())


def test_filters_and_words_choose_what_is_exported(world: World) -> None:
    by_folder = exported(world, folder="2023/summer", format="jsonl").text.splitlines()
    by_words = table(exported(world, q="red bicycle"))

    in_folder = {photo.path for photo in library() if f"{photo.folder}/".startswith("2023/summer/")}
    assert {json.loads(line)["path"] for line in by_folder} == in_folder
    assert "2023/summer/IMG_1001.jpg" in {row["path"] for row in by_words}


def test_ids_come_as_sidecars(world: World) -> None:
    ids = [photo.id for photo in library()[:3]]

    response = world.http.post("/api/export", json={"ids": ids, "format": "xmp"})

    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert names == [f"{photo.path}.xmp" for photo in library()[:3]]


def test_an_edited_table_comes_back(world: World, seeder: PhotoSeeder) -> None:
    with seeder.extra_photos(photo("exported/a.jpg", title="A title"), photo("exported/b.jpg", title="B")):
        first, second = table(exported(world, folder="exported"))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(first), delimiter=";")
        writer.writeheader()
        writer.writerows([first | {"title": "Another title", "tags": "=cat; dog"}, second])

        dry = imported(world, text.getvalue(), dry_run="true")
        before = world.get(f"/api/photos/{first['id']}")["title"]
        done = imported(world, text.getvalue())
        again = imported(world, text.getvalue())

        assert [(each["changed"], each["unchanged"]) for each in (dry, done, again)] == [(1, 1), (1, 1), (0, 2)]
        assert dry["rows"][0]["after"] == {"title": "Another title", "tags": ["=cat", "dog"]}
        assert before == first["title"]
        assert world.get(f"/api/photos/{first['id']}")["title"] == "Another title"


def imported(world: World, text: str, **parameters: str) -> dict[str, Any]:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    response = world.http.post("/api/import", content=text.encode(), params=parameters, headers=headers)
    assert response.status_code == 200, response.text
    return cast(dict[str, Any], response.json())
