"""Streams over bytes and mapped files."""

import io
import mmap
from pathlib import Path

import pytest

from ingest.decoding.byte_source import stream
from ingest.image import prepare, sha256_hex
from tests.ingest.decoding.files import LIMITS, encoded, halves, is_red_then_blue, psd, raw


def test_a_view_is_a_stream() -> None:
    found = stream(memoryview(b"0123456789")[2:8])

    assert found.read(2) == b"23"
    assert found.seek(-1, io.SEEK_END) == 5
    assert found.read() == b"7"
    assert found.seek(100) == 100
    assert found.read() == b""
    with pytest.raises(OSError, match="before the start"):
        found.seek(-1)


@pytest.mark.parametrize(
    "kind", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.psd", "a.nef", "a.gif", "a.jp2", "a.heic", "a.avif"]
)
def test_a_mapped_file_is_read_like_bytes(kind: str, tmp_path: Path) -> None:
    picture = halves((1600, 1066))
    formats = {
        "jpg": "JPEG",
        "png": "PNG",
        "webp": "WEBP",
        "tiff": "TIFF",
        "gif": "GIF",
        "jp2": "JPEG2000",
        "heic": "HEIF",
    }
    extension = kind.partition(".")[2]
    if extension == "psd":
        data = psd([band.tobytes() for band in picture.split()], picture.size)
    elif extension == "nef":
        data = raw("nef", encoded(picture))
    else:
        data = encoded(picture, formats.get(extension, extension.upper()))
    (tmp_path / kind).write_bytes(data)

    with (tmp_path / kind).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    image = prepare(mapped, name=kind, limits=LIMITS)

    assert is_red_then_blue(image)
    assert sha256_hex(mapped) == sha256_hex(data)
