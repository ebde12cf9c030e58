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


@pytest.mark.parametrize("masks", [(0, 0xFF00, 0xFF), (0xFF, 0, 0), (0xFF00, 0xFF, 0)])
def test_a_colour_without_a_mask_is_dark(masks: tuple[int, ...]) -> None:
    picture = decode(bitmap(32, masks))

    assert picture.getpixel((0, 1)) == (
        *(channel if mask else 0 for channel, mask in zip(COLOR, masks, strict=True)),
        255,
    )


def test_masks_without_any_colour_are_refused() -> None:
    with pytest.raises(BadPhoto):
        bmp_file(bitmap(16, (0, 0, 0)))


PALETTE = [(0, 0, 0), COLOR, (9, 9, 200), (255, 255, 255)]


def with_palette(bits: int, *, colors: int = 0, entries: int | None = None, header: int = 40) -> bytes:
    """Columns of the palette's colours in turn; `colors` is what the header says, `entries` what there are."""
    count = min(4, 1 << bits)
    fields = struct.pack("<iiHHIIiiII", WIDTH, HEIGHT, 1, bits, 0, 0, 0, 0, colors, 0)
    head = struct.pack("<I", header) + fields.ljust(header, b"\0")[: header - 4]
    palette = b"".join(bytes(reversed(color)) + b"\0" for color in PALETTE[:count])
    palette = palette.ljust(4 * (entries or 1 << bits), b"\0")
    number = int("".join(f"{x % count:0{bits}b}" for x in range(WIDTH)).ljust(-(-WIDTH * bits // 32) * 32, "0"), 2)
    body = number.to_bytes(-(-WIDTH * bits // 32) * 4, "big") * HEIGHT
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(head) + len(palette)) + head + palette + body


def assert_colors_in_turn(data: bytes, count: int) -> None:
    picture = decode(data)
    assert picture.size == (WIDTH, HEIGHT)
    assert [picture.getpixel((x, HEIGHT - 1)) for x in range(WIDTH)] == [
        (*PALETTE[x % count], 255) for x in range(WIDTH)
    ]


@pytest.mark.parametrize("colors", [0, 4])
def test_two_bits_a_pixel_are_read(colors: int) -> None:
    assert_colors_in_turn(with_palette(2, colors=colors), 4)


@pytest.mark.parametrize("bits", [1, 4, 8])
@pytest.mark.parametrize(("colors", "more"), [(300, 300), (305_402_420, 0), (2**32 - 1, 0)])
def test_a_palette_has_no_more_colours_than_its_bits_can_name(bits: int, colors: int, more: int) -> None:
    assert_colors_in_turn(with_palette(bits, colors=colors, entries=max(more, 1 << bits)), min(4, 1 << bits))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("header", [16, 20, 24, 36, 48, 64])
def test_an_os2_header_may_end_after_its_bit_count(bits: int, header: int) -> None:
    assert_colors_in_turn(with_palette(bits, header=header), min(4, 1 << bits))


BLUE, RED = b"\xff\0\0", b"\0\0\xff"


def in_runs(runs: bytes) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 64, WIDTH, HEIGHT, 1, 24, 4, len(runs), 0, 0, 0, 0).ljust(64, b"\0")
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(head)) + head + runs


def test_runs_of_true_colours_are_read_from_the_bottom_up() -> None:
    bottom = bytes([WIDTH]) + BLUE + b"\0\0"
    literal = b"\0" + bytes([3]) + BLUE + RED + BLUE + b"\0" + bytes([WIDTH]) + RED + b"\0\0"  # too long by three
    moved = b"\0\2" + bytes([WIDTH - 2, 0]) + b"\2" + RED + b"\0\0"
    rest = (bytes([WIDTH]) + RED + b"\0\0") * (HEIGHT - 3)

    picture = decode(in_runs(bottom + literal + moved + rest + b"\0\1"))

    assert picture.size == (WIDTH, HEIGHT)
    assert picture.getpixel((WIDTH - 1, HEIGHT - 1)) == (0, 0, 255, 255)
    assert [picture.getpixel((x, HEIGHT - 2)) for x in (0, 1, 2, 3, WIDTH - 1)] == [
        (0, 0, 255, 255), (255, 0, 0, 255), (0, 0, 255, 255), (255, 0, 0, 255), (255, 0, 0, 255)
    ]  # fmt: skip
    assert [picture.getpixel((x, HEIGHT - 3)) for x in (WIDTH - 3, WIDTH - 2)] == [(0, 0, 0, 255), (255, 0, 0, 255)]
    assert picture.getpixel((0, 0)) == (255, 0, 0, 255)


@pytest.mark.parametrize(("cut", "missing"), [(1, 0.0), (2, 0.0), (5, 0.2), (6, 0.2)])
def test_runs_that_are_cut_say_which_rows_are_there(cut: int, missing: float) -> None:
    rows = (bytes([WIDTH]) + RED + b"\0\0") * HEIGHT

    pixels = bmp_file(in_runs(rows[:-cut])).read(100)

    assert pixels.last == 1
    assert pixels.first == pytest.approx(missing)
    assert pixels.picture.height == round((1 - pixels.first) * HEIGHT)


@pytest.mark.parametrize("runs", [b"", b"\0\1", b"\0\2\7", b"\0\2\0\xff\7" + RED])
def test_runs_without_pixels_are_refused(runs: bytes) -> None:
    with pytest.raises(BadPhoto):
        bmp_file(in_runs(runs)).read(100)


def test_a_file_without_pixels_is_refused() -> None:
    with pytest.raises(BadPhoto):
        bmp_file(bitmap(32, (0xFF, 0xFF00, 0xFF0000))[:70]).read(100)
