"""What a sidecar tells of its photo."""

import json

import pytest

from ingest.facts.sidecar import Sidecar, read_takeout
from tests.ingest.facts.builders import facts, jpeg_with, tiff


def takeout(**content: object) -> bytes:
    return json.dumps({"photoTakenTime": {"timestamp": "1564653600"}, **content}).encode()


def test_takeout_is_read() -> None:
    geo = {"latitude": 60.27, "longitude": 8.77, "altitude": 900.5}
    result = read_takeout(takeout(title="A lighthouse", description="The old one", geoData=geo, people=[{"name": "P"}]))

    assert result
    assert (result.title, result.description) == ("A lighthouse", "The old one")
    assert (result.location, result.altitude) == ((8.77, 60.27), 900.5)
    assert result.taken
    assert str(result.taken.local) == "2019-08-01 10:00:00"


def test_zeros_are_no_place_and_the_files_own_place_counts_then() -> None:
    nowhere, there = {"latitude": 0.0, "longitude": 0.0}, {"latitude": 60.27, "longitude": 8.77}
    result = [read_takeout(takeout(geoData=nowhere, geoDataExif=each)) for each in (nowhere, there)]

    assert [each and each.location for each in result] == [None, (8.77, 60.27)]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b"[]", b"{}", b'{"name": "package"}', b"[" * 100_000, b"\xff\xfe", b'{"photoTakenTime": 7}',
        b'{"photoTakenTime": {"timestamp": "soon"}}', b'{"photoTakenTime": {"timestamp": "99999999999999999999"}}',
        b'{"geoData": {"latitude": "north", "longitude": true}}', b'{"geoData": {"latitude": NaN, "longitude": 1e999}}',
        b'{"geoData": [], "title": 7, "description": null}', b'{"photoTakenTime": {"timestamp": null}}',
    ],
)  # fmt: skip
def test_a_damaged_sidecar_tells_nothing(content: bytes) -> None:
    assert facts(jpeg_with(), sidecars=[Sidecar("photo.jpg.json", content)]) == facts(jpeg_with())


def test_a_title_that_is_only_the_files_name_is_none() -> None:
    def title(text: str) -> str:
        return facts(jpeg_with(), sidecars=[Sidecar("IMG_7.jpg.json", takeout(title=text))]).title

    assert (title("IMG_7.jpg"), title("The old lighthouse")) == ("", "The old lighthouse")


def test_a_description_written_at_google_wins_and_none_leaves_the_files() -> None:
    data = jpeg_with(exif=tiff({0x010E: b"A crane"}))

    def description(text: str) -> str:
        return facts(data, sidecars=[Sidecar("photo.jpg.json", takeout(description=text))]).description

    assert (description("The old one"), description("")) == ("The old one", "A crane")
