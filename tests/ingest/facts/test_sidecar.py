"""Which photo a sidecar belongs to, and what it tells."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.facts.sidecar import Sidecar, belongs_to, is_sidecar, listing_prefix, photos_of, read_takeout, sidecars_of
from tests.ingest.facts.builders import facts, jpeg_with, tiff

LONG = "a photograph with a name of more than forty-six characters"
PAIRS = [
    ("DSC_1.xmp", "DSC_1.jpg"),
    ("DSC_1.xmp", "DSC_1.NEF"),
    ("DSC_1.XMP", "DSC_1.jpg"),
    ("DSC_1.jpg.xmp", "DSC_1.jpg"),
    ("2024/a b/DSC_1.xmp", "2024/a b/DSC_1.jpg"),
    ("2024.05.01 trip.xmp", "2024.05.01 trip.jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7.jpg"),
    ("IMG_7.jpg.supplemental-me.json", "IMG_7.jpg"),
    ("IMG_7.jpg.suppl.json", "IMG_7.jpg"),
    ("IMG_7.jpg.s.json", "IMG_7.jpg"),
    ("IMG_7.jpg..json", "IMG_7.jpg"),
    ("IMG_7.jpg.json", "IMG_7.jpg"),
    ("IMG_7.JPG.json", "IMG_7.jpg"),
    ("IMG_7.HEIC.supplemental-metadata.json", "IMG_7.HEIC"),
    ("IMG_7.jpg(1).json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.supplemental-metadata(1).json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.suppl(12).json", "IMG_7(12).jpg"),
    ("IMG_7(1).jpg.json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7-edited.jpg"),
    (f"{LONG[:46]}.json", f"{LONG[:47]}.jpg"),
    (f"{f'{LONG[:40]}.jpg.supplemental-metadata'[:46]}.json", f"{LONG[:40]}.jpg"),
    ("original_1234-abcd_PXL_20240607_101112345.jpg.j.json", "nothing"),
]
NO_PAIRS = [
    ("DSC_1.xmp", "DSC_10.jpg"),
    ("DSC_1.xmp", "sub/DSC_1.jpg"),
    ("DSC_1.jpg.xmp", "DSC_1.NEF"),
    ("IMG_7.jpg(1).json", "IMG_7.jpg"),
    ("IMG_7.jpg.json", "IMG_7(1).jpg"),
    ("IMG_7.jpg.json", "IMG_7.jpeg"),
    ("IMG_7.jpg.json", "IMG_77.jpg"),
    ("IMG_7.jpg.supplemental-metadata.json", "IMG_7.png"),
    ("metadata.json", "metadata.jpg"),
    ("package.json", "package.jpg"),
    ("._DSC_1.xmp", "DSC_1.jpg"),
    ("DSC_1.jpg", "DSC_1.jpg"),
]


@pytest.mark.parametrize(("sidecar", "photo"), PAIRS[:-1])
def test_a_sidecar_belongs_to_its_photo_and_both_are_listed_by_one_prefix(sidecar: str, photo: str) -> None:
    assert is_sidecar(sidecar)
    assert belongs_to(sidecar, photo)
    for listed in (sidecar, photo):
        assert sidecar.startswith(listing_prefix(listed))
        assert photo.startswith(listing_prefix(listed))


@pytest.mark.parametrize(("sidecar", "photo"), NO_PAIRS)
def test_a_sidecar_belongs_to_no_other_photo(sidecar: str, photo: str) -> None:
    assert not belongs_to(sidecar, photo)


@pytest.mark.parametrize("name", ["a.jpg", "notes.json", "tsconfig.json", "._a.xmp", "xmp", ".xmp", "a.xmp.jpg"])
def test_other_files_are_no_sidecars(name: str) -> None:
    assert not is_sidecar(name)


def test_raw_and_jpeg_of_one_stem_share_theirs() -> None:
    names = ["a/DSC_1.jpg", "a/DSC_1.NEF", "a/DSC_1.xmp", "a/DSC_1.jpg.xmp", "a/DSC_2.jpg", "DSC_1.jpg"]

    assert photos_of("a/DSC_1.xmp", names) == ("a/DSC_1.jpg", "a/DSC_1.NEF")
    assert photos_of("a/DSC_1.jpg.xmp", names) == ("a/DSC_1.jpg",)
    assert sidecars_of("a/DSC_1.jpg", names) == ("a/DSC_1.jpg.xmp", "a/DSC_1.xmp")
    assert sidecars_of("a/DSC_1.NEF", names) == ("a/DSC_1.xmp",)


@given(st.text(max_size=80), st.sampled_from([".jpg", ".xmp", ".json", "(1).json", ".jpg.json"]))
def test_any_names_have_an_answer(stem: str, end: str) -> None:
    listing_prefix(stem + end)
    belongs_to(stem + end, stem + ".jpg")


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
