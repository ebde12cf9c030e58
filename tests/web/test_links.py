"""Links to pictures."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from shared.errors import BadRequest
from shared.photo import photo_id, utc
from shared.search.results import Hit
from shared.stores.moves import Move
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices
from web.links import MAX_LINKS, parse

ONE, TWO = photo_id("1.jpg"), photo_id("2.jpg")


@pytest.mark.parametrize("size", ["thumbnail", "preview", "original"])
async def test_a_picture_is_a_redirect_that_may_be_kept_for_half_its_life(
    size: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1, format="jpeg")]

    answer = await http.get(f"/api/photos/{ONE}/{size}")

    path = "1.jpg?minutes=15&type=image/jpeg&name=1.jpg" if size == "original" else f"{ONE}/{size}?minutes=15"
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://blobs/{path}")
    assert answer.headers["cache-control"] == "private, max-age=450"
    assert (await http.get(f"/api/photos/{TWO}/{size}")).status_code == 404


async def test_a_large_thumbnail_is_made_when_it_is_first_asked_for(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1), hit(2)]
    services.storage.previews = {ONE: jpeg(1024, 768), TWO: jpeg(400, 300)}

    locations = [(await http.get(f"/api/photos/{id_}/thumbnail?size=640")).headers["location"] for id_ in (ONE, TWO)]

    assert locations == [f"https://blobs/{ONE}/thumbnail_640?minutes=15", f"https://blobs/{TWO}/thumbnail?minutes=15"]
    assert (await http.get(f"/api/photos/{ONE}/thumbnail?size=641")).status_code == 400
    assert (await http.get(f"/api/photos/{photo_id('3.jpg')}/thumbnail?size=640")).status_code == 404


async def test_links_to_large_thumbnails_lead_through_the_app_which_makes_them(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.storage.previews = {ONE: jpeg(1024, 768)}

    answer = await http.post("/api/links", json={"ids": [ONE, TWO], "size": "thumbnail_640"})

    links = answer.json()["links"]
    first, second = [await http.get(links[id_]) for id_ in (ONE, TWO)]
    assert (first.status_code, first.headers["location"]) == (302, f"https://blobs/{ONE}/thumbnail_640?minutes=15")
    assert first.headers["cache-control"] == "private, max-age=450"
    assert second.status_code == 404
    assert (await http.get(links[ONE].replace(ONE, TWO))).status_code == 403


def jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (width, height)).save(out, "JPEG")
    return out.getvalue()


async def test_links_to_pictures_need_no_look_up(http: httpx.AsyncClient, services: FakeServices) -> None:
    answer = await http.post("/api/links", json={"ids": [ONE, TWO]})

    assert answer.json() == {
        "links": {id_: f"https://blobs/{id_}/thumbnail?minutes=15" for id_ in (ONE, TWO)},
        "seconds": 450,
    }
    assert services.index.queries == []


async def test_links_to_originals_save_files_and_leave_out_what_is_gone(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1, format="jpeg")]

    answer = await http.post("/api/links", json={"ids": [ONE, TWO], "size": "original"})

    assert answer.json()["links"] == {ONE: "https://blobs/1.jpg?minutes=15&type=image/jpeg&name=1.jpg"}


@pytest.mark.parametrize(("size", "path"), [("preview", f"{TWO}/preview"), ("original", "2.jpg")])
async def test_the_old_id_of_a_photo_that_was_moved_gets_the_link_of_the_new_one(
    size: str, path: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(2, format="jpeg")]
    now = utc(datetime.now(UTC))
    await services.moves.begin(Move(path="1.jpg", new_path="2.jpg", etag='"1"', at=now, done=True))

    answer = await http.post("/api/links", json={"ids": [ONE, TWO], "size": size})

    links = {id_: link.partition("?")[0] for id_, link in answer.json()["links"].items()}
    assert links == dict.fromkeys((ONE, TWO), f"https://blobs/{path}")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"ids": []}, "ids"),
        ({"ids": [ONE] * (MAX_LINKS + 1)}, "ids"),
        ({"ids": ["nonsense"]}, "ids"),
        ({"ids": [ONE, ONE.upper()]}, "ids"),
        ({"ids": [ONE], "size": "huge"}, "size"),
        ({"ids": [ONE, TWO, ONE, TWO, ONE], "size": "large"}, "ids"),
        ({"ids": [ONE], "sizes": "x"}, "sizes"),
        ({}, "ids"),
        ([], None),
    ],
)
def test_an_invalid_request_names_the_field_at_fault(body: Any, param: str | None) -> None:
    with pytest.raises(BadRequest) as error:
        parse(json.dumps(body).encode())

    assert error.value.param == param


def test_as_many_links_as_the_limit_are_given() -> None:
    assert len(parse(json.dumps({"ids": [ONE] * MAX_LINKS}).encode()).ids) == MAX_LINKS == 200


@pytest.mark.parametrize(
    ("name", "format_", "type_", "saved_as"),
    [
        ("x.html", "jpeg", "image/jpeg", "x.html.jpg"),
        ("x.svg", "jpeg", "image/jpeg", "x.svg.jpg"),
        ("x.pdf", "png", "image/png", "x.pdf.png"),
        ("x.svg", "svg", "application/octet-stream", "x.svg"),
        ("x.js", "", "application/octet-stream", "x.js.bin"),
        ("DSC.NEF", "nef", "application/octet-stream", "DSC.NEF"),
    ],
)
async def test_an_original_is_linked_as_what_it_is_whatever_its_name(
    name: str, format_: str, type_: str, saved_as: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    photo = hit(1).photo
    services.index.hits = [Hit(replace(photo, path=name, format=format_), score=1, reranker=None)]
    link = f"https://blobs/{name}?minutes=15&type={type_}&name={saved_as}"

    links = (await http.post("/api/links", json={"ids": [ONE], "size": "original"})).json()["links"]

    assert links == {ONE: link}
    assert (await http.get(f"/api/photos/{ONE}/original")).headers["location"] == link


async def test_a_large_picture_is_linked_as_large_as_it_is_and_only_to_who_sees_the_photo(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    services.index.hits = [hit(1, width=6000, height=4000), hit(2, width=800, height=600)]
    services.storage.blobs[f"{ONE}/large"] = b"made before"

    assert (await http.get(f"/api/photos/{ONE}/large")).headers["location"] == f"https://blobs/{ONE}/large?minutes=15"
    assert (await http.get(f"/api/photos/{TWO}/large")).headers["location"] == f"https://blobs/{TWO}/preview?minutes=15"
    answer = await http.post("/api/links", json={"ids": [ONE, TWO, photo_id("none.jpg")], "size": "large"})

    assert {id_: link.partition("?")[0] for id_, link in answer.json()["links"].items()} == {
        ONE: f"https://blobs/{ONE}/large",
        TWO: f"https://blobs/{TWO}/preview",
    }
    assert (await http.get(f"/api/photos/{photo_id('none.jpg')}/large")).status_code == 404


async def test_a_large_picture_that_cannot_be_made_has_no_link(http: httpx.AsyncClient, services: FakeServices) -> None:
    services.index.hits = [hit(1, width=6000, height=4000)]  # and its original is gone

    assert (await http.post("/api/links", json={"ids": [ONE], "size": "large"})).json()["links"] == {}
    assert (await http.get(f"/api/photos/{ONE}/large")).status_code == 404
