"""JPEG: decoded at a half, a quarter or an eighth, and as far as its scans go where the file is cut."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image as Pillow, ImageFile

from ingest.decoding.byte_source import Data
from ingest.decoding.missing_rows import rows_that_agree
from ingest.decoding.picture_file import (
    DAMAGED,
    HEADLESS,
    PictureFile,
    Pixels,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from ingest.decoding.pillow_formats import open_with_pillow
from shared.errors import BadPhoto

MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # one that ends a scan: neither a restart nor a stuffed 0xFF
# With restart markers a decoder passes over what no file has, up to the next of them.
RESTARTABLE = re.compile(rb"\xff+[\xc0-\xcf\xd8-\xfe]")
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
END = b"\xff\xd9"
FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # not the lossless ones, which hold a sensor's own values
PADDING = re.compile(rb"\0{16,}$|\xff$")
# What a decoder needs: tables, frames, scans, restart intervals, and Adobe's word on the colours.
NEEDED = {0xDB, 0xC4, 0xCC, 0xDD, 0xEE} | FRAMES
NOISE_BYTES = 4096
MEMORY_AT_LEAST = 1_000_000


@dataclass
class _Scan:
    components: frozenset[int]
    first: bool  # of its components: a baseline scan, or the coarse one of a progressive file
    start: int
    stop: int


@dataclass
class JpegOutline:
    """Where a JPEG's parts are. `ended` says whether a marker, and not the end of the file, ends the last scan."""

    header: list[tuple[int, int]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    scans: list[_Scan] = field(default_factory=list)
    components: frozenset[int] = frozenset()
    size: tuple[int, int] = (0, 0)
    restarts: bool = False
    samples: float = 3.0  # per pixel, over all components
    stop: int = 0


def jpeg_file(data: Data) -> PictureFile:
    """A JPEG, or the first picture of several in one file."""
    picture = _open(data)
    outline_ = outline(data) if picture.info.get("progressive") else None
    return PictureFile(
        format="jpeg",
        size=picture.size,
        memory=_memory(picture, outline_),
        read=lambda side: _read(data, side),
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def _open(data: Data | memoryview) -> ImageFile.ImageFile:
    """Open it; where its metadata stands in the way, without that."""
    try:
        return open_with_pillow(data, "JPEG", "MPO")
    except BadPhoto:
        found = outline(data)
        if not found.components:
            raise BadPhoto(HEADLESS) from None
        return open_with_pillow(_pieces(data, found) + END, "JPEG")


def _memory(picture: ImageFile.ImageFile, found: JpegOutline | None) -> int:
    """Baseline files need a few rows and the reduced picture; progressive ones all coefficients, two bytes each."""
    pixels = picture.width * picture.height
    if found is None:
        return max(MEMORY_AT_LEAST, pixels)
    return max(MEMORY_AT_LEAST, int(pixels * (found.samples * 2 + 0.5)))


def _read(data: Data, side: int) -> Pixels:
    try:
        picture = _open(data)
        picture.draft("RGB", (side, side))
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        return _read_what_is_there(data, side)
    if _ends_in_filler(picture):
        return _read_what_is_there(data, side)
    return Pixels(picture=picture, profile=profile_of(picture))


def _ends_in_filler(picture: Pillow.Image) -> bool:
    """Whether the last row is the plain mid-grey that libjpeg puts where there is no data."""
    last = picture.crop((0, picture.height - 1, picture.width, picture.height)).getextrema()
    bands = last if isinstance(last[0], tuple) else (last,)
    return all(band in {(128, 128), (127, 127)} for band in bands)


def _read_what_is_there(data: Data, side: int) -> Pixels:
    """
    Decode a damaged file with different endings put in place of what is missing.

    The rows in which all agree come from the file itself, and from nothing else.
    """
    found = outline(data)
    if not found.scans or not found.components:
        raise BadPhoto(HEADLESS)
    body = _pieces(data, found)
    best = _decoded(body + END, side)
    rows = best.height
    for ending in _endings(found, data):
        rows = min(rows, rows_that_agree(best, _decoded(body + ending, side)))
    part = best if rows == best.height else best.crop((0, 0, best.width, max(1, rows)))
    return Pixels(picture=part, profile=_profile(data), last=rows / best.height)


def _endings(found: JpegOutline, data: Data) -> Iterator[bytes]:
    """What may follow the last byte of a scan that holds whole pixels; nothing where only detail is missing."""
    missing = found.components - frozenset[int]().union(*(each.components for each in found.scans if each.first))
    if missing:
        raise BadPhoto("the file is cut off before the colours of its picture are complete")
    last = found.scans[-1]
    if not last.first:
        return
    noise = random.Random(5).randbytes(NOISE_BYTES).replace(b"\xff", b"\x7f")  # noqa: S311  # filler, not a secret
    yield noise + END
    if found.restarts:
        marks = RESTART.findall(bytes(data[last.start : last.stop]))
        following = (marks[-1][1] - 0xD0 + 1) % 8 if marks else 0
        yield bytes([0xFF, 0xD0 + following]) + noise + END


def _decoded(data: bytes, side: int) -> Pillow.Image:
    try:
        picture = open_with_pillow(data, "JPEG")
        picture.draft("RGB", (side, side))
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        raise BadPhoto(DAMAGED) from error
    return picture


def _profile(data: Data) -> bytes | None:
    try:
        return profile_of(open_with_pillow(data, "JPEG", "MPO"))
    except BadPhoto:
        return None


def outline(data: Data | memoryview, start: int = 0) -> JpegOutline:
    """Find tables, frame and scans, up to the end of the picture or of the file. Nothing here raises."""
    found, position = JpegOutline(), start + 2
    whole = data if isinstance(data, bytes) else memoryview(data)
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            position = _next_marker(whole, position)
            continue
        code = data[position + 1]
        if code == 0xFF:
            position += 1
            continue
        if code == 0xD9:
            break
        if code in {0x00, 0x01, *range(0xD0, 0xD9)}:
            position += 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        stop = position + 2 + length
        if code == 0xDA:
            if stop > len(data):
                break
            stop = _scan(whole, found, position, stop)
        elif code in NEEDED and stop <= len(data):
            if not _table(data, found, code, position, stop):
                break
            found.parts.append((position, stop))
        position = stop if length >= 2 else position + 2
    found.stop = min(position, len(data))
    return found


def _next_marker(data: bytes | memoryview, position: int) -> int:
    match = MARKER.search(data, position)
    return match.end() - 2 if match else len(data)


def _table(data: Data | memoryview, found: JpegOutline, code: int, position: int, stop: int) -> bool:
    """Note what a segment says; False where a second frame begins, which is not this picture's."""
    body = bytes(data[position + 4 : stop])
    if code == 0xDD:
        found.restarts = any(body)
    if code not in FRAMES:
        return True
    if found.components or len(body) < 6 or len(body) < 6 + 3 * body[5]:
        return False
    found.size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
    parts = [body[6 + 3 * each : 9 + 3 * each] for each in range(body[5])]
    found.components = frozenset(part[0] for part in parts)
    factors = [(part[1] >> 4) * (part[1] & 15) for part in parts]
    found.samples = sum(factors) / max(1, *factors) if factors else 1.0
    return True


def _scan(data: bytes | memoryview, found: JpegOutline, position: int, start: int) -> int:
    """Note a scan and where it stops: at the next marker, or at the end of the file less its padding."""
    head = bytes(data[position + 4 : start])
    count = head[0] if head else 0
    match = (RESTARTABLE if found.restarts else MARKER).search(data, start)
    stop = match.start() if match else len(data)
    if match is None:
        padding = PADDING.search(bytes(data[start:stop]))
        stop = start + padding.start() if padding else stop
    if len(head) >= 1 + 2 * count + 3:
        spectral, refinement = head[1 + 2 * count], head[3 + 2 * count] >> 4
        components = frozenset(head[1 : 1 + 2 * count : 2])
        first = spectral == 0 and refinement == 0
        found.scans.append(_Scan(components, first, start, stop))
    found.parts.append((position, stop))
    return stop


def _pieces(data: Data | memoryview, found: JpegOutline) -> bytes:
    """The picture without its metadata and its end marker."""
    return b"\xff\xd8" + b"".join(bytes(data[start:stop]) for start, stop in found.parts)
