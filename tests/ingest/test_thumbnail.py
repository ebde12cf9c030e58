"""Thumbnails: the short side counts, and a panorama is no smear."""

import io

import pytest
from PIL import Image as Pillow

from ingest.image import Image, Limits, prepare
from ingest.thumbnail import detail_side, larger_thumbnail
from tests.ingest.decoding.files import encoded

LIMITS = Limits(pixels=50_000_000, frames=20, memory=600_000_000, preview_side=256, thumbnail_side=64)


def prepared(picture: Pillow.Image, format_: str = "JPEG", exif: Pillow.Exif | None = None) -> Image:
    return prepare(encoded(picture, format_, **({"exif": exif} if exif else {})), name="a.jpg", limits=LIMITS)


def opened(data: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(data))


def stripes(size: tuple[int, int]) -> Pillow.Image:
    """Black and white in turns of eight pixels, from left to right."""
    picture = Pillow.new("L", size, 0)
    for left in range(0, size[0], 16):
        picture.paste(255, (left, 0, left + 8, size[1]))
    return picture.convert("RGB")


@pytest.mark.parametrize(
    ("size", "thumbnail"),
    [
        ((400, 200), (128, 64)),
        ((200, 400), (64, 128)),
        ((300, 300), (64, 64)),
        ((1600, 200), (192, 64)),
        ((200, 1600), (64, 192)),
        ((4000, 64), (192, 64)),
        ((2000, 20), (60, 20)),
        ((50, 30), (50, 30)),
        ((1, 500), (1, 3)),
    ],
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_the_short_side_is_that_long_and_the_other_three_times_at_most(
    format_: str, size: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    image = prepared(Pillow.new("RGB", size, "red"), format_)

    assert opened(image.thumbnail).size == thumbnail
    assert max(opened(image.preview).size) <= 256


def test_a_thumbnail_is_a_webp_that_tells_nothing_of_its_file() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "a secret"

    thumbnail = prepared(Pillow.new("RGB", (400, 200), "red"), exif=exif).thumbnail

    assert opened(thumbnail).format == "WEBP"
    assert not opened(thumbnail).getexif()
    assert b"secret" not in thumbnail


def test_the_middle_of_a_panorama_is_as_sharp_as_its_file() -> None:
    middle = opened(prepared(stripes((2048, 64))).thumbnail).convert("L")

    values = middle.crop((96, 32, 112, 33)).tobytes()
    assert min(values) < 60
    assert max(values) > 195


def test_a_panorama_that_lies_on_its_side_is_turned() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6

    image = prepared(Pillow.new("RGB", (1600, 200), "red"), exif=exif)

    assert (image.width, image.height) == (200, 1600)
    assert opened(image.thumbnail).size == (64, 192)


def test_what_tells_copies_by_is_of_the_whole_picture_as_before() -> None:
    panorama = Pillow.new("RGB", (1600, 200), "black")
    panorama.paste("white", (0, 0, 400, 200))

    assert prepared(panorama).perceptual_hash == "60" * 8


def test_only_panoramas_are_decoded_larger_than_their_preview() -> None:
    assert detail_side((6000, 4000), 1024, 320) == 1024
    assert detail_side((3000, 1000), 1024, 320) == 1024
    assert detail_side((8000, 1000), 1024, 320) == 2560
    assert detail_side((1000, 60_000), 1024, 320) == 4096


def test_a_larger_thumbnail_is_made_of_the_preview_where_that_has_more() -> None:
    preview = prepared(Pillow.new("RGB", (400, 300), "red")).preview  # 256 x 192

    assert opened(larger_thumbnail(preview, 128, 64) or b"").size == (171, 128)
    assert opened(larger_thumbnail(preview, 640, 64) or b"").size == (256, 192)
    assert larger_thumbnail(preview, 640, 192) is None
