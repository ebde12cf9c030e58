"""
Thumbnails: small pictures for the wall, sharp in their short side.

A row of the wall has one height, so what counts is the short side. A panorama is shown cropped there, and would be a
smear if all of it had been shrunk to the length of other thumbnails: only its middle is kept.
"""

import io
import math

from PIL import Image as Pillow

from ingest.decoding.picture_file import Pixels
from ingest.decoding.upright import upright

WIDEST = 3  # times as long as it is wide, at most
MOST_DETAIL = 4096  # pixels of the long side to which a panorama is decoded for its middle
QUALITY = 75  # as good as a JPEG of that quality in a fifth less: a phone waits longest for the first photos


def detail_side(size: tuple[int, int], preview_side: int, side: int) -> int:
    """The long side, in pixels, that a file of this size has to be decoded to, for its preview and its thumbnail."""
    needed = math.ceil(side * max(size) / max(1, min(size)))
    return max(preview_side, min(needed, MOST_DETAIL))


def thumbnail_of(preview: Pillow.Image, pixels: Pixels, orientation: int, side: int) -> Pillow.Image:
    """The thumbnail with a short side of `side` pixels: from the preview, or from the pixels if that is too narrow."""
    if min(preview.size) >= min(side, *pixels.picture.size):
        return shrunk(preview, side)
    middle = Pixels(picture=_middle(pixels.picture), profile=pixels.profile)
    return shrunk(upright(middle, orientation, WIDEST * side), side)


def shrunk(picture: Pillow.Image, side: int) -> Pillow.Image:
    """The middle of a picture, at most `WIDEST` times as long as it is wide, with that short side or its own."""
    picture = _middle(picture)
    scale = side / min(picture.size)
    if scale >= 1:
        return picture
    size = (max(side, round(picture.width * scale)), max(side, round(picture.height * scale)))
    return picture.resize(size, Pillow.Resampling.LANCZOS, reducing_gap=3.0)


def larger_thumbnail(preview: bytes, side: int, usual: int) -> bytes | None:
    """A WebP with this short side, or as much as the preview has; None if that is hardly more than is `usual`."""
    with Pillow.open(io.BytesIO(preview)) as picture:
        picture.load()
    if min(picture.size) <= usual:
        return None
    return encode_thumbnail(shrunk(picture, side))


def encode_thumbnail(thumbnail: Pillow.Image) -> bytes:
    """The thumbnail as WebP, with nothing of what its file said."""
    out = io.BytesIO()
    thumbnail.info = {}  # EXIF and profiles would be written along
    thumbnail.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _middle(picture: Pillow.Image) -> Pillow.Image:
    width, height = (min(one, WIDEST * other) for one, other in (picture.size, reversed(picture.size)))
    if (width, height) == picture.size:
        return picture
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))
