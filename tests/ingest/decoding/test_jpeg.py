"""JPEGs: metadata costs nothing, cut files are shown as far as they go, phone sensors fit into memory."""

from typing import Any

import pytest
from PIL import Image as Pillow

from ingest.decoding.jpeg import outline
from ingest.image import decoded_bytes
from shared.errors import BadPhoto
from tests.ingest.decoding.files import (
    LIMITS,
    encoded,
    halves,
    is_red_then_blue,
    prepared,
    preview,
    refusal,
    textured,
    with_app1,
)


def is_filler(picture: Pillow.Image) -> bool:
    bottom = picture.convert("RGB").crop((0, picture.height - 8, picture.width, picture.height)).getextrema()
    return all(high - low < 12 for low, high in bottom)  # type: ignore[misc]  # three bands


@pytest.mark.parametrize(
    "payload",
    [
        b"Exif\0\0hello world",
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif",
        b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta",
        b"ICC_PROFILE\0\x01\x05not a profile",
        b"MPF\0II*\0\xff\xff\xff\xff",
    ],
)
def test_broken_metadata_costs_no_photo(payload: bytes) -> None:
    image = prepared(with_app1(encoded(halves()), payload))

    assert (image.width, image.height) == (400, 200)
    assert is_red_then_blue(image)


def test_a_segment_that_lies_about_its_length_costs_no_photo() -> None:
    whole = encoded(halves())
    short = whole[:2] + b"\xff\xee\x00\x03Adobe" + whole[2:]

    assert is_red_then_blue(prepared(short))


def test_a_missing_end_marker_costs_nothing() -> None:
    image = prepared(encoded(textured(1200, 800))[:-2])

    assert (image.width, image.height) == (1200, 800)
    assert not is_filler(preview(image))


@pytest.mark.parametrize(
    "tail", [b"\0" * 5000, b"\xff" * 100, b"trailing words", b"\xff\xd8\xff\xe0 half a second picture"]
)
def test_bytes_after_the_end_cost_nothing(tail: bytes) -> None:
    assert prepared(encoded(textured()) + tail).height == 480


OPTIONS = [{}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 7}, {"subsampling": 0}, {"quality": 20}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("ending", [b"", b"\xff\xd9", b"\0" * 3000, b"\xff\xd9" + b"\0" * 3000])
def test_a_file_cut_near_its_end_is_cropped_to_what_is_there(options: dict[str, Any], ending: bytes) -> None:
    data = encoded(textured(), **options)

    image = prepared(data[: int(len(data) * 0.96)] + ending)

    assert image.width == 640
    assert 432 <= image.height < 480
    assert not is_filler(preview(image))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("ending", [b"", b"\xff\xd9", b"\0" * 3000])
def test_a_file_cut_early_is_refused_with_the_share_that_is_missing(options: dict[str, Any], ending: bytes) -> None:
    data = encoded(textured(), **options)
    start = outline(data).scans[0].start

    third = refusal(data[: start + (len(data) - start) * 2 // 3] + ending)
    tenth = refusal(data[: start + (len(data) - start) // 9] + ending)

    assert third in {"the last third of the picture is missing", "the last two fifths of the picture are missing"}
    assert tenth in {f"only the first {each} of the picture is there" for each in ("tenth", "eighth")}


def test_a_progressive_file_cut_in_a_late_scan_is_whole() -> None:
    data = encoded(textured(1200, 900), progressive=True)

    image = prepared(data[: len(data) // 2])

    assert (image.width, image.height) == (1200, 900)
    assert not is_filler(preview(image))


def test_a_progressive_file_cut_in_its_first_scan_lacks_rows() -> None:
    data = encoded(textured(1200, 900), progressive=True)
    scan = outline(data).scans[0]

    assert "half of the picture" in refusal(data[: (scan.start + scan.stop) // 2])
    assert 810 <= prepared(data[: scan.start + (scan.stop - scan.start) * 97 // 100]).height < 900


@pytest.mark.parametrize("length", [2, 3, 4, 20, 150, 400])
def test_a_file_without_pixels_is_refused_in_words(length: int) -> None:
    reason = refusal(encoded(halves())[:length])

    assert reason in {
        "the file ends before its picture begins",
        "almost nothing of the picture is there: the file is cut off or damaged",
        "the file is not an image we can read (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC, AVIF, JPEG 2000, ICO, TGA, "
        "Photoshop, SVG, or a camera's raw file)",
    }


def test_a_grey_picture_is_no_filler() -> None:
    assert prepared(encoded(Pillow.new("RGB", (640, 480), (128, 128, 128)))).height == 480
    assert prepared(encoded(Pillow.new("RGB", (640, 480), (128, 128, 128)))[:-2]).height == 480


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_are_cropped_too(mode: str) -> None:
    data = encoded(textured().convert(mode))

    assert 432 <= prepared(data[: int(len(data) * 0.96)]).height < 480
    assert "missing" in refusal(data[: len(data) * 2 // 3])


@pytest.mark.parametrize("size", [(12000, 9000), (16320, 12240)])
def test_phone_sensors_are_decoded_at_reduced_size(size: tuple[int, int]) -> None:
    data = encoded(Pillow.new("RGB", size, (200, 180, 90)), quality=30)

    image = prepared(data)

    assert (image.width, image.height) == size
    assert max(preview(image).size) == 1024


def test_a_progressive_file_too_large_for_memory_is_refused_for_memory() -> None:
    data = encoded(Pillow.new("RGB", (1200, 900)), progressive=True)
    at = data.index(b"\xff\xc2") + 5
    huge = data[:at] + (14_000).to_bytes(2, "big") + (16_000).to_bytes(2, "big") + data[at + 4 :]

    with pytest.raises(BadPhoto, match="MB of memory, more than the 600 MB that MEMORY_BUDGET_BYTES"):
        decoded_bytes(huge, LIMITS)


def test_a_bomb_is_refused_by_its_header() -> None:
    data = encoded(halves())
    at = data.index(b"\xff\xc0") + 5
    bomb = data[:at] + (60_000).to_bytes(2, "big") * 2 + data[at + 4 :]

    with pytest.raises(BadPhoto, match="60,000 x 60,000 pixels, more than the limit of 250,000,000"):
        decoded_bytes(bomb, LIMITS)


@pytest.mark.parametrize("hole", [b"\xff" * 500 + b"\x9f", b"\xff\x02", b"\xff\xbf" * 100])
def test_a_hole_costs_only_the_rows_up_to_the_next_restart(hole: bytes) -> None:
    data = encoded(textured(), restart_marker_rows=1)
    middle = len(data) // 3
    damaged = data[:middle] + hole + data[middle + len(hole) : len(data) * 19 // 20]

    assert 432 <= prepared(damaged).height < 480
