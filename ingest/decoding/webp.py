"""WebP: the first frame alone, and of a cut file the rows that its data settles."""

from collections.abc import Iterator
from dataclasses import replace

from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import read_with_endings
from ingest.decoding.picture_file import (
    HEADLESS,
    PictureFile,
    Pixels,
    decoding,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from ingest.decoding.pillow_formats import load, open_with_pillow
from shared.errors import BadPhoto

BYTES_PER_PIXEL = 16
MOST_MISSING = 50  # times the bytes that are there: beyond that a length is nonsense
SPARE = 65_536  # bytes of an ending beyond the length of the file
PICTURES = (b"VP8 ", b"VP8L")


def webp_file(data: Data) -> PictureFile:
    """A WebP, or the first picture of an animated one."""
    try:
        picture = open_with_pillow(data, "WEBP")
    except BadPhoto:
        return _damaged_file(data)
    return PictureFile(
        format="webp",
        size=picture.size,
        memory=picture.width * picture.height * BYTES_PER_PIXEL,
        read=lambda _side: _read(data),
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def _damaged_file(data: Data) -> PictureFile:
    """A file that libwebp refuses to open: its picture alone, filled up to the length it ought to have."""
    picture = open_with_pillow(_filled(data, bytes(_missing_bytes(data) + SPARE)), "WEBP")
    return PictureFile(
        format="webp",
        size=picture.size,
        memory=picture.width * picture.height * (BYTES_PER_PIXEL + 4),  # a second decode is kept meanwhile
        read=lambda _side: _read_what_is_there(data),
    )


def _read(data: Data) -> Pixels:
    try:
        picture = load(open_with_pillow(data, "WEBP"))
    except Exception as error:
        raise_if_out_of_memory(error)
        return _read_what_is_there(data)
    return Pixels(picture=picture, profile=profile_of(picture))


def _read_what_is_there(data: Data) -> Pixels:
    if not _missing_bytes(data):
        with decoding():
            return Pixels(picture=_loaded(_filled(data, b"")))
    pixels = read_with_endings(lambda ending: _loaded(_filled(data, ending)), _missing_bytes(data) + len(data) + SPARE)
    profile = next(
        (bytes(data[start : start + length]) for name, start, length in _chunks(data) if name == b"ICCP"), None
    )
    return replace(pixels, profile=profile)


def _profile(data: Data) -> bytes | None:
    profiles = (bytes(data[start : start + length]) for name, start, length in _chunks(data) if name == b"ICCP")
    return next(profiles, None)


def _loaded(data: bytes) -> Pillow.Image:
    return load(open_with_pillow(data, "WEBP"))


def _filled(data: Data, ending: bytes) -> bytes:
    """
    A plain WebP of the first picture in the file, and an ending in place of its missing tail.

    The ending is longer than what is missing, as its nonsense takes more bits than a picture does.
    """
    for name, start, length in _chunks(data):
        if name in PICTURES:
            body = bytes(data[start : start + length])
            if len(body) < 10:
                break
            body += ending if len(body) < length else b""
            framed = name + len(body).to_bytes(4, "little") + body + bytes(len(body) & 1)
            return b"RIFF" + (len(framed) + 4).to_bytes(4, "little") + b"WEBP" + framed
    raise BadPhoto(HEADLESS)


def _missing_bytes(data: Data) -> int:
    lacking = (start + length - len(data) for name, start, length in _chunks(data) if name in PICTURES)
    return min(max(0, *lacking, 0), MOST_MISSING * len(data))


def _chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and stated length of each chunk; those of the first frame of an animation among them."""
    position = 12
    while position + 8 <= len(data):
        name, length = bytes(data[position : position + 4]), int.from_bytes(data[position + 4 : position + 8], "little")
        yield name, position + 8, length
        position += 8 + (16 if name == b"ANMF" else length + (length & 1))
