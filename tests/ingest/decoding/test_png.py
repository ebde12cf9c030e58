"""PNGs: only the picture's own chunks are trusted, and large ones are read in bands."""

import io
import zlib

import pytest
from PIL import Image as Pillow, ImageChops

from ingest.decoding import png as png_module
from ingest.decoding.png import png_file
from ingest.decoding.upright import upright
from ingest.image import decoded_bytes
from tests.ingest.decoding.files import (
    LIMITS,
    encoded,
    halves,
    is_red_then_blue,
    png,
    png_of,
    prepared,
    preview,
    refusal,
    textured,
    with_chunk,
)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"eXIf", b"II*\0\xff\xff\xff\x7f"),
        (b"iCCP", b"a\0\0" + zlib.compress(b"no profile")),
        (b"iCCP", b"a\0\0not deflated"),
        (b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000))),
        (b"tEXt", b"no separator"),
        (b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000))),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0broken"),
        (b"pHYs", b"x"),
        (b"gAMA", b""),
        (b"cHRM", b"123"),
        (b"tIME", b""),
        (b"acTL", bytes(8)),
    ],
)
def test_broken_chunks_cost_no_photo(name: bytes, body: bytes) -> None:
    for data in (with_chunk(encoded(halves(), "PNG"), name, body), with_chunk(encoded(halves(), "PNG"), name, body, 7)):
        image = prepared(data)
        assert (image.width, image.height) == (400, 200)
        assert is_red_then_blue(image)


def test_texts_after_the_picture_of_any_size_cost_nothing() -> None:
    whole = encoded(textured(), "PNG")
    end = whole.rindex(b"IEND") - 4
    for body in (b"k\0" + b"x" * 3_000_000, b"k\0\0" + zlib.compress(bytes(30_000_000))):
        name = b"tEXt" if body[2:3] == b"x" else b"zTXt"
        chunk = len(body).to_bytes(4, "big") + name + body + bytes(4)
        assert prepared(whole[:end] + chunk + whole[end:]).height == 480


def test_a_missing_end_costs_nothing() -> None:
    whole = encoded(textured(), "PNG")

    for missing in (4, 8, 12, 14):
        assert prepared(whole[:-missing]).height == 480
    assert prepared(whole + b"trailing").height == 480


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1", "I;16"])
def test_cut_files_are_cropped_or_refused(mode: str) -> None:
    source = textured().convert("L").convert("I;16") if mode == "I;16" else textured().convert(mode)
    data = encoded(source, "PNG")

    image = prepared(data[: int(len(data) * 0.95)])

    assert 432 <= image.height < 480
    assert "missing" in refusal(data[: len(data) * 2 // 3])
    assert "only the first" in refusal(data[: len(data) // 3])


def test_wrong_bytes_in_the_middle_end_the_picture_there() -> None:
    data = bytearray(encoded(textured(), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)

    assert "of the picture" in refusal(bytes(data))


BANDED = [("RGB", 3_600), ("L", 3_600), ("P", 3_600), ("RGBA", 3_600), ("LA", 3_600), ("1", 3_600)]


@pytest.mark.parametrize(("mode", "width"), BANDED)
def test_bands_give_the_same_picture_as_the_whole(mode: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = textured(width, 3_400).convert(mode)
    data = encoded(source, "PNG", compress_level=1)
    whole = upright(png_module._read(data), 1, 512)

    pixels = png_file(data).read(512)
    banded = upright(pixels, 1, 512)

    assert (pixels.first, pixels.last) == (0, 1)
    assert banded.size == whole.size
    _, high = ImageChops.difference(
        banded.convert("L").resize((64, 64)), whole.convert("L").resize((64, 64))
    ).getextrema()
    assert high < 24  # type: ignore[operator]  # one band


def test_transparency_in_bands_becomes_white() -> None:
    clear = Pillow.new("RGBA", (4_000, 3_200), (255, 0, 0, 0))

    assert preview(prepared(encoded(clear, "PNG"))).getpixel((25, 25)) == (255, 255, 255)


def test_a_large_cut_file_is_cropped_or_refused() -> None:
    data = encoded(textured(4_000, 3_200), "PNG", compress_level=1)

    image = prepared(data[: int(len(data) * 0.95)])

    assert 2_880 <= image.height < 3_200
    assert "missing" in refusal(data[: len(data) * 2 // 3])


def test_two_hundred_megapixels_are_read_in_little_memory() -> None:
    row = b"\0" + bytes(range(200)) * 240
    deflate = zlib.compressobj(1)
    body = io.BytesIO()
    for _ in range(12_500):
        body.write(deflate.compress(row))
    body.write(deflate.flush())
    data = png(16_000, 12_500, (b"IDAT", body.getvalue()))

    assert decoded_bytes(data, LIMITS) < 100_000_000
    assert prepared(data).width == 16_000


def test_an_interlaced_file_cut_in_a_late_pass_is_whole_and_not_speckled() -> None:
    """Pillow writes no interlaced PNGs; the passes are laid out here, each row unfiltered."""
    source = textured(320, 240)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = bytearray()
    starts = []
    for left, top, across, down in passes:
        starts.append(len(rows))
        for y in range(top, 240, down):
            rows += b"\0" + b"".join(bytes(source.getpixel((x, y))) for x in range(left, 320, across))  # type: ignore[arg-type]
    head = (320).to_bytes(4, "big") + (240).to_bytes(4, "big") + bytes([8, 2, 0, 0, 1])
    stored = zlib.compress(bytes(rows), 0)
    whole = png_of((b"IHDR", head), (b"IDAT", stored), (b"IEND", b""))

    late = prepared(whole[: len(whole) - (len(rows) - starts[6]) // 2])
    early = refusal(whole[: whole.index(b"IDAT") + starts[1] // 2])

    assert (late.width, late.height) == (320, 240)
    assert ImageChops.difference(preview(late).resize((40, 30)), source.resize((40, 30))).getextrema()[0][1] < 90  # type: ignore[index]
    assert "of the picture" in early
