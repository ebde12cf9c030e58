"""Makes an Image from the bytes of a file: checked, upright, shrunk and hashed, with the facts in the file."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pillow_heif
from PIL import ExifTags, ImageCms, ImageFile, UnidentifiedImageError
from PIL import Image as Pillow

from ingest.facts import Facts, read_facts
from ingest.metadata import EmbeddedMetadata, read_metadata
from ingest.places import Place, find_place
from shared.errors import BadPhoto

Pillow.init()
pillow_heif.register_heif_opener()

# Only these are opened: in some formats of Pillow a few bytes take hundreds of megabytes.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF")
# Our own limit applies before decoding, with a message that states it.
Pillow.MAX_IMAGE_PIXELS = None

SRGB = ImageCms.createProfile("sRGB")
HASH_SIDE = 8
COARSE_FACTOR = 4  # times the preview's side: that leaves sixteen pixels for each of the preview's
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height
TURNS = {  # what makes a picture of each EXIF orientation upright
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is refused and what is made: counts, bytes of memory, sides in pixels, and whether locations are kept."""

    pixels: int
    frames: int
    memory: int
    preview_side: int
    thumbnail_side: int
    location: bool = True


@dataclass(frozen=True, kw_only=True)
class Image:
    """A photo ready to be described. Width and height are the upright original's, in pixels; pictures are JPEGs."""

    format: str
    width: int
    height: int
    preview: bytes
    thumbnail: bytes
    perceptual_hash: str
    facts: Facts
    metadata: EmbeddedMetadata
    place: Place


def sha256_hex(data: bytes) -> str:
    """SHA-256 in hex: files with the same bytes are the same photo, whatever their names."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Silence Pillow's warnings about broken metadata: only the pixels matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Turn Pillow's way of saying that its C code could not allocate memory into MemoryError."""
    try:
        yield
    except OSError as error:
        if _is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        raise


@_without_warnings()
@_memory_errors()
def prepare(data: bytes, *, name: str, modified: datetime, limits: Limits) -> Image:
    """
    Make an Image of a file; BadPhoto says what is wrong with the file, MemoryError that memory ran out.

    This is CPU work of tens of milliseconds: run it in a thread (Pillow releases the GIL).
    """
    with _decoding():
        picture = _open(data, limits)
        width, height = picture.size
        exif = picture.getexif()
    # Our own readers run outside `_decoding`: if they fail, that is a bug, and not the file's fault.
    facts = read_facts(exif, name=name, modified=modified)
    if not limits.location:
        facts = replace(facts, location=None)
    metadata = read_metadata(picture)
    with _decoding():
        orientation = _load(picture, limits.preview_side)
    if orientation in SIDEWAYS:
        width, height = height, width
    preview = _make_preview(picture, orientation, limits.preview_side)
    thumbnail = preview.copy()
    thumbnail.thumbnail((limits.thumbnail_side, limits.thumbnail_side), Pillow.Resampling.LANCZOS)
    return Image(
        format="jpeg" if picture.format == "MPO" else str(picture.format).lower(),
        width=width,
        height=height,
        preview=_encode_jpeg(preview, 85),
        thumbnail=_encode_jpeg(thumbnail, 80),
        perceptual_hash=_difference_hash(thumbnail),
        facts=facts,
        metadata=metadata,
        place=find_place(*facts.location) if facts.location else Place(),
    )


@_without_warnings()
@_memory_errors()
def decoded_bytes(data: bytes, limits: Limits) -> int:
    """About how many bytes decoding will take, by the header alone; BadPhoto if it is bad or they are too many."""
    with _decoding():
        picture = _open(data, limits)
    size = picture.width * picture.height * _bytes_per_pixel(picture)
    if size > limits.memory:
        raise BadPhoto(
            f"decoding this {picture.format} takes about {size // 1_000_000:,} MB of memory, more than "
            f"the {limits.memory // 1_000_000:,} MB that MEMORY_BUDGET_BYTES leaves for one photo"
        )
    return size


def _bytes_per_pixel(picture: Pillow.Image) -> int:
    """The peak while decoding and shrinking, as measured with pictures of 100 megapixels."""
    if picture.format in {"JPEG", "MPO"}:
        return 3 if picture.info.get("progressive") else 1
    if picture.mode == "F" or picture.mode.startswith("I"):
        return 6
    return {"WEBP": 16, "HEIF": 8, "AVIF": 8}.get(str(picture.format), 5)


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn what a decoder raises into BadPhoto: the file is damaged. Running out of memory is no such damage."""
    try:
        yield
    except (BadPhoto, MemoryError):
        raise
    except Exception as error:  # decoders raise SyntaxError, struct.error, KeyError and more
        if _is_out_of_memory(error):
            raise
        raise BadPhoto(f"the image is damaged or incomplete: {str(error) or type(error).__name__}") from error


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, OSError) and str(error).startswith("out of memory")


def _open(data: bytes, limits: Limits) -> ImageFile.ImageFile:
    if not data:
        raise BadPhoto("the file is empty")
    try:
        picture = Pillow.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise BadPhoto("the file is not an image we can read (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC, AVIF)") from None
    if picture.width * picture.height > limits.pixels:
        raise BadPhoto(
            f"the image has {picture.width:,} x {picture.height:,} pixels, "
            f"more than the limit of {limits.pixels:,} (MAX_PHOTO_PIXELS)"
        )
    if (frames := getattr(picture, "n_frames", 1)) > limits.frames:
        raise BadPhoto(f"the image has {frames:,} frames, more than the limit of {limits.frames:,} (MAX_PHOTO_FRAMES)")
    return picture


def _load(picture: ImageFile.ImageFile, side: int) -> Any:
    """Decode the first frame and return its EXIF orientation, from 1 to 8 if it is a sensible one."""
    picture.draft("RGB", (side, side))  # JPEGs decode at a half, a quarter or an eighth; other formats ignore this
    picture.seek(0)
    picture.load()
    # Only now: Pillow turns TIFFs while it loads them, and then they have no orientation any more.
    return picture.getexif().get(ExifTags.Base.Orientation)


def _make_preview(picture: Pillow.Image, orientation: Any, side: int) -> Pillow.Image:
    """A loaded picture in sRGB, upright and at most `side` pixels long."""
    preview = _to_srgb(_shrink(picture, side), picture.info.get("icc_profile"))
    turn = TURNS.get(orientation)
    return preview if turn is None else preview.transpose(turn)


def _shrink(picture: Pillow.Image, side: int) -> Pillow.Image:
    # Later steps make copies, so a far too large picture is first reduced coarsely and then smoothly.
    picture = _resize(picture, COARSE_FACTOR * side, Pillow.Resampling.NEAREST)
    if picture.mode in {"P", "PA", "1"}:  # the pixels of a palette cannot be averaged
        is_clear = "transparency" in picture.info or picture.mode == "PA"
        picture = picture.convert("RGBA" if is_clear else "RGB")
    elif picture.mode.startswith("I") or picture.mode == "F":
        picture = _to_eight_bit(picture)
    return _resize(picture, side, Pillow.Resampling.LANCZOS)


def _resize(picture: Pillow.Image, side: int, resampling: Pillow.Resampling) -> Pillow.Image:
    scale = side / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, resampling, reducing_gap=None if resampling == Pillow.Resampling.NEAREST else 3.0)


def _to_eight_bit(picture: Pillow.Image) -> Pillow.Image:
    """Sixteen-bit and float greys, stretched from darkest to brightest: Pillow would clip them at 255."""
    wide = picture.convert("F")
    low, high = wide.getextrema()
    span = float(high) - float(low) or 1.0  # type: ignore[arg-type]  # one band has two numbers
    return wide.point(lambda value: value * (255 / span) - float(low) * 255 / span).convert("L")  # type: ignore[arg-type]


def _to_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    if "A" in picture.getbands() or "transparency" in picture.info:
        on_white = Pillow.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture.convert("RGBA"))
        return on_white.convert("RGB")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        try:
            managed = ImageCms.profileToProfile(
                picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB"
            )
            return managed or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # odd profiles are common, and without them the colours are close enough
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _encode_jpeg(picture: Pillow.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.info = {}  # otherwise comments, EXIF and profiles would be written too
    picture.save(out, "JPEG", quality=quality, exif=b"")
    return out.getvalue()


def _difference_hash(picture: Pillow.Image) -> str:
    """64 bits in hex: is each of 8 x 8 cells brighter than its right neighbour? Near-duplicates differ in few bits."""
    grey = picture.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Pillow.Resampling.BOX).tobytes()
    rows = [grey[start : start + HASH_SIDE + 1] for start in range(0, len(grey), HASH_SIDE + 1)]
    bits = "".join("1" if left > right else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
