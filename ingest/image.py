"""Bytes in, an Image out: checked, upright, shrunk, hashed, with the facts its file holds."""

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pillow_heif
from PIL import ExifTags, ImageCms, ImageFile, ImageOps, UnidentifiedImageError
from PIL import Image as Pillow

from ingest.facts import Facts, read_facts
from ingest.metadata import EmbeddedMetadata, read_metadata
from ingest.places import Place, place
from shared.errors import BadPhoto

Pillow.init()
pillow_heif.register_heif_opener()

# Only these are opened: Pillow knows formats in which a few bytes take hundreds of megabytes.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF")
# We refuse by our own limit before decoding, with a message that states it.
Pillow.MAX_IMAGE_PIXELS = None

RGB = ImageCms.createProfile("sRGB")
HASH_SIDE = 8
THINNED = 4  # times the preview's side: still sixteen pixels for each of its own
SIDEWAYS = {5, 6, 7, 8}  # orientations in EXIF that swap width and height


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is refused and what is made: counts, bytes of memory, sides in pixels, and whether places are kept."""

    pixels: int
    frames: int
    memory: int
    preview_side: int
    thumbnail_side: int
    location: bool = True


@dataclass(frozen=True, kw_only=True)
class Image:
    """A photo ready to be described. Sizes are of the upright original, in pixels; pictures are JPEGs."""

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
    """SHA-256 of the file, in hex: the same bytes are the same photo, whatever they are called."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Pillow warns of broken metadata; the pixels decide."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@_without_warnings()
def prepare(data: bytes, *, name: str, modified: datetime, limits: Limits) -> Image:
    """
    Make an Image of a file; BadPhoto says what is wrong with one that isn't an image.

    MemoryError when there was too little memory.

    CPU work of tens of milliseconds: run it in a thread (Pillow releases the GIL).
    """
    with _decoding():
        picture = _open(data, limits)
        exif = picture.getexif()
    # Our own readers of facts run outside: a fault of theirs is a bug, and not the file's.
    facts = read_facts(exif, name=name, modified=modified)
    if not limits.location:
        facts = replace(facts, location=None)
    metadata = read_metadata(picture)
    width, height = picture.size
    if exif.get(ExifTags.Base.Orientation) in SIDEWAYS:
        width, height = height, width
    with _decoding():
        preview = _upright(picture, limits.preview_side)
    thumbnail = preview.copy()
    thumbnail.thumbnail((limits.thumbnail_side, limits.thumbnail_side), Pillow.Resampling.LANCZOS)
    return Image(
        format="jpeg" if picture.format == "MPO" else str(picture.format).lower(),
        width=width,
        height=height,
        preview=_jpeg(preview, 85),
        thumbnail=_jpeg(thumbnail, 80),
        perceptual_hash=_difference_hash(thumbnail),
        facts=facts,
        metadata=metadata,
        place=place(*facts.location) if facts.location else Place(),
    )


@_without_warnings()
def decoded_bytes(data: bytes, limits: Limits) -> int:
    """About how much memory decoding will take, from the header alone; BadPhoto if that is no image's, or too much."""
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
    """The peak of decoding and shrinking, as measured with pictures of 100 megapixels."""
    if picture.format in {"JPEG", "MPO"}:
        return 3 if picture.info.get("progressive") else 1
    if picture.mode == "F" or picture.mode.startswith("I"):
        return 6
    return {"WEBP": 16, "HEIF": 8, "AVIF": 8}.get(str(picture.format), 5)


@contextmanager
def _decoding() -> Iterator[None]:
    """What a decoder raises means that the file is damaged; running out of memory means no such thing."""
    try:
        yield
    except (BadPhoto, MemoryError):
        raise
    except Exception as error:  # decoders raise SyntaxError, struct.error, KeyError and more
        if str(error).startswith("out of memory"):  # how Pillow reports what its C code could not allocate
            raise MemoryError(str(error)) from error
        raise BadPhoto(f"the image is damaged or incomplete: {error or type(error).__name__}") from error


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


def _upright(picture: Pillow.Image, side: int) -> Pillow.Image:
    """The first frame as sRGB, turned as EXIF says and at most `side` pixels long."""
    picture.draft("RGB", (side, side))  # JPEGs decode at a half, a quarter or an eighth; others ignore it
    picture.seek(0)
    profile = picture.info.get("icc_profile")
    small = _shrunk(picture, side)
    return ImageOps.exif_transpose(_srgb(small, profile))


def _shrunk(picture: Pillow.Image, side: int) -> Pillow.Image:
    picture.load()
    # Every other step makes copies: what is far too large is thinned out first, and then shrunk smoothly.
    picture = _resized(picture, THINNED * side, Pillow.Resampling.NEAREST)
    if picture.mode in {"P", "PA", "1"}:  # palettes cannot be averaged
        clear = "transparency" in picture.info or picture.mode == "PA"
        picture = _keeping_exif(picture, picture.convert("RGBA" if clear else "RGB"))
    elif picture.mode.startswith("I") or picture.mode == "F":
        picture = _eight_bit(picture)
    return _resized(picture, side, Pillow.Resampling.LANCZOS)


def _resized(picture: Pillow.Image, side: int, how: Pillow.Resampling) -> Pillow.Image:
    scale = side / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    gap = None if how == Pillow.Resampling.NEAREST else 3.0
    return _keeping_exif(picture, picture.resize(size, how, reducing_gap=gap))


def _keeping_exif(source: Pillow.Image, result: Pillow.Image) -> Pillow.Image:
    result.getexif().update({0x0112: source.getexif().get(0x0112, 1)})
    return result


def _eight_bit(picture: Pillow.Image) -> Pillow.Image:
    """Sixteen-bit and float greys, stretched over what they use: Pillow would clip them at 255."""
    wide = picture.convert("F")
    low, high = wide.getextrema()
    span = float(high) - float(low) or 1.0  # type: ignore[arg-type]  # one band: two numbers
    grey = wide.point(lambda value: value * (255 / span) - float(low) * 255 / span).convert("L")  # type: ignore[arg-type]
    return _keeping_exif(picture, grey)


def _srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    if "A" in picture.getbands() or "transparency" in picture.info:
        on_white = Pillow.new("RGBA", picture.size, "white")
        on_white.alpha_composite(picture.convert("RGBA"))
        return _keeping_exif(picture, on_white.convert("RGB"))
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        try:
            managed = ImageCms.profileToProfile(
                picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), RGB, outputMode="RGB"
            )
            return _keeping_exif(picture, managed) if managed else picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # odd profiles are common and the plain colours are close enough
    return picture if picture.mode == "RGB" else _keeping_exif(picture, picture.convert("RGB"))


def _jpeg(picture: Pillow.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.info = {}  # comments, EXIF and profiles would be written along
    picture.save(out, "JPEG", quality=quality, exif=b"")
    return out.getvalue()


def _difference_hash(picture: Pillow.Image) -> str:
    """64 bits in hex: is each of 8 x 8 spots brighter than its right neighbour? Near-duplicates differ in few."""
    grey = picture.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Pillow.Resampling.BOX).tobytes()
    rows = [grey[start : start + HASH_SIDE + 1] for start in range(0, len(grey), HASH_SIDE + 1)]
    bits = "".join("1" if left > right else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
