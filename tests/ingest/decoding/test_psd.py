"""Photoshop's merged picture in every mode and depth."""

import struct

import numpy as np
import pytest

from tests.ingest.decoding.files import halves, is_red_then_blue, pixel, prepared, preview, psd, refusal, textured

SIZE = (400, 200)


def bands(depth: int = 8) -> list[bytes]:
    found = [band.tobytes() for band in halves(SIZE).split()]
    if depth == 16:
        return [b"".join(bytes([value, value]) for value in band) for band in found]
    if depth == 32:
        return [(np.frombuffer(band, np.uint8) / 255).astype(">f4").tobytes() for band in found]
    return found


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("depth", [8, 16, 32])
def test_rgb_of_every_depth(version: int, packed: bool, depth: int) -> None:
    image = prepared(psd(bands(depth), SIZE, depth=depth, packed=packed, version=version), "a.psd")

    assert image.format == ("psd" if version == 1 else "psb")
    assert (image.width, image.height) == SIZE
    assert is_red_then_blue(image)


def test_a_channel_of_its_own_beside_the_colours_is_left_out() -> None:
    assert is_red_then_blue(prepared(psd([*bands(), bytes(400 * 200)], SIZE)))


def test_cmyk_is_stored_inverted() -> None:
    inks = [band.tobytes() for band in halves(SIZE).convert("CMYK").split()]
    data = psd([bytes(255 - value for value in ink) for ink in inks], SIZE, mode=4)

    assert is_red_then_blue(prepared(data))


def test_lab_is_turned_into_colours() -> None:
    light = bytes([135, 76] * 100) * 200
    data = psd([light[:1] * 80_000, b"\xd0" * 80_000, b"\xc4" * 80_000], SIZE, mode=9)

    red, green, blue = pixel(prepared(data), 10, 10)

    assert red > 200
    assert green < 80
    assert blue < 80


@pytest.mark.parametrize("mode", [1, 8])
def test_grey_and_duotone_are_grey(mode: int) -> None:
    assert pixel(prepared(psd([b"\x40" * 80_000], SIZE, mode=mode)), 10, 10) == pytest.approx((64, 64, 64), abs=2)


def test_bitmaps_are_black_where_bits_are_set() -> None:
    data = psd([(b"\xff" * 25 + bytes(25)) * 200], SIZE, mode=0, depth=1)

    assert pixel(prepared(data), 10, 10)[0] < 10
    assert pixel(prepared(data), 390, 10)[0] > 245


def test_indexed_colours_come_from_the_palette() -> None:
    palette = bytes([255, 0]) + bytes(254) + bytes(256) + bytes([0, 255]) + bytes(254)
    data = psd([(bytes(200) + b"\1" * 200) * 200], SIZE, mode=2, palette=palette)

    assert is_red_then_blue(prepared(data))


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_multichannel_files_are_shown_in_some_colours(channels: int) -> None:
    assert prepared(psd([bytes(80_000)] * channels, SIZE, mode=7)).width == 400


@pytest.mark.parametrize("packed", [False, True])
def test_cut_files_are_cropped_or_refused(packed: bool) -> None:
    data = psd([band.tobytes() for band in textured().split()], (640, 480), packed=packed)

    assert 432 <= prepared(data[: int(len(data) * 0.98)]).height < 480
    assert "of the picture" in refusal(data[: len(data) * 8 // 10])
    assert "almost nothing" in refusal(data[: len(data) // 2])


def test_layers_and_resources_are_skipped() -> None:
    plain = psd(bands(), SIZE)
    resources = b"8BIM\x04\x0f\0\0" + struct.pack(">I", 5) + b"wrong\0" + b"8BIM\xff\xff"
    head = plain[:30] + struct.pack(">I", len(resources)) + resources + struct.pack(">I", 1000) + bytes(1000)

    assert is_red_then_blue(prepared(head + plain[38:]))


@pytest.mark.parametrize("length", [4, 20, 26, 30, 36, 39])
def test_a_file_without_pixels_is_refused_in_words(length: int) -> None:
    assert refusal(psd(bands(), SIZE)[:length]) == "the file ends before its picture begins"


def test_two_hundred_megapixels_are_read_in_bands() -> None:
    row = bytes([129, 200]) * 118  # runs of 128
    lengths = struct.pack(">H", len(row)) * 12_000 * 3
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 12_000, 15_104, 8, 3) + bytes(12)
    data = head + b"\0\1" + lengths + row * 36_000

    image = prepared(data)

    assert image.width == 15_104
    assert preview(image).getpixel((5, 5)) == pytest.approx((200, 200, 200), abs=2)
