"""Bitmaps with masks and palettes of all kinds."""

import struct

import pytest
from PIL import Image as Pillow

from ingest.decoding.bmp import bmp_file
from shared.errors import BadPhoto

WIDTH, HEIGHT = 7, 5
COLOR = (255, 128, 0)


def bitmap(
    bits: int,
    masks: tuple[int, ...],
    *,
    header: int = 40,
    compression: int = 3,
    upright: bool = False,
    alpha: int = 255,
) -> bytes:
    """Rows of COLOR below a first one in black."""
    height = -HEIGHT if upright else HEIGHT
    head = struct.pack("<IiiHHIIiiII", header, WIDTH, height, 1, bits, compression, 0, 2835, 2835, 0, 0)
    head = (head + struct.pack(f"<{len(masks)}I", *masks)).ljust(header, b"\0")
    rows = [row(bits, masks, (0, 0, 0, alpha)), *[row(bits, masks, (*COLOR, alpha))] * (HEIGHT - 1)]
    body = b"".join(rows if upright else reversed(rows))
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(body), 0, 0, 14 + len(head)) + head + body


def row(bits: int, masks: tuple[int, ...], color: tuple[int, ...]) -> bytes:
    value = sum(scale(channel, mask) for channel, mask in zip(color, masks, strict=False))
    return (value.to_bytes(bits // 8, "little") * WIDTH).ljust((WIDTH * bits + 31) // 32 * 4, b"\0")


def scale(channel: int, mask: int) -> int:
    low = mask & -mask or 1
    return channel * (mask // low) // 255 * low


def decode(data: bytes) -> Pillow.Image:
    return bmp_file(data).read(100).picture.convert("RGBA")


LAYOUTS = [
    (16, (0xF800, 0x7E0, 0x1F), 40),
    (16, (0x7C00, 0x3E0, 0x1F), 40),
    (16, (0xF00, 0xF0, 0xF), 40),
    (16, (0x1F, 0x7E0, 0xF800), 40),
    (16, (0xF00, 0xF0, 0xF, 0xF000), 108),
    (32, (0xFF0000, 0xFF00, 0xFF), 52),
    (32, (0xFF, 0xFF00, 0xFF0000), 40),
    (32, (0x3FF00000, 0xFFC00, 0x3FF), 40),
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 56),
    (32, (0xFF00, 0xFF0000, 0xFF000000, 0xFF), 124),
]


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize(("bits", "masks", "header"), LAYOUTS)
def test_any_masks_are_read(bits: int, masks: tuple[int, ...], header: int, upright: bool) -> None:
    picture = decode(bitmap(bits, masks, header=header, upright=upright))

    assert picture.size == (WIDTH, HEIGHT)
    assert picture.getpixel((WIDTH - 1, 0)) == (0, 0, 0, 255)
    assert picture.getpixel((0, 1)) == pytest.approx((*COLOR, 255), abs=17)


def test_an_alpha_mask_after_a_short_header_counts_where_the_file_says_so() -> None:
    picture = decode(bitmap(32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), compression=6, alpha=128))

    assert picture.getpixel((0, 1)) == (*COLOR, 128)


@pytest.mark.parametrize(("upright", "shares"), [(True, (0.0, 0.8)), (False, (0.2, 1.0))])
def test_a_cut_file_says_which_rows_are_there(upright: bool, shares: tuple[float, float]) -> None:
    data = bitmap(32, (0xFF, 0xFF00, 0xFF0000), upright=upright)

    pixels = bmp_file(data[: -WIDTH * 4]).read(100)

    assert (pixels.first, pixels.last) == pytest.approx(shares)
    assert pixels.picture.size == (WIDTH, HEIGHT - 1)


@pytest.mark.parametrize("masks", [(0, 0xFF00, 0xFF), (0xFF, 0, 0)])
def test_masks_that_leave_out_a_colour_are_refused(masks: tuple[int, ...]) -> None:
    with pytest.raises(BadPhoto):
        bmp_file(bitmap(32, masks))


def test_a_file_without_pixels_is_refused() -> None:
    with pytest.raises(BadPhoto):
        bmp_file(bitmap(32, (0xFF, 0xFF00, 0xFF0000))[:70]).read(100)
