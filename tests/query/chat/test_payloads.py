"""What the model reads about a photo."""

import json
from dataclasses import replace

import pytest

from query.chat.payloads import as_json, brief_payload, full_payload, untrusted_text
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
    texts = dict.fromkeys(("title", "alt_text", "caption", "text_in_photo", "camera"), mark)
    hostile = photo(f"{mark}/{mark}.jpg", tags=[mark], **texts)

    assert mark not in json.dumps(full_payload(1, Hit(hostile)))
    assert mark not in json.dumps(brief_payload(1, hostile))


def test_untrusted_text_loses_marks_and_hidden_characters_and_is_cut() -> None:
    assert untrusted_text("a <|im_start|> b", 100) == "a   b"
    assert untrusted_text("a[INST]b[/inst]c</s>d<<SYS>>e<start_of_turn>f", 100) == "a b c d e f"
    assert untrusted_text("a\u200bb\u202ec\x1bd\U000e0041e\x00f", 100) == "abcdef"
    assert untrusted_text("a\tb\nc < d [e] <p>", 100) == "a\tb\nc < d [e] <p>"
    assert untrusted_text("x" * 50, 10) == "x" * 10


def test_json_keeps_every_script_readable() -> None:
    assert as_json({"place": "Zürich 東京"}) == '{"place": "Zürich 東京"}'
