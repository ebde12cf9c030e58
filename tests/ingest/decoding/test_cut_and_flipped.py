"""
Damage of every kind: a file is indexed without rows that nobody photographed, or refused in plain words.

Never another exception, and in bounded time.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image as Pillow

from ingest.image import Image
from shared.errors import BadPhoto
from tests.ingest.decoding.files import LIMITS, encoded, prepared, preview, psd, textured

SIZE = (320, 240)
PLAIN_WORDS = re.compile(r"[A-Za-z0-9_ ,.:()'/;-]+")
DECODERS_WORDS = re.compile(
    r"decoder|error -|stream|buffer|dimension|codec|invalid|NoneType|struct|\b\d{5,}\b", re.IGNORECASE
)


def planar() -> bytes:
    bands = textured(*SIZE).split()
    return psd([band.tobytes() for band in bands], SIZE, packed=True)


FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(textured(*SIZE)),
    "jpeg progressive": lambda: encoded(textured(*SIZE), progressive=True),
    "jpeg restarts": lambda: encoded(textured(*SIZE), restart_marker_rows=1),
    "png": lambda: encoded(textured(*SIZE), "PNG"),
    "png palette": lambda: encoded(textured(*SIZE).convert("P"), "PNG"),
    "gif": lambda: encoded(textured(*SIZE), "GIF", interlace=0),
    "gif interlaced": lambda: encoded(textured(*SIZE), "GIF"),
    "webp": lambda: encoded(textured(*SIZE), "WEBP"),
    "webp lossless": lambda: encoded(textured(*SIZE), "WEBP", lossless=True),
    "tiff": lambda: encoded(textured(*SIZE), "TIFF"),
    "bmp": lambda: encoded(textured(*SIZE), "BMP"),
    "tga": lambda: encoded(textured(*SIZE), "TGA"),
    "tga packed": lambda: encoded(textured(*SIZE), "TGA", compression="tga_rle"),
    "psd": planar,
    "heif": lambda: encoded(textured(*SIZE), "HEIF"),
    "avif": lambda: encoded(textured(*SIZE), "AVIF"),
    "jpeg 2000": lambda: encoded(textured(*SIZE), "JPEG2000"),
}


@cache
def whole(kind: str) -> bytes:
    return FILES[kind]()


@cache
def reference(kind: str) -> Pillow.Image:
    return preview(prepared(whole(kind), name(kind))).convert("RGB")


def name(kind: str) -> str:
    return f"a.{kind.partition(' ')[0]}"


def prepared_or_refused(data: bytes, kind: str) -> Image | None:
    """The Image; None where it is refused, in words that people know."""
    try:
        return prepared(data, name(kind), LIMITS)
    except BadPhoto as error:
        reason = str(error)
    assert is_said_plainly(reason), reason
    return None


def is_said_plainly(reason: str) -> bool:
    return bool(PLAIN_WORDS.fullmatch(reason)) and not DECODERS_WORDS.search(reason)


def strange_rows(kind: str, shown: Pillow.Image, height: int) -> int:
    """How many rows of a preview are like no row of the whole one nearby: grey, empty, or of a ground."""
    expected = np.asarray(reference(kind).convert("L").resize((40, SIZE[1])), dtype=np.int16)
    actual = np.asarray(shown.convert("L").resize((40, height)), dtype=np.int16)
    from_top = np.abs(actual - expected[: len(actual)]).mean(axis=1)
    from_bottom = np.abs(actual - expected[-len(actual) :]).mean(axis=1)
    return int(min((from_top > 30).sum(), (from_bottom > 30).sum()))


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=25, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
@given(share=st.floats(0, 1), ending=st.sampled_from([b"", b"\0" * 600, b"\xff\xd9"]))
def test_a_cut_file_shows_no_rows_that_are_not_there(kind: str, share: float, ending: bytes) -> None:
    data = whole(kind)
    cut = data[: int(len(data) * share)] + ending
    image = prepared_or_refused(cut, kind)
    if image is None:
        return
    assert image.width == SIZE[0]
    assert image.height >= 0.88 * SIZE[1]
    if not ending:
        assert strange_rows(kind, preview(image), image.height) <= 2


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=40, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
@given(flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8), head=st.booleans())
def test_flipped_bytes_are_prepared_or_refused(kind: str, flips: list[tuple[float, int]], head: bool) -> None:
    data = bytearray(whole(kind))
    reach = min(len(data), 400) if head else len(data)
    for where, value in flips:
        data[int(where * reach)] = value
    image = prepared_or_refused(bytes(data), kind)
    assert image is None or max(preview(image).size) <= 1024
