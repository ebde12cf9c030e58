"""Files as people have them, all dropped at once: broken metadata, sidecars, Live Photos, raw files, litter, videos."""

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from tests.end_to_end.test_ingestion import command
from tests.ingest.decoding.files import encoded, halves, raw, with_app1
from tests.ingest.facts.builders import bag, xmp
from tests.machine import eventually
from tests.world import World, picture

FOLDER = "field"
TIMEOUT = 120  # seconds: two of the photos are of 108 and 200 megapixels
QUICKTIME = b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + b"\0" * 200
XMP = (
    "photoshop:DateCreated='1969-07-20T20:17:40' photoshop:City='Example Bay' photoshop:Country='Norway' "
    "photoshop:Credit='Example Archive' xmp:Rating='5' exif:GPSLatitude='60,16.2N' exif:GPSLongitude='8,46.2E'"
)
KEYWORDS = bag("dc:subject", "moon") + bag("lr:hierarchicalSubject", "space|moon|landing")
TAKEOUT = {
    "title": "IMG_7.jpg",
    "description": "The old lighthouse",
    "photoTakenTime": {"timestamp": "1564653600"},
    "geoData": {"latitude": 60.27, "longitude": 8.77, "altitude": 0.0},
}


def png_with_lost_exif() -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"eXIf", b"II*\0\xff\xff\xff\x7f")
    out = io.BytesIO()
    Image.new("RGB", (1200, 300), (90, 40, 200)).save(out, "PNG", pnginfo=chunks)
    return out.getvalue()


def with_words() -> bytes:
    exif = Image.Exif()
    exif.update(
        {
            0x010E: "Harbour crane, second berth",
            0x013B: "Example Photographer",
            0x8298: "(c) 2023 Example Pictures",
            0x4746: 4,
            0x9C9B: "Kran am Hafen".encode("utf-16-le") + b"\0\0",
            0x9C9E: "hafen;kran".encode("utf-16-le") + b"\0\0",
        }
    )
    return picture(904, exif=exif)


def megapixels(width: int, height: int) -> bytes:
    """A flat JPEG of any height, which takes little time to make: it is one row of blocks again and again."""
    rows = encoded(Image.new("RGB", (width, 32), (200, 180, height % 256)), quality=30, restart_marker_rows=1)
    size, start, end = rows.index(b"\xff\xc0") + 5, rows.index(b"\xff\xda") + 14, rows.index(b"\xff\xd0")
    count = -(-height // 16)
    scan = b"".join(rows[start:end] + bytes([0xFF, 0xD0 + row % 8]) for row in range(count))[:-2]
    return rows[:size] + height.to_bytes(2, "big") + rows[size + 2 : start] + scan + b"\xff\xd9"


def xmp_segment(packet: bytes) -> bytes:
    return b"http://ns.adobe.com/xap/1.0/\0" + packet


PHOTOS: dict[str, Callable[[], bytes]] = {
    "exif_is_text.jpg": lambda: with_app1(picture(901), b"Exif\0\0hello world"),
    "exif_points_nowhere.png": png_with_lost_exif,
    "no_end_marker.jpg": lambda: picture(903)[:-2],
    "exif_words.jpg": with_words,
    "xmp_date_place_rating.jpg": lambda: with_app1(picture(905), xmp_segment(xmp(KEYWORDS, XMP))),
    "PXL_20240607_101112345.jpg": lambda: picture(906),
    "20240513101112.jpg": lambda: picture(907),
    "DJI_20240507101112_0001_D.JPG": lambda: picture(908),
    "phone_108_megapixels.jpg": lambda: megapixels(12000, 9000),
    "phone_200_megapixels.jpg": lambda: megapixels(16320, 12240),
    "camera.nef": lambda: raw("nef", encoded(halves((1600, 1066)))),
    "beside/DSC_1.jpg": lambda: picture(909),
    "beside/IMG_7.jpg": lambda: picture(910),
    "beside/IMG_8.jpg": lambda: picture(911),
}
DATES = {
    "xmp_date_place_rating.jpg": "1969-07-20",
    "PXL_20240607_101112345.jpg": "2024-06-07T10:11:12",
    "20240513101112.jpg": "2024-05-13T10:11:12",
    "DJI_20240507101112_0001_D.JPG": "2024-05-07T10:11:12",
    "beside/DSC_1.jpg": "2019-08-01",
    "beside/IMG_7.jpg": "2019-08-01",
}
FACTS: dict[str, dict[str, Any]] = {
    "exif_words.jpg": {
        "embedded_title": "Kran am Hafen",
        "embedded_description": "Harbour crane, second berth",
        "creators": ["Example Photographer"],
        "rights": "(c) 2023 Example Pictures",
        "rating": 4,
        "keywords": ["hafen", "kran"],
    },
    "xmp_date_place_rating.jpg": {
        "city": "Example Bay",
        "country": "Norway",
        "location": {"longitude": 8.77, "latitude": 60.27},
        "rating": 5,
        "credit": "Example Archive",
        "keyword_paths": ["space > moon > landing"],
    },
    "phone_108_megapixels.jpg": {"width": 12000, "height": 9000},
    "phone_200_megapixels.jpg": {"width": 16320, "height": 12240},
    "camera.nef": {"format": "nef"},
    "beside/DSC_1.jpg": {"city": "Example Bay", "rating": 5, "credit": "Example Archive"},
    # Far from any town, and in Norway all the same.
    "beside/IMG_7.jpg": {"embedded_description": "The old lighthouse", "country": "Norway"},
}
# Whichever arrives first: DSC_1.xmp and IMG_8.mov before their photos, the others after them.
BEFORE = {
    "beside/DSC_1.xmp": xmp(KEYWORDS, XMP.replace("1969-07-20T20:17:40", "2019-08-01T10:00:00")),
    "beside/IMG_8.mov": QUICKTIME,
}
AFTER = {
    "beside/IMG_7.jpg.supplemental-metadata.json": json.dumps(TAKEOUT).encode(),
    "beside/IMG_7.MOV": QUICKTIME + b"7",
}
LITTER = {
    "beside/._DSC_1.jpg": b"\0\5\x16\7" + b"\0" * 100,
    "beside/Thumbs.db": b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    "beside/.DS_Store": b"\0\0\0\1Bud1",
    "beside/IMG_7.AAE": b"<?xml version='1.0'?>",
}
FAILURES = {
    "beside/clip.mov": (QUICKTIME, "videos are not supported"),
    "thumbnail.nef": (
        raw("nef", encoded(halves((160, 120)))),
        "this raw file holds no preview large enough to show",
    ),
}


def drop(world: World, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        world.drop(f"{FOLDER}/{name}", data)


def records(world: World) -> dict[str, dict[str, Any]]:
    photos = world.get("/api/search", folder=FOLDER, top=100)["photos"]
    photos += world.get("/api/search", folder=f"{FOLDER}/beside", top=100)["photos"]
    return {each["path"].removeprefix(f"{FOLDER}/"): each for each in photos}


def failures(world: World) -> dict[str, str]:
    return {
        path.removeprefix(f"{FOLDER}/"): each["reason"]
        for path, each in world.failures().items()
        if path.startswith(FOLDER)
    }


@pytest.fixture(scope="module")
def field(world: World) -> World:
    """The world with all files in it; what was there before has no part in this."""
    world.wait_until_settled()
    drop(world, BEFORE)
    drop(world, {name: make() for name, make in PHOTOS.items()})
    drop(world, AFTER | LITTER | {name: data for name, (data, _) in FAILURES.items()})
    return world


def test_every_file_is_what_its_owner_says_it_is(field: World) -> None:
    def all_is_right() -> None:
        assert records(field).keys() == PHOTOS.keys()
        assert {name: reason.partition(":")[0] for name, reason in failures(field).items()} == {
            name: reason for name, (_, reason) in FAILURES.items()
        }
        for name, facts in FACTS.items():
            record = records(field)[name]
            assert {key: record[key] for key in facts} == facts, name

    eventually(all_is_right, TIMEOUT)
    field.wait_until_settled()
    status = field.get("/api/status")
    assert status["waiting"] == 0
    assert status["attached"] >= len(BEFORE | AFTER)
    assert status["ignored"] >= len(LITTER)


def test_dates_are_those_of_the_file_or_its_sidecar_or_its_name(field: World) -> None:
    def all_dates_are_right() -> None:
        dates = {name: record.get("taken_local") or record["taken_at"] for name, record in records(field).items()}
        assert {name: dates[name][: len(date)] for name, date in DATES.items()} == DATES

    eventually(all_dates_are_right, TIMEOUT)


def test_a_sidecar_that_comes_changes_and_goes_costs_nothing(world: World) -> None:
    id_ = world.put("rated/DSC_2.jpg", picture(920)).json()["id"]
    eventually(lambda: world.get(f"/api/photos/{id_}"), 60)
    world.wait_until_settled(TIMEOUT)
    world.forget_calls()

    def rating_is(rating: int | None) -> None:
        assert world.get(f"/api/photos/{id_}")["rating"] == rating

    for stars in (5, 2):
        answer = world.put("rated/DSC_2.xmp", xmp(attributes=f"xmp:Rating='{stars}'"))
        assert answer.json()["state"] == "attached"
        eventually(partial(rating_is, stars), TIMEOUT)

    # Nobody tells a laptop of a deletion; reconciling finds it, once nothing else is on its way.
    world.wait_until_settled(TIMEOUT)
    world.photos.delete_blob("rated/DSC_2.xmp")
    assert command(world, "reconcile").returncode == 0
    eventually(partial(rating_is, None), TIMEOUT)
    assert world.calls("vision") == world.calls("embed") == []
