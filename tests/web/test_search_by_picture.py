"""`POST /api/search`: a picture in the body, read as safely as any photo, and only where a model embeds pictures."""

import base64

import httpx
import pytest

from tests.image_models import FakeImageModel
from tests.ingest.fakes import jpeg
from tests.query.fakes import hit
from tests.web.fake_services import FakeServices
from web.routes import IMAGE_BODY

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def model(services: FakeServices) -> FakeImageModel:
    images = FakeImageModel()
    services.image_model = images
    services.settings = services.settings.model_copy(update={"image_model": "pictures"})
    services.index.hits = [hit(1), hit(2)]
    return images


async def test_a_picture_finds_photos_and_takes_the_parameters_of_a_search(
    http: httpx.AsyncClient, services: FakeServices, model: FakeImageModel
) -> None:
    answer = await http.post("/api/search?top=1&camera=Lumix", content=jpeg(1), headers=JPEG)

    assert answer.status_code == 200
    assert answer.json().keys() == {
        "total", "total_is_exact", "less_likely", "stacked", "unmet", "photos", "facets", "interpreted",
    }  # fmt: skip
    assert [each["path"] for each in answer.json()["photos"]] == ["1.jpg"]
    [query] = services.index.queries  # facets are counted of the photos at hand
    assert query.image_vector == [float(len(model.pictures[0]))]
    assert "Lumix" in str(query.filter)


@pytest.mark.usefixtures("model")
async def test_json_may_carry_the_picture(http: httpx.AsyncClient, services: FakeServices) -> None:
    url = f"data:image/jpeg;base64,{base64.b64encode(jpeg(1)).decode()}"

    assert (await http.post("/api/search", json={"image": url})).status_code == 200
    assert services.index.queries[0].image_vector


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"no picture", "image/jpeg", 422, "bad_photo"),
        (b"", "image/jpeg", 400, "invalid_value"),
        (b"{}", "application/json", 400, "invalid_value"),
        (b'{"image": "https://example.org/a.jpg"}', "application/json", 400, "invalid_value"),
        (b'{"image": "data:image/jpeg;base64,?"}', "application/json", 400, "invalid_value"),
        (jpeg(1), "text/plain", 415, "unsupported_media_type"),
        (jpeg(1), "multipart/form-data; boundary=a", 415, "unsupported_media_type"),
        (b"a" * (IMAGE_BODY + 1), "image/jpeg", 413, "payload_too_large"),
    ],
)
async def test_what_is_no_picture_is_refused(
    content: bytes, kind: str, status: int, code: str, http: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await http.post("/api/search", content=content, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert services.index.queries == []


async def test_without_a_model_it_says_what_to_set(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/search", content=jpeg(1), headers=JPEG)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "no_image_model"
    assert "set IMAGE_EMBEDDING_MODEL" in answer.json()["error"]["message"]


@pytest.mark.usefixtures("model")
async def test_pages_of_others_cannot_search(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/search", content=jpeg(1), headers={**JPEG, "Origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_other_routes_take_no_pictures(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/links", content=jpeg(1), headers=JPEG)).status_code == 415


async def test_the_page_learns_whether_there_is_a_model(http: httpx.AsyncClient, services: FakeServices) -> None:
    assert (await http.get("/api/me")).json()["search_by_picture"] is False
    services.settings = services.settings.model_copy(update={"image_model": "pictures"})
    assert (await http.get("/api/me")).json()["search_by_picture"] is True


async def test_an_image_model_that_is_down_is_named(http: httpx.AsyncClient, services: FakeServices) -> None:
    assert "image model" not in (await http.get("/api/status")).json()["checks"]
    services.image_model = FakeImageModel()
    assert (await http.get("/api/status")).json()["checks"]["image model"] == "ok"
