"""Raw files are shown by their large preview, upright, and said to be raw."""

import pytest
import rawpy
from PIL import Image as Pillow

from ingest.decoding.raw import embedded_jpegs
from tests.ingest.decoding.files import (
    RAW_KINDS,
    encoded,
    halves,
    is_red_then_blue,
    prepared,
    preview,
    raw,
    refusal,
    textured,
)

NO_PREVIEW = "this raw file holds no preview large enough to show"


@pytest.mark.parametrize("kind", RAW_KINDS)
def test_a_raw_file_is_shown_by_its_preview(kind: str) -> None:
    image = prepared(raw(kind, encoded(halves((1600, 1066)))), f"DSC_1.{kind}")

    assert image.format == kind
    assert image.raw
    assert image.width > image.height
    assert is_red_then_blue(image)


@pytest.mark.parametrize("kind", RAW_KINDS)
def test_a_thumbnail_is_no_preview(kind: str) -> None:
    assert refusal(raw(kind, encoded(halves((160, 120)))), f"DSC_1.{kind}").startswith(NO_PREVIEW)
    assert refusal(raw(kind, b""), f"DSC_1.{kind}").startswith(NO_PREVIEW)


def test_the_largest_preview_counts() -> None:
    previews = (
        encoded(Pillow.new("RGB", (160, 120))) + encoded(halves((1600, 1066))) + encoded(Pillow.new("RGB", (640, 426)))
    )

    assert is_red_then_blue(prepared(raw("nef", previews), "a.nef"))


def test_a_sensors_own_lossless_jpeg_is_no_preview() -> None:
    lossless = encoded(halves((1600, 1066))).replace(b"\xff\xc0", b"\xff\xc3", 1)

    assert refusal(raw("cr2", lossless), "a.cr2").startswith(NO_PREVIEW)


def test_the_raw_files_orientation_turns_the_preview() -> None:
    lying = halves((1066, 1600)).transpose(Pillow.Transpose.ROTATE_90)

    image = prepared(raw("cr2", encoded(lying), orientation=6), "a.cr2")

    assert is_red_then_blue(image)


def test_a_preview_is_not_turned_twice() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    stored = halves((1066, 1600)).transpose(Pillow.Transpose.ROTATE_90)

    image = prepared(raw("cr2", encoded(stored, exif=exif), orientation=6), "a.cr2")

    assert is_red_then_blue(image)


def test_a_preview_that_is_upright_already_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    upright = halves((1066, 1600))

    image = prepared(raw("dng", encoded(upright), orientation=8), "a.dng")

    assert image.height > image.width
    assert is_red_then_blue(image)


def test_a_cut_preview_is_refused_by_what_is_missing() -> None:
    shown = encoded(textured(1600, 1066))

    assert "of the picture" in refusal(raw("nef", shown)[: -5000 - len(shown) // 2], "a.nef")


def test_random_bytes_are_no_previews() -> None:
    assert list(embedded_jpegs(b"\xff\xd8\xff\xe0" * 5000)) == []


def test_libraw_is_free_of_gpl_packs() -> None:
    assert rawpy.flags is not None
    assert not rawpy.flags["DEMOSAIC_PACK_GPL2"]
    assert not rawpy.flags["DEMOSAIC_PACK_GPL3"]


def test_the_previews_own_size_is_that_of_the_shown_picture() -> None:
    image = prepared(raw("arw", encoded(halves((1616, 1080)))), "a.arw")

    assert max(preview(image).size) == 1024
