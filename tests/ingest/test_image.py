"""Pixels: every format, upright, shrunk, without EXIF; and what is refused."""

import io
import struct
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow, ImageCms, ImageFile

from ingest.decoding.upright import _eight_bit
from ingest.image import Image, Limits, decoded_bytes, prepare, sha256_hex
from shared import places
from shared.errors import BadPhoto
from shared.places import Place
from tests.ingest.decoding.files import encoded
from tests.machine import ROOT

LIMITS = Limits(pixels=50_000_000, frames=20, memory=600_000_000, preview_side=256, thumbnail_side=64)


def prepared(data: bytes, limits: Limits = LIMITS) -> Image:
    return prepare(data, name="a.jpg", limits=limits)


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
    assert opened(image.thumbnail).size == (128, 64)
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


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_greys_are_stretched_from_the_darkest_to_the_brightest(mode: str) -> None:
    greys = Pillow.new("F", (3, 1))
    for x, value in enumerate((1000, 2000, 4000)):
        greys.putpixel((x, 0), value)
    source = greys if mode == "F" else greys.convert("I").convert(mode)

    preview = _eight_bit(source)

    assert [preview.getpixel((x, 0)) for x in range(3)] in ([0, 85, 255], [0, 84, 255])


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Pillow.new("RGB", (64, 64), color) for color in ("red", "blue", "green")]

    preview = opened(prepared(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).preview)

    assert preview.getpixel((32, 32))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello, I am text", "not an image"),
        (b"%PDF-1.7 and so on", "this is a PDF"),
        (b"BLP2" + bytes(280), "not an image"),
        (encoded(halves(), "PPM"), "this is a Netpbm image"),
        (encoded(halves(size=(1200, 900)))[:4000], "only the first sixth of the picture is there"),
        (encoded(halves(), "PNG")[:200], "only the first fifth of the picture is there"),
    ],
)
def test_what_is_not_a_whole_image_is_refused_with_a_reason(data: bytes, reason: str) -> None:
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


@pytest.mark.parametrize("path", sorted((ROOT / "samples").rglob("*.jpg")), ids=lambda path: path.stem)
def test_the_perceptual_hash_is_near_those_that_earlier_releases_have_stored(path: Path) -> None:
    limits = replace(LIMITS, preview_side=1024, thumbnail_side=320)
    image = prepare(path.read_bytes(), name=path.name, limits=limits)
    former = opened(image.preview)
    former.thumbnail((320, 320), Pillow.Resampling.LANCZOS)
    grey = former.convert("L").resize((9, 8), Pillow.Resampling.BOX)
    brightness = [[grey.getpixel((x, y)) for x in range(9)] for y in range(8)]

    bits = "".join("01"[row[x] > row[x + 1]] for row in brightness for x in range(8))  # type: ignore[operator]

    # Copies differ in up to 6 bits.
    assert (int(image.perceptual_hash, 16) ^ int(bits, 2)).bit_count() <= 3


def test_the_digest_is_of_the_bytes() -> None:
    assert sha256_hex(b"a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


# -- our bugs are ours --------------------------------------------------------------------


def test_a_reader_of_facts_that_fails_is_our_bug_and_not_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise TypeError("ours")

    monkeypatch.setattr("ingest.image.read_facts", fail)
    with pytest.raises(TypeError, match="ours"):
        prepared(encoded(halves()))


def located() -> bytes:
    exif = Pillow.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 53.0, 24.7), 3: "E", 4: (12.0, 29.0, 31.9)})
    return encoded(halves(), exif=exif)


def test_a_missing_gazetteer_is_our_bug_and_not_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "GAZETTEER", tmp_path / "none.tsv.gz")
    places._gazetteer.cache_clear()
    try:
        with pytest.raises(FileNotFoundError):
            prepared(located())
    finally:
        places._gazetteer.cache_clear()


def test_a_mistake_after_decoding_is_our_bug_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise AttributeError("ours")

    monkeypatch.setattr("ingest.decoding.upright._srgb", fail)
    with pytest.raises(AttributeError, match="ours"):
        prepared(encoded(halves()))


OUT_OF_MEMORY = [MemoryError(), OSError("out of memory error when reading image file")]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=repr)
@pytest.mark.parametrize("step", ["open", "ImageFile.load", "Image.resize", "Image.save"])
def test_running_out_of_memory_is_not_the_files_fault(
    step: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(halves())

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    owner = {"open": Pillow, "ImageFile.load": ImageFile.ImageFile, "Image.resize": Pillow.Image}.get(
        step, Pillow.Image
    )
    monkeypatch.setattr(owner, step.rpartition(".")[2], fail)
    with pytest.raises(MemoryError):
        prepared(data)
    if step == "open":
        with pytest.raises(MemoryError):
            decoded_bytes(data, LIMITS)


@pytest.mark.parametrize("error", [OSError("broken"), SyntaxError("odd"), KeyError(7), struct.error("short")])
def test_whatever_a_decoder_raises_means_a_damaged_file(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(halves())

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    with pytest.raises(BadPhoto, match="the file is damaged: its picture cannot be read") as raised:
        prepared(data)
    assert raised.value.__cause__ is error


def test_a_decoder_that_says_nothing_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(halves())

    def fail(*_: Any, **__: Any) -> Any:
        raise EOFError

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    with pytest.raises(BadPhoto, match="the file is damaged: its picture cannot be read"):
        prepared(data)


# -- limits, places and details -----------------------------------------------------------


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_location_is_kept_or_left_out(is_kept: bool) -> None:
    image = prepared(located(), replace(LIMITS, location=is_kept))

    assert image.facts.location == ((12.492194, 41.890194) if is_kept else None)
    assert image.place == (Place("Rome", "Italy") if is_kept else Place())


@pytest.mark.parametrize("is_kept", [True, False])
def test_no_zone_follows_from_a_location_that_is_left_out(is_kept: bool) -> None:
    exif = Pillow.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)})
    exif.get_ifd(0x8769)[0x9003] = "2024:07:01 10:11:12"

    facts = prepared(encoded(halves(), exif=exif), replace(LIMITS, location=is_kept)).facts

    assert f"{facts.taken_local}" == "2024-07-01 10:11:12"
    assert facts.taken_zone == ("+02:00" if is_kept else None)
    assert (facts.taken_at is None) == (not is_kept)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("format_", ["TIFF", "PNG", "WEBP", "AVIF"])
def test_width_and_height_are_those_of_the_upright_picture(format_: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation

    image = prepared(encoded(halves(), format_, exif=exif))

    preview = opened(image.preview)
    assert (image.width > image.height) == (preview.width > preview.height)
    if format_ != "AVIF":
        assert (image.width, image.height) == ((200, 400) if orientation in {6, 8} else (400, 200))


def test_the_format_is_named_in_small_letters() -> None:
    stereo = encoded(halves(), "MPO", save_all=True, append_images=[halves()])

    assert opened(stereo).format == "MPO"
    assert [prepared(data).format for data in (encoded(halves()), encoded(halves(), "PNG"), stereo)] == [
        "jpeg",
        "png",
        "jpeg",
    ]


def test_just_as_many_pixels_and_frames_as_allowed_are_taken() -> None:
    frames = [Pillow.new("L", (10, 10), 80 * number) for number in range(3)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    prepared(data, replace(LIMITS, pixels=100, frames=3))
    with pytest.raises(BadPhoto, match=r"has 10 x 10 pixels, more than the limit of 99 \(MAX_PHOTO_PIXELS\)"):
        prepared(data, replace(LIMITS, pixels=99))
    with pytest.raises(BadPhoto, match=r"the image has 3 frames, more than the limit of 2 \(MAX_PHOTO_FRAMES\)"):
        prepared(data, replace(LIMITS, frames=2))


def test_too_much_memory_is_stated_in_megabytes() -> None:
    data = encoded(Pillow.new("L", (2000, 1500)), "PNG")

    with pytest.raises(BadPhoto, match="takes about 15 MB of memory, more than the 12 MB that MEMORY_BUDGET_BYTES"):
        decoded_bytes(data, replace(LIMITS, memory=12_000_000))


def test_a_line_of_pixels_keeps_a_pixel_of_height() -> None:
    assert opened(prepared(encoded(Pillow.new("RGB", (5000, 1)), "PNG")).preview).size == (256, 1)


def test_a_very_large_picture_is_reduced_in_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    resize = Pillow.Image.resize

    def record(self: Pillow.Image, size: Any, resample: Any = None, **options: Any) -> Pillow.Image:
        steps.append((size, resample, options.get("reducing_gap")))
        return resize(self, size, resample, **options)

    monkeypatch.setattr(Pillow.Image, "resize", record)
    prepared(encoded(Pillow.new("RGB", (3000, 1500)), "PNG"))

    assert steps[:2] == [
        ((1024, 512), Pillow.Resampling.NEAREST, None),
        ((256, 128), Pillow.Resampling.LANCZOS, 3.0),
    ]


@pytest.mark.parametrize(("mode", "is_managed"), [("RGB", True), ("L", True), ("CMYK", True), ("YCbCr", False)])
def test_a_colour_profile_is_applied(mode: str, is_managed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    calls = []

    def convert(picture: Pillow.Image, source: Any, target: Any, outputMode: str) -> Pillow.Image:  # noqa: N803
        calls.append((picture.mode, source.tobytes() == profile, outputMode))
        return Pillow.new("RGB", picture.size, "blue")

    monkeypatch.setattr(ImageCms, "profileToProfile", convert)
    data = encoded(Pillow.new(mode, (40, 40)), "TIFF", icc_profile=profile)

    pixel = opened(prepared(data).preview).getpixel((20, 20))

    assert calls == ([(mode, True, "RGB")] if is_managed else [])
    assert (pixel == (0, 0, 254)) is is_managed


def test_a_broken_profile_is_passed_over() -> None:
    red = Pillow.new("RGB", (40, 40), (200, 30, 30))

    assert opened(prepared(encoded(red, "PNG", icc_profile=b"broken")).preview).getpixel((20, 20)) == (200, 30, 30)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_half_transparent_pixels_are_laid_on_white(mode: str) -> None:
    source = Pillow.new("RGBA", (50, 50), (0, 0, 0, 128)).convert("RGBA" if mode == "PA" else mode)
    data = encoded(source.quantize() if mode == "PA" else source, "PNG")

    grey = opened(prepared(data).preview).convert("L").getpixel((25, 25))

    assert isinstance(grey, int)
    assert 120 <= grey <= 136


def test_a_plain_grey_of_sixteen_bits_divides_by_nothing() -> None:
    assert opened(prepared(encoded(Pillow.new("I;16", (20, 20), 5000), "PNG")).preview).size == (20, 20)


def test_an_odd_orientation_turns_nothing() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 99

    image = prepared(encoded(halves(), exif=exif))

    assert (image.width, image.height) == (400, 200)
    assert opened(image.preview).size == (256, 128)


def test_broken_metadata_warns_nobody() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        prepared(encoded(halves(), "TIFF")[:-2] + b"xx")
    assert not caught


def test_the_perceptual_hash_is_of_rows_from_left_to_right() -> None:
    falling = Pillow.linear_gradient("L").rotate(90).resize((64, 64))
    rising = Pillow.linear_gradient("L").rotate(-90).resize((64, 64))

    assert {prepared(encoded(each, "PNG")).perceptual_hash for each in (falling, rising)} == {"0" * 16, "f" * 16}
