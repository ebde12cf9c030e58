"""Running out of memory is never the file's fault, and what was taken is given back."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow, ImageFile

from ingest.decoding.memory import keep_arenas_small, memory_given_back
from tests.ingest.decoding.files import encoded, prepared, psd, textured

ROOT = Path(__file__).parents[3]
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "TGA", "JPEG2000", "HEIF", "AVIF"]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("error", [MemoryError(), OSError("out of memory when reading image file")])
def test_running_out_of_memory_gets_out_as_that(
    format_: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(textured(), format_)

    def out_of_memory(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", out_of_memory)
    for plugin in (p for p in ImageFile.ImageFile.__subclasses__() if "load" in vars(p)):
        monkeypatch.setattr(plugin, "load", out_of_memory)

    with pytest.raises(MemoryError):
        prepared(data, f"a.{format_.lower()}")


def test_the_same_for_photoshops_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Pillow, "frombytes", out_of_memory)

    with pytest.raises(MemoryError):
        prepared(psd([bytes(64)] * 3, (8, 8), packed=True))


def test_giving_back_is_harmless_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_given_back(10**9):
        pass
    monkeypatch.setattr("ingest.decoding.memory._libc", lambda: None)
    with memory_given_back(10**9):
        pass
    keep_arenas_small()


@pytest.mark.skipif(sys.platform != "linux", reason="the resident set is told by /proc")
def test_memory_comes_down_after_heavy_files(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    out = io.BytesIO()
    Pillow.new("RGB", (3_300, 3_300), "red").save(out, "PNG", compress_level=1)
    big.write_bytes(out.getvalue())
    script = f"""
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.ingest.decoding.files import prepared
def resident(): return int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])
data = Path({str(big)!r}).read_bytes()
prepared(data)
before = resident()
with ThreadPoolExecutor(4) as pool: list(pool.map(lambda _: prepared(data), range(24)))
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)

    # Four at once hold some 300 MB. What stays is at most what two threads have just let go of.
    assert int(done.stdout) < 90_000  # kilobytes


@pytest.mark.skipif(sys.platform != "linux", reason="the resident set is told by /proc")
@pytest.mark.parametrize("format_", ["AVIF", "HEIF"])
def test_video_codecs_take_no_more_memory_than_was_said(format_: str, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(
        encoded(Pillow.new("RGB", (2_000, 1_500), "red"), format_, **({"speed": 10} if format_ == "AVIF" else {}))
    )
    script = f"""
from pathlib import Path
from ingest.image import decoded_bytes, prepare
from tests.ingest.decoding.files import LIMITS
def told(field): return int(next(l for l in open('/proc/self/status') if l.startswith(field)).split()[1]) * 1000
data = Path({str(file)!r}).read_bytes()
expected = decoded_bytes(data, LIMITS)
before = told('VmRSS')
prepare(data, name='large', limits=LIMITS)
print((told('VmHWM') - before) / expected)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)

    assert 0.5 < float(done.stdout) < 1.15
