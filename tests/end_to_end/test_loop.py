"""Drop a photo, find it, ask about it."""

from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI

from tests.machine import eventually
from tests.world import World, picture

ODD_NAMES = ["a b/c.jpg", "100% #1.jpg", 'it\'s "quoted".jpg', "Zürich/Fähre.jpg", "a+b&c=d?.jpg", "日本/写真.jpg"]


def found(world: World, path: str, query: str) -> None:
    assert path in {photo["path"] for photo in world.get("/api/search", q=query)["photos"]}


def listed(world: World, path: str) -> None:
    """Assert that a photo is in the library; a search would show copies as one."""
    assert path in world.paths()


def client(world: World) -> OpenAI:
    return OpenAI(base_url=f"{world.http.base_url}/v1", api_key="any", max_retries=0)


def test_a_photo_uploaded_through_the_app_is_found_and_cited(world: World) -> None:
    answer = world.put("trip/glacier hike.jpg", picture(1))
    assert answer.status_code == 201

    eventually(lambda: found(world, "trip/glacier hike.jpg", "glacier hike"))

    message = world.ask("Which photo is from the glacier hike?")["choices"][0]["message"]
    assert "trip/glacier hike.jpg" in {each["path"] for each in message["context"]["citations"]}
    assert "[1]" in message["content"]


def test_a_photo_put_straight_into_the_container_is_found(world: World) -> None:
    world.drop("trip/lighthouse.jpg", picture(2))

    eventually(lambda: found(world, "trip/lighthouse.jpg", "lighthouse"))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_names(world: World, name: str) -> None:
    id_ = world.put(name, picture(ODD_NAMES.index(name) + 10)).json()["id"]

    record = eventually(lambda: world.get(f"/api/photos/{id_}"))

    assert record["path"] == name
    for size in ("thumbnail", "preview", "original"):
        link = world.http.get(record[size])
        assert link.status_code == 302
        assert world.follow(link.headers["location"]).status_code == 200


def test_the_same_bytes_are_captioned_once(world: World) -> None:
    world.put("twins/first.jpg", picture(3))
    eventually(lambda: listed(world, "twins/first.jpg"))
    world.forget_calls()

    world.put("twins/second.jpg", picture(3))
    eventually(lambda: listed(world, "twins/second.jpg"))

    assert world.calls("vision") == []


def test_an_overwritten_photo_shows_what_it_is_now(world: World) -> None:
    id_ = world.put("changing.jpg", picture(4)).json()["id"]
    before = eventually(lambda: world.get(f"/api/photos/{id_}"))

    world.put("changing.jpg", picture(5, size=(300, 400)))

    def changed() -> None:
        now = world.get(f"/api/photos/{id_}")
        assert now["digest"] != before["digest"]
        assert (now["width"], now["height"]) == (300, 400)

    eventually(changed)


def test_a_deleted_photo_is_gone_from_everywhere(world: World) -> None:
    id_ = world.put("regretted.jpg", picture(6)).json()["id"]
    eventually(lambda: world.get(f"/api/photos/{id_}"))

    assert world.http.delete(f"/api/photos/{id_}").status_code == 200

    assert world.http.get(f"/api/photos/{id_}").status_code == 404
    assert not world.photos.get_blob_client("regretted.jpg").exists()
    derived = world.blobs.get_container_client("photo-derived")
    assert list(derived.list_blobs(name_starts_with=id_)) == []


def test_a_conversation_of_three_turns_streamed_and_whole(world: World) -> None:
    world.put("harbour/sailing boats.jpg", picture(7))
    eventually(lambda: found(world, "harbour/sailing boats.jpg", "sailing boats"))
    messages = []
    for turn, question in enumerate(["Show me the sailing boats", "When was it taken?", "Thanks"]):
        messages.append({"role": "user", "content": question})
        text, context = asked(world, messages, stream=turn % 2 == 1)
        messages.append({"role": "assistant", "content": text})
        assert text
        for citation in context["citations"]:
            assert world.get(f"/api/photos/{citation['id']}")["path"] == citation["path"]


def asked(world: World, messages: list[Any], *, stream: bool) -> tuple[str, dict[str, list[dict[str, str]]]]:
    completions: Any = client(world).chat.completions
    if not stream:
        message = completions.create(model="photos", messages=messages).choices[0].message
        return message.content, message.model_extra["context"]
    text, context = "", None
    for chunk in completions.create(model="photos", messages=messages, stream=True):
        delta = chunk.choices[0].delta
        context = context or (delta.model_extra or {}).get("context")
        text += delta.content or ""
    assert context is not None
    return text, context


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "x"}], "temperature": "hot"}, "temperature"),
        ({"messages": [{"role": "user", "content": "x"}], "model": "gpt-9"}, "model"),
        ({}, "messages"),
    ],
)
def test_a_bad_request_names_the_field(world: World, body: dict[str, object], field: str) -> None:
    answer = world.http.post("/v1/chat/completions", json=body)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["param"].startswith(field)
    assert error["type"] == "invalid_request_error"


def test_a_body_that_is_no_json_is_a_bad_request(world: World) -> None:
    answer = world.http.post("/v1/chat/completions", content=b"{nonsense", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]["message"]


def test_an_unknown_model_raises_openais_own_exception(world: World) -> None:
    with pytest.raises(BadRequestError) as raised:
        client(world).chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])

    assert raised.value.param == "model"


@pytest.mark.parametrize("path", ["a//b.jpg", "../x.jpg", "dir/", "a/b.", "a%5Cb.jpg", "a%0Ab.jpg"])
def test_a_path_that_can_be_no_name_is_refused(world: World, path: str) -> None:
    url = f"{world.http.base_url}/api/photos/{path}"
    with httpx.Client(trust_env=False) as raw:
        answer = raw.send(
            httpx.Request("PUT", httpx.URL(url).copy_with(raw_path=f"/api/photos/{path}".encode()), content=b"x")
        )

    assert answer.status_code in {400, 404}


def test_an_empty_upload_is_refused_and_replaces_nothing(world: World) -> None:
    world.put("loop/kept.jpg", picture(7))
    refused = world.put("loop/kept.jpg", b"")

    def kept() -> None:
        assert "loop/kept.jpg" in world.paths()

    assert refused.status_code == 422
    assert refused.json()["error"]["message"] == "the file is empty"
    eventually(kept)
