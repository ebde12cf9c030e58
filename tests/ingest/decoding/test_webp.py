"""WebP: metadata costs nothing, cut files are shown as far as they go."""

import pytest

from tests.ingest.decoding.files import encoded, halves, is_red_then_blue, prepared, preview, refusal, textured


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": b"Exif\0\0hello"}, {"xmp": b"<x:broken"}], ids=str
)
def test_broken_metadata_costs_no_photo(options: dict[str, bytes]) -> None:
    assert is_red_then_blue(prepared(encoded(halves(), "WEBP", **options)))


def test_a_broken_chunk_before_the_picture_costs_nothing() -> None:
    data = encoded(halves(), "WEBP", icc_profile=b"x" * 100)

    assert is_red_then_blue(prepared(data.replace(b"ICCP", b"\x8dCCP")))


@pytest.mark.parametrize("options", [{}, {"lossless": True}], ids=str)
def test_cut_files_are_cropped_or_refused(options: dict[str, bool]) -> None:
    data = encoded(textured(), "WEBP", **options)

    assert 432 <= prepared(data[: int(len(data) * 0.97)]).height < 480
    assert "missing" in refusal(data[: len(data) * 2 // 3])
    assert "only the first" in refusal(data[: len(data) // 3])


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [halves().rotate(turn) for turn in (0, 180, 0)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])

    assert is_red_then_blue(prepared(data))
    assert is_red_then_blue(prepared(data[:-30]))


def test_trailing_bytes_cost_nothing() -> None:
    assert preview(prepared(encoded(textured(), "WEBP") + b"trailing words")).size == (640, 480)
