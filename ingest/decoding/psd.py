"""Photoshop's merged picture, of any depth and colour mode, in PSD and PSB files; read a band of rows at a time."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow, ImageCms

from ingest.decoding.byte_source import Data
from ingest.decoding.picture_file import DAMAGED, HEADLESS, PictureFile, Pixels, raise_if_out_of_memory
from ingest.decoding.row_bands import BandedPicture
from shared.errors import BadPhoto

BITMAP, GRAY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9
COLORS = {BITMAP: 1, GRAY: 1, INDEXED: 1, RGB: 3, CMYK: 4, MULTICHANNEL: 4, DUOTONE: 1, LAB: 3}
RAW, PACKED = range(2)
PROFILE, EXIF, XMP, IPTC = 1039, 1058, 1060, 1028


@dataclass
class _Header:
    version: int
    channels: int
    size: tuple[int, int]
    depth: int
    mode: int
    palette: bytes = b""
    resources: dict[int, bytes] = field(default_factory=dict)
    pixels: int = 0  # where the merged picture starts

    @property
    def row(self) -> int:
        return (self.size[0] * self.depth + 7) // 8

    @property
    def colors(self) -> int:
        return min(COLORS[self.mode], self.channels)


def psd_file(data: Data) -> PictureFile:
    """A Photoshop file. BadPhoto where it holds no merged picture."""
    header = _header(data)
    banded = BandedPicture(header.size, 1024)
    return PictureFile(
        format="psd" if header.version == 1 else "psb",
        size=header.size,
        memory=banded.band * header.size[0] * 40 + 3 * 4096 * 4096,
        read=lambda side: _read(data, header, side),
        info={
            "exif": header.resources.get(EXIF, b""),
            "xmp": header.resources.get(XMP, b""),
            "photoshop": {IPTC: header.resources[IPTC]} if IPTC in header.resources else {},
        },
    )


def _header(data: Data) -> _Header:
    try:
        version, channels, height, width, depth, mode = struct.unpack(">4xH6xHIIHH", data[:26])
    except struct.error:
        raise BadPhoto(HEADLESS) from None
    if (
        version not in {1, 2}
        or mode not in COLORS
        or depth not in {1, 8, 16, 32}
        or not (width and height and channels)
    ):
        raise BadPhoto(DAMAGED)
    header = _Header(version, channels, (width, height), depth, mode)
    try:
        position = _skip_to_pixels(data, header)
    except struct.error:
        raise BadPhoto(HEADLESS) from None
    if position + 2 > len(data):
        raise BadPhoto(HEADLESS)
    if mode != MULTICHANNEL and channels < min(COLORS[mode], 3):
        raise BadPhoto(DAMAGED)
    header.pixels = position
    return header


def _skip_to_pixels(data: Data, header: _Header) -> int:
    length = int.from_bytes(data[26:30], "big")
    header.palette = bytes(data[30 : 30 + min(length, 768)])
    position = 30 + length
    length = int.from_bytes(data[position : position + 4], "big")
    header.resources = _resources(bytes(data[position + 4 : position + 4 + min(length, 50_000_000)]))
    position += 4 + length
    width = 4 if header.version == 1 else 8
    if position + width > len(data):
        raise BadPhoto(HEADLESS)
    return position + width + int.from_bytes(data[position : position + width], "big")


def _resources(block: bytes) -> dict[int, bytes]:
    """Photoshop's image resources by number, as far as they are sound."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 12 <= len(block) and block[position : position + 4] in {
        b"8BIM",
        b"MeSa",
        b"PHUT",
        b"AgHg",
        b"DCSR",
    }:
        number, name = struct.unpack(">HB", block[position + 4 : position + 7])
        start = position + 6 + (name + 2 & ~1)
        length = int.from_bytes(block[start : start + 4], "big")
        found.setdefault(number, block[start + 4 : start + 4 + length])
        position = start + 4 + (length + 1 & ~1)
    return found


def _read(data: Data, header: _Header, side: int) -> Pixels:
    compression = int.from_bytes(data[header.pixels : header.pixels + 2], "big")
    if compression not in {RAW, PACKED}:
        raise BadPhoto(DAMAGED)
    starts = _row_starts(data, header, packed=compression == PACKED)
    rows = _rows_there(data, starts, header)
    banded = BandedPicture(header.size, side)
    for top in range(0, rows, banded.band):
        bottom = min(rows, top + banded.band)
        try:
            channels = [
                _channel(data, each, top, bottom, header, packed=compression == PACKED)
                for each in starts[: header.colors]
            ]
            banded.add(_picture(channels, header))
        except Exception as error:
            raise_if_out_of_memory(error)
            break
    return banded.pixels(header.resources.get(PROFILE) or None)


def _row_starts(data: Data, header: _Header, *, packed: bool) -> list[NDArray[np.int64]]:
    """For each channel where its rows start, and where the last one ends."""
    height, first = header.size[1], header.pixels + 2
    count = header.channels * height
    if not packed:
        ends = first + header.row * np.arange(count + 1, dtype=np.int64)
        return [ends[each * height : (each + 1) * height + 1] for each in range(header.channels)]
    width = 2 if header.version == 1 else 4
    table = np.frombuffer(bytes(data[first : first + count * width]), dtype=f">u{width}")
    if len(table) < count:
        raise BadPhoto(HEADLESS)
    ends = first + count * width + np.concatenate(([0], np.cumsum(table, dtype=np.int64)))
    return [ends[each * height : (each + 1) * height + 1] for each in range(header.channels)]


def _rows_there(data: Data, starts: Sequence[NDArray[np.int64]], header: _Header) -> int:
    """How many of the first rows are in the file in every colour."""
    last = starts[header.colors - 1]
    return int(np.searchsorted(last[1:], len(data), side="right"))


def _channel(
    data: Data, starts: NDArray[np.int64], top: int, bottom: int, header: _Header, *, packed: bool
) -> NDArray[np.uint8]:
    """Rows of one channel at eight bits."""
    body = bytes(data[int(starts[top]) : int(starts[bottom])])
    height = bottom - top
    if packed:
        body = Pillow.frombytes("L", (header.row, height), body, "packbits", "L").tobytes()
    rows = np.frombuffer(body, dtype=np.uint8).reshape(height, header.row)
    if header.depth == 8:
        return rows
    if header.depth == 16:
        return rows[:, ::2]
    if header.depth == 1:
        return np.unpackbits(rows, axis=1)[:, : header.size[0]] * np.uint8(255) ^ np.uint8(255)
    light = np.nan_to_num(rows.view(">f4").astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
    return (255 * light ** (1 / 2.2) + 0.5).astype(np.uint8)  # 32-bit files are linear


def _picture(channels: Sequence[NDArray[np.uint8]], header: _Header) -> Pillow.Image:
    if header.mode == INDEXED:
        picture = Pillow.fromarray(channels[0]).convert("L")
        indexed = Pillow.frombytes("P", picture.size, picture.tobytes())
        indexed.putpalette(header.palette.ljust(768, b"\0"), "RGB;L")
        return indexed.convert("RGB")
    if len(channels) == 1:
        return Pillow.fromarray(channels[0])
    bands = [Pillow.fromarray(np.ascontiguousarray(each)) for each in channels]
    if header.mode == LAB:
        return _lab(bands)
    if len(bands) == 4:
        return Pillow.merge("CMYK", [each.point(lambda value: 255 - value) for each in bands])
    if header.mode == MULTICHANNEL:  # inks that nobody named: three of them are cyan, magenta and yellow
        return Pillow.merge("RGB", (bands + bands)[:3])
    return Pillow.merge("RGB", bands)


def _lab(bands: Sequence[Pillow.Image]) -> Pillow.Image:
    light, *colors = bands
    lab = Pillow.merge("LAB", (light, *colors))
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    result = ImageCms.applyTransform(lab, transform)
    assert result is not None
    return result
