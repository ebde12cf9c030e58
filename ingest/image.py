"""Bytes in, an Image out: checked, upright, shrunk, hashed, with the facts its file holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.memory import memory_given_back
from ingest.decoding.missing_rows import require_enough
from ingest.decoding.open_picture import open_picture
from ingest.decoding.picture_file import PictureFile, Pixels, decoding, memory_errors, without_warnings
from ingest.decoding.upright import upright, upright_size
from ingest.facts.facts import Facts
from ingest.facts.read import read_facts
from ingest.facts.sidecar import Sidecar
from ingest.jpeg import encode_jpeg
from ingest.places import place_of
from ingest.thumbnail import detail_side, encode_thumbnail, thumbnail_of
from shared.places import Place

HASH_SIDE = 8


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is refused and what is made: counts, bytes of memory, sides in pixels, and whether places are kept."""

    pixels: int
    frames: int
    memory: int
    preview_side: int  # the long one
    thumbnail_side: int  # the short one
    location: bool = True


@dataclass(frozen=True, kw_only=True)
class Image:
    """
    A photo ready to be described. Sizes are of the upright original, in pixels; pictures are JPEGs.

    `raw` says that the file is a camera's raw file, shown by its embedded preview.
    """

    format: str
    width: int
    height: int
    preview: bytes
    thumbnail: bytes
    perceptual_hash: str
    facts: Facts
    place: Place
    raw: bool = False

    @property
    def pictures(self) -> dict[str, bytes]:
        """The pictures that are kept of a photo, by size."""
        return {"preview": self.preview, "thumbnail": self.thumbnail}


def sha256_hex(data: Data) -> str:
    """SHA-256 of the file, in hex: the same bytes are the same photo, whatever they are called."""
    return hashlib.sha256(data).hexdigest()


@without_warnings()
@memory_errors()
def prepare(data: Data, *, name: str, limits: Limits, sidecars: Sequence[Sidecar] = ()) -> Image:
    """
    Make an Image of a file; BadPhoto says what is wrong with the file, MemoryError that memory ran out.

    This is CPU work of tens of milliseconds: run it in a thread (Pillow releases the GIL).
    """
    opened = _opened(data, name, limits)
    facts = _read_facts(data, opened, name, sidecars, limits)
    with memory_given_back(opened.memory):
        pixels = _read_pixels(opened, detail_side(opened.size, limits.preview_side, limits.thumbnail_side))
        # Our own code runs outside `decoding`: if it fails, that is a bug, and not the file's fault.
        preview = upright(pixels, opened.orientation, limits.preview_side)
        width, height = upright_size(_kept_size(opened.size, pixels.last - pixels.first), opened.orientation)
        thumbnail = thumbnail_of(preview, pixels, opened.orientation, limits.thumbnail_side)
        del pixels
    return Image(
        format=opened.format,
        width=width,
        height=height,
        preview=encode_jpeg(preview, 85),
        thumbnail=encode_thumbnail(thumbnail),
        perceptual_hash=_difference_hash(preview, limits.thumbnail_side),
        facts=facts,
        place=place_of(facts),
        raw=opened.raw,
    )


@without_warnings()
@memory_errors()
def draw(data: Data, *, name: str, limits: Limits) -> bytes:
    """A file's picture alone, upright and as large as a preview may be by these limits; errors as of `prepare`."""
    opened = _opened(data, name, limits)
    with memory_given_back(opened.memory):
        picture = upright(_read_pixels(opened, limits.preview_side), opened.orientation, limits.preview_side)
        return encode_jpeg(picture, 85)


@without_warnings()
def decoded_bytes(data: Data, limits: Limits, name: str = "") -> int:
    """About how much memory decoding will take, from the header alone; BadPhoto if that is no image's, or too much."""
    return _opened(data, name, limits).memory


@without_warnings()
def size_of(data: Data, name: str, limits: Limits) -> tuple[int, int]:
    """The pixels of a picture as stored, from the header alone; BadPhoto if that is no image's, or too many."""
    return _opened(data, name, limits).size


def _opened(data: Data, name: str, limits: Limits) -> PictureFile:
    with decoding():
        return open_picture(
            data, name, pixels=limits.pixels, frames=limits.frames, memory=limits.memory, side=limits.preview_side
        )


def _read_pixels(opened: PictureFile, side: int) -> Pixels:
    with decoding():
        return require_enough(opened.read(side))


def _kept_size(size: tuple[int, int], share: float) -> tuple[int, int]:
    return size if share == 1 else (size[0], max(1, round(size[1] * share)))


def _read_facts(data: Data, opened: PictureFile, name: str, sidecars: Sequence[Sidecar], limits: Limits) -> Facts:
    """What the file says of itself. Broken metadata costs its own facts and nothing else; our bugs are not hidden."""
    return read_facts(
        cast(bytes, data),  # a mapped file is searched and sliced as bytes are
        format=opened.format,
        name=name,
        exif=opened.info.get("exif") or b"",
        xmp=opened.info.get("xmp") or b"",
        sidecars=sidecars,
        use_gps=limits.location,
    )


def _difference_hash(picture: Pillow.Image, side: int) -> str:
    """
    64 bits in hex: is each of 8 x 8 spots brighter than its right neighbour? Near-duplicates differ in few.

    It is made of the picture with this long side. Earlier releases shrank it by Lanczos in all its colours, which took
    9 ms where this takes 2: their hashes are compared with these, and differ in 0.2 bits on average.
    """
    small = picture.convert("L")
    small.thumbnail((side, side), Pillow.Resampling.HAMMING)
    grey = small.resize((HASH_SIDE + 1, HASH_SIDE), Pillow.Resampling.BOX).tobytes()
    rows = [grey[start : start + HASH_SIDE + 1] for start in range(0, len(grey), HASH_SIDE + 1)]
    bits = "".join("1" if left > right else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
