"""Broken and hostile images: each is prepared or refused with a reason, and memory stays bounded."""

import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image as Pillow

from ingest.image import Limits, decoded_bytes, prepare
from shared.errors import BadPhoto
from tests.ingest.decoding.files import encoded

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")
LIMITS = Limits(pixels=100_000_000, frames=10_000, memory=600_000_000, preview_side=1024, thumbnail_side=320)
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"]


def verdict(data: bytes) -> str:
    """`ok`, or the reason why not; anything but a BadPhoto is a defect and gets out."""
    try:
        decoded_bytes(data, LIMITS)
        prepare(data, name="x.jpg", limits=LIMITS)
    except BadPhoto as error:
        return str(error)
    return "ok"


def whole(format_: str) -> bytes:
    noise = random.Random(7).randbytes(64 * 48 * 3)
    return encoded(Pillow.frombytes("RGB", (64, 48), noise), format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_cut_anywhere_is_prepared_or_refused(format_: str) -> None:
    data = whole(format_)

    verdicts = {verdict(data[:length]) for length in range(0, len(data), max(1, len(data) // 60))}

    assert len(verdicts) > 1
    assert "the file is empty" in verdicts


@pytest.mark.parametrize("format_", FORMATS)
def test_flipped_bytes_are_prepared_or_refused(format_: str) -> None:
    data, chance = whole(format_), random.Random(format_)

    for _ in range(150):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(min(len(broken), chance.choice([32, 300, len(broken)])))] = chance.randrange(256)
        assert verdict(bytes(broken))


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 2) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, kind, 0, 0, 0])
    parts = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    framed = [
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big") for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


HOSTILE = {
    "huge sides": png(2**31 - 1, 2**31 - 1),
    "a billion pixels": png(40_000, 25_000, (b"IDAT", zlib.compress(bytes(1000)))),
    "no pixels at all": png(0, 0, (b"IDAT", zlib.compress(b""))),
    "text bomb": png(8, 8, (b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000)))),
    "profile bomb": png(8, 8, (b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000)))),
    "blp": b"BLP2" + (1).to_bytes(4, "little") + bytes(276),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "pdf": b"%PDF-1.7\n1 0 obj\n",
    "html": b"<html><body>not a photo</body></html>",
    "zeros": bytes(100_000),
    "jpeg header alone": b"\xff\xd8\xff",
    "gif header alone": b"GIF89a",
    "gif of gigantic frames": b"GIF89a"
    + b"\xff\xff\xff\xff\x00\x00\x00"
    + b","
    + bytes(4)
    + b"\xff\xff\xff\xff\x00\x08",
    "tiff that points to itself": b"II*\x00\x08\x00\x00\x00"
    + bytes.fromhex("0100000103000100000000000800000000".replace(" ", "")),
    "riff that lies about its size": b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(30),
    "heic that is only a brand": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(name: str) -> None:
    assert verdict(HOSTILE[name]) != "ok" or name in {"text bomb", "profile bomb", "svg"}  # drawn without its script


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of a child alone is told by /proc, which only Linux has")
def test_hostile_files_do_not_fill_the_memory(tmp_path: Path) -> None:
    for name, data in HOSTILE.items():
        (tmp_path / name.replace(" ", "_")).write_bytes(data)
    script = (
        "from pathlib import Path\nfrom tests.ingest.test_hostile import verdict\n"
        f"for file in sorted(Path({str(tmp_path)!r}).iterdir()): verdict(file.read_bytes())\n"
        f"print(next(line for line in open({str(STATUS)!r}) if line.startswith('VmHWM')).split()[1])"
    )

    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)

    assert int(child.stdout) < 400_000  # kilobytes, of which the interpreter and the tests take a hundred thousand
