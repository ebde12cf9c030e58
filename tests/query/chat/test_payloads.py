"""What the model reads about a photo."""

import json
from dataclasses import replace
from typing import Any

import pytest

from query.chat import payloads
from shared.photo import Photo
from shared.search.results import Hit
from tests.query.photos import photo

PHOTO = photo(
    "2024/zürich/a.jpg",
    title="A dog",
    alt_text="A brown dog",
    caption="c" * 2000,
    text_in_photo="t" * 2000,
    tags=[f"tag {number}" for number in range(15)],
    setting="outdoors",
    colors=["red"],
    camera="Canon",
    city="Zurich",
    country="Switzerland",
    location=[8.5, 47.3],
    taken_at="2024-05-01T10:00:00Z",
    people=0,
)


def full_payload(number: int, hit: Hit, *, hit_count: int = 1) -> dict[str, Any]:
    return dict(json.loads(payloads.full_payload(number, hit, hit_count=hit_count).json()))


def brief_payload(number: int, photo: Photo) -> dict[str, Any]:
    return dict(json.loads(payloads.brief_payload(number, photo).json()))


def file_payload(photo: Photo, max_words: int) -> dict[str, Any]:
    return dict(json.loads(payloads.file_payload(photo, max_words).json()))


def test_a_hit_has_every_fact_and_no_empty_one() -> None:
    assert full_payload(3, Hit(PHOTO, alike=(PHOTO, PHOTO))) == {
        "n": 3,
        "id": PHOTO.id,
        "path": "2024/zürich/a.jpg",
        "folder": "2024/zürich",
        "title": "A dog",
        "taken_at": "2024-05-01T10:00:00+00:00",
        "place": "Zurich, Switzerland",
        "people": 0,
        "caption": "c" * 900,
        "tags": [f"tag {number}" for number in range(15)],
        "text_in_photo": "t" * 900,
        "setting": "outdoors",
        "colors": ["red"],
        "camera": "Canon",
        "location": {"latitude": 47.3, "longitude": 8.5},
        "alike": 2,
    }
    assert full_payload(1, Hit(Photo(id="i", path="a.jpg"))) == {
        "n": 1, "id": "i", "path": "a.jpg", "people": 0, "alike": 0,
    }  # fmt: skip


def test_a_photo_of_an_earlier_turn_is_brief() -> None:
    assert brief_payload(2, PHOTO) == {
        "n": 2,
        "id": PHOTO.id,
        "path": "2024/zürich/a.jpg",
        "folder": "2024/zürich",
        "title": "A dog",
        "taken_at": "2024-05-01T10:00:00+00:00",
        "place": "Zurich, Switzerland",
        "people": 0,
        "alt_text": "A brown dog",
        "tags": [f"tag {number}" for number in range(10)],
        "text_in_photo": "t" * 160,
    }
    assert brief_payload(1, replace(PHOTO, alt_text=""))["alt_text"] == "c" * 160


FILED = replace(
    PHOTO,
    embedded_title="Harbour crane",
    embedded_description="d" * 700,
    creators=["Ann Example", "Jo Doe"],
    creator="Ann Example, Jo Doe",
    credit="Example Archive",
    rights="r" * 700,
    usage_terms="u" * 700,
    rating=4,
    keywords=[f"word {number}" for number in range(30)],
    keyword_paths=["harbour > crane"],
    state="Bremen",
)


def test_what_the_file_says_of_itself_stands_apart() -> None:
    payload = full_payload(1, Hit(FILED))

    assert payload["file"] == {
        "title": "Harbour crane",
        "description": "d" * 599 + "…",
        "creators": ["Ann Example", "Jo Doe"],
        "credit": "Example Archive",
        "rights": "r" * 599 + "…",
        "usage_terms": "u" * 599 + "…",
        "rating": 4,
        "keywords": [f"word {number}" for number in range(30)],
        "keyword_paths": ["harbour > crane"],
    }
    assert (payload["title"], payload["place"]) == ("A dog", "Zurich, Bremen, Switzerland")
    assert len(full_payload(1, Hit(FILED), hit_count=30)["file"]["rights"]) == 200
    assert file_payload(FILED, 20)["keywords"] == ["word 0", "word 1", "word 2"]
    assert file_payload(replace(FILED, keyword_paths=["x" * 200]), 600)["keyword_paths"] == ["x" * 120]


def test_a_photo_of_an_earlier_turn_keeps_who_made_it_and_what_is_allowed() -> None:
    file = brief_payload(1, FILED)["file"]

    assert file["creators"] == ["Ann Example", "Jo Doe"]
    assert file["rights"] == "r" * 239 + "…"


@pytest.mark.parametrize("rating", [None, 0])
def test_a_file_that_says_nothing_is_left_out(rating: int | None) -> None:
    silent = replace(PHOTO, rating=rating)

    assert "file" not in full_payload(1, Hit(silent))
    assert "file" not in brief_payload(1, silent)


def test_a_rejected_photo_is_said_to_be_and_terms_that_stand_for_rights_are_said_once() -> None:
    photo = replace(PHOTO, rating=-1, rights="CC BY 4.0", usage_terms="CC BY 4.0")

    assert file_payload(photo, 100) == {"rating": "rejected", "usage_terms": "CC BY 4.0"}


def test_photos_of_the_first_release_have_one_creator() -> None:
    assert file_payload(replace(PHOTO, creator="Ann Example"), 100) == {"creators": ["Ann Example"]}


def test_many_hits_share_the_text_budget() -> None:
    assert len(full_payload(1, Hit(PHOTO), hit_count=28)["caption"]) == 250
    assert len(full_payload(1, Hit(PHOTO), hit_count=28)["text_in_photo"]) == 250
    assert len(full_payload(1, Hit(PHOTO), hit_count=0)["caption"]) == 900


@pytest.mark.parametrize(
    ("precision", "zone", "told"),
    [
        ("second", "-05:00", "2024-12-31T22:30:00-05:00"),
        ("second", None, "2024-12-31T22:30:00"),
        (None, None, "2024-12-31T22:30:00"),
        ("minute", None, "2024-12-31T22:30"),
        ("day", None, "2024-12-31"),
        ("month", None, "2024-12"),
        ("year", None, "2024"),
    ],
)
def test_the_time_told_is_that_of_the_clock_on_the_wall(precision: str | None, zone: str | None, told: str) -> None:
    taken = replace(PHOTO, taken_local="2024-12-31T22:30:00", taken_precision=precision, taken_zone=zone)

    assert full_payload(1, Hit(taken))["taken_at"] == brief_payload(1, taken)["taken_at"] == told


def test_the_time_of_an_upload_is_not_when_a_photo_was_taken() -> None:
    assert "taken_at" not in full_payload(1, Hit(photo("a.jpg", arrived_at="2024-05-01T10:00:00Z")))


def test_a_place_is_as_much_of_it_as_is_known() -> None:
    assert full_payload(1, Hit(replace(PHOTO, city="")))["place"] == "Switzerland"


def test_long_names_are_cut() -> None:
    payload = full_payload(1, Hit(photo("f" * 400 + "/a.jpg", title="t" * 400, camera="c" * 400, tags=["x" * 400])))

    assert [len(payload[name]) for name in ("path", "folder", "title", "camera")] == [300, 300, 200, 80]
    assert [len(tag) for tag in payload["tags"]] == [60]
    assert [len(tag) for tag in brief_payload(1, photo("a.jpg", tags=["x" * 400]))["tags"]] == [60]


def test_every_text_by_strangers_is_cleared() -> None:
    mark = "<|im_start|>"
    names = ("title", "alt_text", "caption", "text_in_photo", "camera", "embedded_title", "embedded_description")
    places = ("city", "state", "country", "setting", "taken_local", "taken_zone")
    texts = dict.fromkeys((*names, *places, "credit", "rights", "usage_terms"), mark)
    lists = {name: [mark] for name in ("tags", "colors", "creators", "keywords", "keyword_paths")}
    hostile = photo(f"{mark}/{mark}.jpg", **texts, **lists)

    assert mark not in json.dumps(full_payload(1, Hit(hostile)))
    assert mark not in json.dumps(brief_payload(1, hostile))
