"""What every format hands over: a file as its header describes it, and its pixels once they are read."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image as Pillow, ImageFile

from shared.errors import BadPhoto

DAMAGED = "the file is damaged: its picture cannot be read"
HEADLESS = "the file ends before its picture begins"


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """
    The picture as the file stores it: not yet upright, any mode, possibly at a reduced size.

    `first` and `last` are the shares of the original's rows between which it lies: 0 and 1 where nothing is missing.
    """

    picture: Pillow.Image
    profile: bytes | None = None
    first: float = 0.0
    last: float = 1.0


@dataclass(frozen=True, kw_only=True)
class PictureFile:
    """
    A file's picture as its header describes it. Size in pixels as stored, `memory` in bytes that decoding takes.

    `read` decodes at a size that suits a picture whose longer side is its argument. `orientation` is EXIF's and
    still to be applied. `info` holds what Pillow found around the pixels: exif, xmp, photoshop.
    """

    format: str
    size: tuple[int, int]
    memory: int
    read: Callable[[int], Pixels]
    orientation: int = 1
    raw: bool = False
    source: ImageFile.ImageFile | None = None
    info: dict[Any, Any] = field(default_factory=dict)


@contextmanager
def decoding() -> Iterator[None]:
    """Around calls of decoders alone: what they raise means a damaged file, unless memory ran out."""
    try:
        yield
    except BadPhoto:
        raise
    except Exception as error:  # decoders raise SyntaxError, struct.error, KeyError and more
        raise_if_out_of_memory(error)
        raise BadPhoto(DAMAGED) from error


def raise_if_out_of_memory(error: Exception) -> None:
    """Raise MemoryError for what Pillow reports when its C code could not allocate."""
    if isinstance(error, MemoryError):
        raise error
    if str(error).startswith("out of memory"):
        raise MemoryError(str(error)) from error


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn Pillow's way of saying that its C code could not allocate memory into MemoryError."""
    try:
        yield
    except OSError as error:
        raise_if_out_of_memory(error)
        raise


@contextmanager
def without_warnings() -> Iterator[None]:
    """Pillow warns of broken metadata; the pixels decide."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def frames_of(picture: ImageFile.ImageFile) -> int:
    """How many frames a file has; one where counting them fails, as only the first is used."""
    try:
        return int(getattr(picture, "n_frames", 1))
    except Exception as error:
        raise_if_out_of_memory(error)
        return 1


def exif_of(picture: Pillow.Image) -> Pillow.Exif:
    """The EXIF found so far. A PNG's own `getexif` decodes the whole picture to look for more behind it."""
    return Pillow.Image.getexif(picture)


def orientation_of(picture: Pillow.Image) -> int:
    """EXIF's orientation; 1 where there is none or the metadata is broken."""
    try:
        value = exif_of(picture).get(ExifTags.Base.Orientation, 1)
    except Exception as error:
        raise_if_out_of_memory(error)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def profile_of(picture: Pillow.Image) -> bytes | None:
    """The colour profile that the file carries."""
    profile = picture.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else None
