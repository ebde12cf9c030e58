"""What is known about a photo, put together for the model, the embedding and the index."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ingest.describe import Description
from ingest.document import build_document, hints, text_to_embed
from ingest.facts import Facts
from ingest.image import Image, sha256_hex
from ingest.metadata import EmbeddedMetadata
from ingest.places import Place
from shared.photo import photo_id
from shared.storage import BlobInfo

FRIDAY = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
FACTS = Facts(taken_at=FRIDAY, source="exif", location=(12.5, 41.9), camera="C", lens="L", software="S")
METADATA = EmbeddedMetadata(
    title="Our dog", description="On holiday", keywords=("dog", "rome"), creator="A", rights="Ask"
)
DESCRIPTION = Description(
    title="A dog",
    alt_text="A dog runs.",
    caption="A dog runs along.",
    tags=["dog", "run"],
    text_in_photo="STOP",
    people=2,
    setting="outdoors",
    colors=["brown"],
    tokens=7,
)


def image(**changes: Any) -> Image:
    fields: dict[str, Any] = {
        "format": "jpeg",
        "width": 400,
        "height": 200,
        "preview": b"p",
        "thumbnail": b"t",
        "perceptual_hash": "ab",
        "facts": FACTS,
        "metadata": METADATA,
        "place": Place("Rome", "Italy"),
    }
    return Image(**fields | changes)


NOTHING = image(facts=Facts(), metadata=EmbeddedMetadata(), place=Place())


def test_the_hints_say_what_the_file_says() -> None:
    assert hints("2026/dog.jpg", image()) == {
        "path": "2026/dog.jpg",
        "taken": "2026-05-01T12:30:00",
        "place": "Rome, Italy",
        "note": "Our dog On holiday",
        "keywords": "dog, rome",
    }


def test_a_file_that_says_nothing_has_its_path_as_only_hint() -> None:
    assert hints("dog.jpg", NOTHING) == {"path": "dog.jpg"}


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"facts": Facts(taken_at=FRIDAY, source="blob")}, "taken", None),
        (
            {"facts": Facts(taken_at=FRIDAY.astimezone(timezone(timedelta(hours=2))), source="exif", zone="+02:00")},
            "taken",
            "2026-05-01T14:30:00+02:00",
        ),
        ({"place": Place("", "Italy")}, "place", "Italy"),
        ({"metadata": EmbeddedMetadata(title="T")}, "note", "T"),
        ({"metadata": EmbeddedMetadata(description="D")}, "note", "D"),
        ({"metadata": EmbeddedMetadata(title="x" * 600)}, "note", "x" * 500),
        ({"metadata": EmbeddedMetadata(keywords=("y" * 400,))}, "keywords", "y" * 300),
    ],
)
def test_hints_in_other_cases(changes: dict[str, Any], name: str, value: str | None) -> None:
    assert hints("dog.jpg", image(**changes)).get(name) == value


def test_the_text_to_embed_has_everything_people_might_search_for() -> None:
    assert text_to_embed("2026/my_trip/dog.jpg", image(), DESCRIPTION).split("\n") == [
        "A dog",
        "A dog runs along.",
        "dog, run",
        "Our dog",
        "On holiday",
        "dog, rome",
        "Rome, Italy",
        "2026, my trip",
        "Friday 1 May 2026",
        "STOP",
    ]


def test_the_text_to_embed_leaves_out_what_there_is_not() -> None:
    bare = Description(title="A dog", alt_text="", caption="It runs.", tags=[])

    assert text_to_embed("dog.jpg", NOTHING, bare) == "A dog\nIt runs."


def test_only_the_beginning_of_a_long_text_is_embedded() -> None:
    page = DESCRIPTION.model_copy(update={"text_in_photo": "z" * 3000})

    assert text_to_embed("dog.jpg", NOTHING, page).count("z") == 2000


def test_the_document_holds_it_all() -> None:
    original = BlobInfo("2026/dog.jpg", '"e"', 1234, FRIDAY)

    photo = build_document(original, "d" * 64, image(), DESCRIPTION, [0.5], recipe="r")

    assert photo.indexed_at is not None
    assert datetime.now(UTC) - datetime.fromisoformat(photo.indexed_at) < timedelta(seconds=10)
    assert photo.record() | photo.to_document() | {"indexed_at": None} == {
        "id": photo_id("2026/dog.jpg"),
        "path": "2026/dog.jpg",
        "folder": "2026",
        "file_name": "dog.jpg",
        "title": "A dog",
        "caption": "A dog runs along.",
        "alt_text": "A dog runs.",
        "tags": ["dog", "run"],
        "text_in_photo": "STOP",
        "has_text": True,
        "setting": "outdoors",
        "colors": ["brown"],
        "people": 2,
        "embedded_title": "Our dog",
        "embedded_description": "On holiday",
        "keywords": ["dog", "rome"],
        "creator": "A",
        "rights": "Ask",
        "taken_at": "2026-05-01T12:30:00Z",
        "taken_at_source": "exif",
        "taken_at_zone": None,
        "location": {"type": "Point", "coordinates": [12.5, 41.9]},
        "city": "Rome",
        "country": "Italy",
        "camera": "C",
        "lens": "L",
        "software": "S",
        "width": 400,
        "height": 200,
        "orientation": "landscape",
        "format": "jpeg",
        "size_bytes": 1234,
        "digest": "d" * 64,
        "perceptual_hash": "ab",
        "etag": '"e"',
        "recipe": "r",
        "embedded_text": sha256_hex(text_to_embed("2026/dog.jpg", image(), DESCRIPTION).encode()),
        "tokens": 7,
        "indexed_at": None,
        "vector": [0.5],
        "thumbnail": f"/api/photos/{photo.id}/thumbnail",
        "preview": f"/api/photos/{photo.id}/preview",
        "original": f"/api/photos/{photo.id}/original",
    }


@pytest.mark.parametrize(
    ("width", "height", "orientation"), [(2, 1, "landscape"), (1, 2, "portrait"), (2, 2, "square")]
)
def test_the_orientation_is_named(width: int, height: int, orientation: str) -> None:
    original = BlobInfo("dog.jpg", "e", 1, FRIDAY)

    photo = build_document(original, "d", image(width=width, height=height), DESCRIPTION, [], recipe="r")

    assert photo.orientation == orientation


def test_a_photo_without_facts_or_text() -> None:
    silent = DESCRIPTION.model_copy(update={"text_in_photo": ""})

    photo = build_document(BlobInfo("dog.jpg", "e", 1, FRIDAY), "d", NOTHING, silent, [], recipe="r")

    assert (photo.taken_at, photo.location, photo.has_text, photo.folder, photo.keywords) == (None, None, False, "", [])
