"""TIFFs: broken tags cost nothing, large ones are read in bands, cut ones as far as they go."""

import struct
from typing import Any

import pytest
from PIL import Image as Pillow, ImageChops

from ingest.decoding.tiff import _main_directory, _without_metadata, tiff_file
from ingest.decoding.tiff_directory import directories, is_raw_tiff
from ingest.image import decoded_bytes
from tests.ingest.decoding.files import (
    LIMITS,
    encoded,
    halves,
    is_red_then_blue,
    pixel,
    prepared,
    preview,
    refusal,
    textured,
    tiff_of,
)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"])
def test_every_mode_is_read(mode: str) -> None:
    source = halves().convert("L" if mode in {"I", "F", "I;16"} else "RGB").convert(mode)

    assert preview(prepared(encoded(source, "TIFF"))).mode == "RGB"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sideways_files_come_out_upright(orientation: int) -> None:
    turned = {
        1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM",
        5: "TRANSPOSE", 6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270",
    }[orientation]  # fmt: skip
    for size in ((400, 200), (6_000, 3_000)):
        stored = halves(size).transpose(Pillow.Transpose[turned]) if turned else halves(size)
        exif = Pillow.Exif()
        exif[0x0112] = orientation

        image = prepared(encoded(stored, "TIFF", exif=exif, compression="tiff_lzw"))

        assert (image.width, image.height) == size
        assert is_red_then_blue(image)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
@pytest.mark.parametrize("mode", ["RGB", "L", "I;16", "P"])
def test_bands_give_the_same_picture_as_the_whole(compression: str, mode: str) -> None:
    if compression == "jpeg" and mode in {"I;16", "P"}:
        pytest.skip("JPEG knows neither")
    source = textured(5_000, 3_300).convert("L" if mode == "I;16" else "RGB").convert(mode)
    data = encoded(source, "TIFF", compression=compression)
    assert decoded_bytes(data, LIMITS) < 200_000_000

    pixels = tiff_file(data).read(256)

    assert (pixels.first, pixels.last) == (0, 1)
    shown = prepared(data)
    assert (shown.width, shown.height) == (5_000, 3_300)
    expected = source.convert("RGB").resize((40, 26), Pillow.Resampling.BOX).convert("L")
    actual = preview(shown).resize((40, 26), Pillow.Resampling.BOX).convert("L")
    assert ImageChops.difference(expected, actual).getextrema()[1] < 60  # type: ignore[operator]  # one band


def test_broken_tags_cost_no_photo() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "words"
    data = bytearray(encoded(halves(), "TIFF", exif=exif, software="x" * 50))
    for entry in next(directories(bytes(data))).entries.values():
        if entry.tag in {0x010E, 0x0131}:
            at = bytes(data).index(struct.pack("<HH", entry.tag, entry.kind))
            data[at + 8 : at + 12] = b"\xff\xff\xff\x7f"

    assert is_red_then_blue(prepared(bytes(data)))


@pytest.mark.parametrize("options", [{"compression": "raw"}, {"compression": "tiff_lzw"}], ids=str)
def test_a_cut_file_whose_directory_comes_first_is_cropped(options: dict[str, Any]) -> None:
    data = _directory_first(encoded(textured(), "TIFF", **options))

    assert 432 <= prepared(data[: int(len(data) * 0.96)]).height < 480
    assert "missing" in refusal(data[: len(data) * 2 // 3])


def _directory_first(data: bytes) -> bytes:
    directory = _main_directory(data)
    assert directory
    return _without_metadata(directory)


def test_a_cut_file_whose_directory_came_last_is_refused_in_words() -> None:
    data = encoded(textured(), "TIFF", compression="tiff_lzw")

    assert refusal(data[: len(data) // 2]).startswith("the end of the file is missing")


def test_directories_that_point_in_circles_end() -> None:
    circle = b"II*\0\x08\0\0\0\0\0\x08\0\0\0"

    assert len(list(directories(circle))) == 1
    assert not is_raw_tiff(circle)
    assert list(directories(b"II*\0")) == []


def test_a_tile_lies_where_it_belongs() -> None:
    width, height, side = 5_120, 3_328, 256
    tiles = [
        bytes([(column * 255) // 20, (row * 255) // 13, 0]) * side * side
        for row in range(height // side)
        for column in range(width // side)
    ]
    offsets = []
    count = len(tiles)
    start = 8 + 2 + 12 * 11 + 4 + 3 * 2 + 8 * count
    for index in range(count):
        offsets.append(start + index * side * side * 3)
    tags = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [8, 8, 8]), 259: (3, [1]), 262: (3, [2]), 277: (3, [3]),
        284: (3, [1]), 322: (4, [side]), 323: (4, [side]), 324: (4, offsets), 325: (4, [side * side * 3] * count),
    }  # fmt: skip
    image = prepared(tiff_of(tags, b"".join(tiles)))

    right, bottom = pixel(image, 1000, 10), pixel(image, 10, 650)
    assert (right[0] > 220, right[1] < 30) == (True, True)
    assert (bottom[1] > 220, bottom[0] < 30) == (True, True)
