"""From a file's bytes to its PictureFile, whatever kind it is, within the limits."""

from collections.abc import Callable, Mapping

from ingest.decoding.bmp import bmp_file
from ingest.decoding.byte_source import Data
from ingest.decoding.heif import avif_file, heif_file
from ingest.decoding.jpeg import jpeg_file
from ingest.decoding.jpeg2000 import jpeg2000_file
from ingest.decoding.memory import keep_arenas_small
from ingest.decoding.picture_file import PictureFile, frames_of
from ingest.decoding.pillow_formats import pillow_file
from ingest.decoding.png import png_file
from ingest.decoding.psd import psd_file
from ingest.decoding.raw import raw_file
from ingest.decoding.sniff import FileKind, require_picture
from ingest.decoding.svg import svg_file
from ingest.decoding.tiff import tiff_file
from ingest.decoding.webp import webp_file
from shared.errors import BadPhoto

keep_arenas_small()

MEGABYTE = 1_000_000

OPENERS: Mapping[str, Callable[[Data], PictureFile]] = {
    "jpeg": jpeg_file,
    "png": png_file,
    "webp": webp_file,
    "gif": lambda data: pillow_file(data, "GIF"),
    "tiff": tiff_file,
    "bmp": bmp_file,
    "ico": lambda data: pillow_file(data, "ICO", "CUR"),
    "tga": lambda data: pillow_file(data, "TGA"),
    "heif": heif_file,
    "avif": avif_file,
    "psd": psd_file,
    "svg": svg_file,
}


def open_picture(data: Data, name: str, *, pixels: int, frames: int, memory: int, side: int) -> PictureFile:
    """
    Open a file by its bytes, and by its name where those say nothing; BadPhoto where it is refused.

    The limits are in pixels, frames and bytes; `side` is how long the picture will be shown, in pixels.
    """
    opened = _opened(data, require_picture(data, name), side)
    width, height = opened.size
    if width * height > pixels:
        raise BadPhoto(
            f"the picture has {width:,} x {height:,} pixels, more than the limit of {pixels:,} (MAX_PHOTO_PIXELS)"
        )
    count = frames_of(opened.source) if opened.source else 1
    if count > frames:
        raise BadPhoto(f"the image has {count:,} frames, more than the limit of {frames:,} (MAX_PHOTO_FRAMES)")
    if opened.memory > memory:
        raise BadPhoto(
            f"decoding this picture takes about {opened.memory // MEGABYTE:,} MB of memory, more than "
            f"the {memory // MEGABYTE:,} MB that MEMORY_BUDGET_BYTES leaves for one photo"
        )
    return opened


def _opened(data: Data, kind: FileKind, side: int) -> PictureFile:
    if kind.is_raw:
        return raw_file(data, kind.name)
    return jpeg2000_file(data, side) if kind.name == "jpeg2000" else OPENERS[kind.name](data)
