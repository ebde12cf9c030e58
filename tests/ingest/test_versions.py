"""Versions: which documents are out of date, and that nobody changes what they stand for without raising them."""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from ingest.describe import Description
from ingest.document import build_document
from ingest.facts.facts import Facts
from ingest.facts.read import read_facts
from ingest.image import Image
from ingest.versions import CURRENT, STAMP, is_outdated, needs_no_reading, outdated_filter
from shared.embedded_text import text_to_embed
from shared.photo import Photo
from shared.places import Place
from shared.search.schema import index_definition
from shared.storage import BlobInfo

LIBRARY = Path(__file__).parents[1] / "data" / "last_release" / "library.zip"
RAISE = (
    "raise the version in ingest/versions.py if a release wrote documents without this; then change what stands here"
)
NOW = Photo(id="a", path="a.jpg", **STAMP)


def fingerprint(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]


def older(name: str) -> Photo:
    changes: dict[str, Any] = {name: STAMP[name] - 1}
    return replace(NOW, **changes)


def test_a_document_of_now_is_up_to_date_and_one_of_the_first_release_is_not() -> None:
    assert not is_outdated(NOW)
    assert is_outdated(Photo(id="a", path="a.jpg"))


@pytest.mark.parametrize("name", STAMP)
def test_a_document_is_out_of_date_if_any_of_its_versions_is_older(name: str) -> None:
    assert is_outdated(older(name))


@pytest.mark.parametrize("name", STAMP)
def test_a_document_of_a_newer_release_is_left_alone(name: str) -> None:
    changes: dict[str, Any] = {name: STAMP[name] + 1}

    assert not is_outdated(replace(NOW, **changes))


def test_the_filter_asks_for_the_same() -> None:
    assert outdated_filter().startswith("(facts_version eq null or facts_version lt 1 or fields_version eq null or ")
    assert outdated_filter().endswith(" or text_version lt 1)")
    assert outdated_filter().count(" eq null or ") == len(STAMP) == 4


def test_new_analyzers_alone_need_no_reading() -> None:
    assert needs_no_reading(older("analyzers_version"))
    assert not needs_no_reading(NOW)
    assert not any(needs_no_reading(older(name)) for name in STAMP if name != "analyzers_version")


# -- what the versions stand for ----------------------------------------------------------


def test_the_fields_are_those_of_their_version() -> None:
    fields = [(each["name"], each["type"]) for each in index_definition("photos", 2)["fields"]]

    assert (CURRENT.fields_version, fingerprint(fields)) == (1, "4b54bc1a03a7"), RAISE


def test_the_analyzers_are_those_of_their_version() -> None:
    analyzers = {each["name"]: each.get("analyzer") for each in index_definition("photos", 2)["fields"]}

    assert (CURRENT.analyzers_version, fingerprint(analyzers)) == (3, "759f415f70ae"), RAISE


def test_the_embedded_text_is_that_of_its_version() -> None:
    facts = Facts(title="Title", description="Words", keywords=("one", "two"), headline="Not with a title")
    description = Description(title="A", alt_text="B", caption="C", tags=["d", "e"], text_in_photo="F")
    image = Image(
        format="jpeg",
        width=1,
        height=1,
        preview=b"",
        thumbnail=b"",
        perceptual_hash="",
        facts=facts,
        place=Place(city="Rome", state="Lazio", country="Italy"),
    )

    blob = BlobInfo("a.jpg", "etag", 1, datetime(2026, 5, 1, tzinfo=UTC))

    text = text_to_embed(build_document(blob, "digest", image, description, recipe="recipe"))

    assert (CURRENT.text_version, text) == (1, "A\nC\nd, e\nTitle\nWords\none, two\nRome, Italy\nF"), RAISE


def test_the_facts_are_those_of_their_version() -> None:
    with zipfile.ZipFile(LIBRARY) as archive:
        blobs = [each for each in json.loads(archive.read("blobs.json")) if each["container"] == "photos"]
        facts = {
            each["name"]: asdict(facts_of(each["name"], archive.read(each["file"])))
            for each in blobs
            if not each["name"].startswith("broken/")
        }

    assert (CURRENT.facts_version, fingerprint(facts)) == (1, "086f7e64c6e3"), RAISE


def facts_of(name: str, data: bytes) -> Facts:
    with Pillow.open(io.BytesIO(data)) as image:
        return read_facts(data, format="jpeg", name=name, exif=image.info.get("exif", b""))
