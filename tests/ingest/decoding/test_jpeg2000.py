"""JPEG 2000: decoded at the resolution that suffices; a cut file that only lacks detail is whole."""

import pytest

from ingest.decoding.jpeg2000 import levels
from ingest.image import decoded_bytes
from tests.ingest.decoding.files import LIMITS, encoded, halves, is_red_then_blue, prepared, preview, refusal, textured


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "YCbCr"])
@pytest.mark.parametrize("bare", [False, True])
def test_every_mode_is_read(mode: str, bare: bool) -> None:
    data = encoded(halves().convert(mode), "JPEG2000", no_jp2=bare)

    assert prepared(data).width == 400
    assert mode in {"L", "LA", "YCbCr"} or is_red_then_blue(prepared(data))


@pytest.mark.parametrize("size", [(4_003, 3_001), (4_095, 2_049), (5_000, 1_037)])
def test_large_files_are_decoded_at_reduced_size(size: tuple[int, int]) -> None:
    data = encoded(textured(*size), "JPEG2000", irreversible=True, quality_layers=[60])

    image = prepared(data)

    assert (image.width, image.height) == size
    assert preview(image).width == 1024
    assert decoded_bytes(data, LIMITS) < size[0] * size[1] * 48 + 5_000_000


def test_a_cut_file_that_lacks_detail_is_whole() -> None:
    data = encoded(textured(), "JPEG2000")

    assert prepared(data[: len(data) * 2 // 3]).height == 480
    assert refusal(data[: len(data) // 100])


def test_a_broken_box_before_the_picture_costs_nothing() -> None:
    data = encoded(halves(), "JPEG2000")

    assert is_red_then_blue(prepared(data.replace(b"jp2h", b"jpXh")))


def test_levels_are_told_by_the_coding_style() -> None:
    assert levels(encoded(halves(), "JPEG2000", num_resolutions=4)) == 3
    assert levels(b"nothing") == 0
