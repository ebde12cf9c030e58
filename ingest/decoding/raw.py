"""Cameras' raw files, by the largest preview embedded in them."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import rawpy
from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.jpeg import jpeg_file, outline
from ingest.decoding.picture_file import PictureFile, Pixels, orientation_of, raise_if_out_of_memory
from ingest.decoding.tiff_directory import HEIGHT, ORIENTATION, WIDTH, directories
from ingest.decoding.upright import SIDEWAYS
from shared.errors import BadPhoto

LARGE_ENOUGH = 1000  # pixels of a preview's longer side
MOST_CANDIDATES = 2000  # places that look like the start of a JPEG
START = re.compile(rb"\xff\xd8\xff[\xc0\xc4\xdb\xdd\xe0-\xef\xfe]")
TURNS = {0: 1, 3: 3, 5: 8, 6: 6}  # LibRaw's word for a turn, as EXIF's
NO_PREVIEW = "this raw file holds no preview large enough to show: export a JPEG, or a DNG with a preview of full size"


@dataclass(frozen=True)
class _Sensor:
    """What the raw file says of its picture; zeros where nobody could read it."""

    size: tuple[int, int] = (0, 0)
    orientation: int = 0
    preview: bytes | None = None
    bitmap: Pillow.Image | None = None


def raw_file(data: Data, format_: str) -> PictureFile:
    """A raw file; BadPhoto where it has no large preview."""
    sensor = _sensor(data)
    if sensor.bitmap is not None and max(sensor.bitmap.size) >= LARGE_ENOUGH:
        return _bitmap_file(sensor, sensor.bitmap, format_)
    preview = _largest_preview(data, sensor.preview)
    if preview is None:
        raise BadPhoto(NO_PREVIEW)
    shown = jpeg_file(preview)
    orientation = _orientation(data, sensor, shown)
    return PictureFile(
        format=format_,
        size=_size(sensor, shown.size, orientation),
        memory=shown.memory + len(preview),
        read=shown.read,
        orientation=orientation,
        raw=True,
        source=shown.source,
        info=shown.info,
    )


def _sensor(data: Data) -> _Sensor:
    """Ask LibRaw; what it is too old for, or what is damaged, is looked for without it."""
    try:
        with rawpy.imread(io.BytesIO(bytes(data))) as raw:
            sizes = raw.sizes
            size = (sizes.crop_width or sizes.width, sizes.crop_height or sizes.height)
            sensor = _Sensor(size, TURNS.get(sizes.flip, 1))
            try:
                thumb = raw.extract_thumb()
            except rawpy.LibRawError:
                return sensor
            if thumb.format == rawpy.ThumbFormat.JPEG:
                return _Sensor(sensor.size, sensor.orientation, bytes(thumb.data))
            return _Sensor(sensor.size, sensor.orientation, bitmap=Pillow.fromarray(np.asarray(thumb.data)))
    except Exception as error:
        raise_if_out_of_memory(error)
        return _Sensor(_largest_directory(data))


def _largest_directory(data: Data) -> tuple[int, int]:
    """The size of the largest picture in a raw file that is a TIFF: the sensor's."""
    if bytes(data[:2]) not in {b"II", b"MM"}:
        return (0, 0)
    sizes = [(each.number(WIDTH), each.number(HEIGHT)) for each in directories(data)]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _bitmap_file(sensor: _Sensor, bitmap: Pillow.Image, format_: str) -> PictureFile:
    return PictureFile(
        format=format_,
        size=sensor.size,
        memory=bitmap.width * bitmap.height * 5,
        read=lambda _side: Pixels(picture=bitmap),
        orientation=sensor.orientation or 1,
        raw=True,
    )


def _largest_preview(data: Data, known: bytes | None) -> bytes | None:
    """The largest JPEG in the file, if it is large enough."""
    best, most = None, 0
    if known is not None and max(size := outline(known).size) >= LARGE_ENOUGH:
        best, most = known, size[0] * size[1]
    for start, stop, (width, height) in embedded_jpegs(data):
        if max(width, height) >= LARGE_ENOUGH and width * height > most:
            best, most = bytes(data[start:stop]), width * height
    return best


def embedded_jpegs(data: Data) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Start, stop and size of the JPEGs in a file that a decoder can show; a sensor's own lossless ones are none."""
    position = 0
    for _ in range(MOST_CANDIDATES):
        match = START.search(data, position)
        if match is None:
            return
        found = outline(data, match.start())
        if found.components and found.scans and len(found.components) in {1, 3} and min(found.size) > 0:
            yield match.start(), min(found.stop + 2, len(data)), found.size
            position = max(match.end(), found.stop)
        else:
            position = match.end()


def _orientation(data: Data, sensor: _Sensor, shown: PictureFile) -> int:
    """
    How the preview is to be turned: as it says itself, else as the raw file says.

    A preview that is upright already, beside a sensor's picture that lies, is left as it is.
    """
    own = orientation_of(shown.source) if shown.source else 1
    if own != 1:
        return own
    stated = sensor.orientation or _stated(data)
    if stated in SIDEWAYS and sensor.size[0] and (sensor.size[0] > sensor.size[1]) != (shown.size[0] > shown.size[1]):
        return 1
    return stated


def _stated(data: Data) -> int:
    """The orientation of the first directory, in raw files that are TIFFs."""
    if bytes(data[:2]) not in {b"II", b"MM"}:
        return 1
    first = next(directories(data), None)
    value = first.number(ORIENTATION, 1) if first else 1
    return value if 1 <= value <= 8 else 1


def _size(sensor: _Sensor, preview: tuple[int, int], orientation: int) -> tuple[int, int]:
    """The sensor's size, laid as the preview is stored; the preview's own where the sensor's is not known."""
    if not min(sensor.size):
        return preview
    lies = preview[0] >= preview[1]
    return (max(sensor.size), min(sensor.size)) if lies else (min(sensor.size), max(sensor.size))
