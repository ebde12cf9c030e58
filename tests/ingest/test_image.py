"""Pixels: every format, upright, shrunk, without EXIF; and what is refused."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image as Pillow

from ingest.image import Image, Limits, decoded_bytes, prepare, sha256_hex
from shared.errors import BadPhoto

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def encoded(image: Pillow.Image, format_: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


LIMITS = Limits(pixels=50_000_000, frames=20, memory=600_000_000, preview_side=256, thumbnail_side=64)


def prepared(data: bytes, limits: Limits = LIMITS) -> Image:
    return prepare(data, name="a.jpg", modified=NOW, limits=limits)


def opened(data: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(data))


def halves(left: str = "red", right: str = "blue", size: tuple[int, int] = (400, 200)) -> Pillow.Image:
    image = Pillow.new("RGB", size, left)
    image.paste(Pillow.new("RGB", (size[0] // 2, size[1]), right), (size[0] // 2, 0))
    return image


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF", "MPO"])
def test_every_format_becomes_two_jpegs(format_: str) -> None:
    image = prepared(encoded(halves(), format_))

    assert (image.width, image.height) == (400, 200)
    assert opened(image.preview).size == (256, 128)
    assert opened(image.thumbnail).size == (64, 32)
    red, _, blue = opened(image.preview).getpixel((10, 60))  # type: ignore[misc]
    assert red > 200
    assert blue < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F"])
def test_every_pixel_mode_is_understood(mode: str) -> None:
    source = halves().convert("L" if mode in {"I", "F"} else "RGB").convert(mode)

    assert opened(prepared(encoded(source, "TIFF")).preview).mode == "RGB"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sideways_photos_come_out_upright(orientation: int) -> None:
    turned = {
        1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM",
        5: "TRANSPOSE", 6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270",
    }[orientation]  # fmt: skip
    upright = halves("white", "black")
    stored = upright.transpose(Pillow.Transpose[turned]) if turned else upright
    exif = Pillow.Exif()
    exif[0x0112] = orientation

    image = prepared(encoded(stored, exif=exif))

    assert (image.width, image.height) == (400, 200)
    preview = opened(image.preview).convert("L")
    assert preview.getpixel((20, 60)) > 200  # type: ignore[operator]
    assert preview.getpixel((230, 60)) < 50  # type: ignore[operator]


def test_derived_pictures_carry_no_metadata() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "a secret"
    exif.get_ifd(0x8825)[1] = "N"

    image = prepared(encoded(halves(), exif=exif, comment=b"a secret"))

    for picture in (image.preview, image.thumbnail):
        assert b"secret" not in picture
        assert not dict(opened(picture).getexif())


def test_small_photos_are_not_blown_up() -> None:
    assert opened(prepared(encoded(halves(size=(40, 20)))).preview).size == (40, 20)


def test_transparency_becomes_white() -> None:
    clear = Pillow.new("RGBA", (50, 50), (255, 0, 0, 0))

    assert opened(prepared(encoded(clear, "PNG")).preview).getpixel((25, 25)) == (255, 255, 255)


def test_sixteen_bit_greys_keep_their_contrast() -> None:
    deep = Pillow.new("I;16", (64, 64))
    for x in range(64):
        for y in range(64):
            deep.putpixel((x, y), x * 1000)

    low, high = opened(prepared(encoded(deep, "PNG")).preview).convert("L").getextrema()

    assert low < 10  # type: ignore[operator]
    assert high > 245  # type: ignore[operator]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Pillow.new("RGB", (64, 64), color) for color in ("red", "blue", "green")]

    preview = opened(prepared(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).preview)

    assert preview.getpixel((32, 32))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello, I am text", "not an image"),
        (b"%PDF-1.7 and so on", "not an image"),
        (b"BLP2" + bytes(280), "not an image"),
        (encoded(halves(size=(1200, 900)))[:4000], "damaged"),
        (encoded(halves(), "PNG")[:200], "damaged"),
    ],
)
def test_what_is_no_whole_image_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BadPhoto, match=reason):
        prepared(data)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = encoded(Pillow.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000

    with pytest.raises(BadPhoto, match="20,000 x 20,000 pixels, more than the limit of 50,000,000"):
        prepared(bomb)
    with pytest.raises(BadPhoto, match="MAX_PHOTO_PIXELS"):
        decoded_bytes(bomb, LIMITS)


def test_the_perceptual_hash_outlives_shrinking_and_tells_pictures_apart() -> None:
    big = Pillow.radial_gradient("L").resize((800, 600))
    small, other = big.resize((400, 300)), Pillow.linear_gradient("L").rotate(90).resize((400, 300))

    first, second, third = (int(prepared(encoded(each)).perceptual_hash, 16) for each in (big, small, other))

    assert (first ^ second).bit_count() <= 6
    assert (first ^ third).bit_count() > 15


def test_the_digest_is_of_the_bytes() -> None:
    assert sha256_hex(b"a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
