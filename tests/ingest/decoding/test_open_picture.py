"""The small inputs of the field, and the limits that are said before anything is decoded."""

import tracemalloc

import pytest

from ingest.image import Limits, decoded_bytes
from shared.errors import BadPhoto
from tests.ingest.decoding.files import LIMITS, encoded, halves, png, prepared, textured, with_app1


def test_the_name_does_not_decide_what_a_file_is() -> None:
    assert prepared(encoded(halves(), "PNG"), "photo.jpg").format == "png"
    assert prepared(encoded(halves()), "photo.nef").format == "jpeg"
    assert not prepared(encoded(halves()), "photo.nef").raw


def test_pixels_are_sound_however_broken_the_metadata_is() -> None:
    assert prepared(with_app1(encoded(textured(1200, 800)), b"Exif\0\0hello world")).width == 1200


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1)])
def test_a_bomb_is_refused_cheaply(size: tuple[int, int]) -> None:
    bomb = png(*size, (b"IDAT", b"x"))
    tracemalloc.start()

    with pytest.raises(BadPhoto, match=f"{size[0]:,} x {size[1]:,} pixels, more than the limit of 250,000,000"):
        decoded_bytes(bomb, LIMITS)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_limit_of_frames_is_said() -> None:
    frames = [textured(64, 64).rotate(90 * turn).resize((64, 64 + turn)).crop((0, 0, 64, 64)) for turn in range(5)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    few = Limits(pixels=10**6, frames=3, memory=10**9, preview_side=64, thumbnail_side=32)

    with pytest.raises(BadPhoto, match="5 frames, more than the limit of 3"):
        decoded_bytes(data, few)
