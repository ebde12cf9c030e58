"""
SVG, drawn by resvg in a process of its own: what hangs, crashes or fills the memory there costs one file.

resvg knows no network and no scripts. What it would read from disk is taken out before (`svg_process.py`).
"""

import io
import os
import subprocess
import sys
import zlib

from PIL import Image as Pillow

from ingest.decoding.byte_source import Data
from ingest.decoding.picture_file import PictureFile, Pixels
from ingest.decoding.svg_size import stated_size
from shared.errors import BadPhoto

MOST_BYTES = 20_000_000  # of a drawing's text
SECONDS = 20
MEMORY = 1_500_000_000  # bytes of address space for the process that draws
TAKES = 150_000_000  # bytes that drawing takes as a rule, the process included
TOO_LARGE = "the drawing has more than 20 MB of text: export it as PNG"
TOO_HARD = "drawing this SVG takes too long or too much memory: export it as PNG"
DAMAGED = "the drawing is damaged or cut off"


def svg_file(data: Data) -> PictureFile:
    """An SVG or SVGZ. Its size is the one it states, in CSS pixels."""
    text = _text(data)
    return PictureFile(
        format="svg",
        size=stated_size(text),
        memory=TAKES,
        read=lambda side: Pixels(picture=_draw(text, side)),
    )


def _text(data: Data) -> bytes:
    if bytes(data[:2]) != b"\x1f\x8b":
        text = bytes(data[: MOST_BYTES + 1])
    else:
        inflate = zlib.decompressobj(wbits=31)
        try:
            text = inflate.decompress(bytes(data[:MOST_BYTES]), MOST_BYTES + 1)
        except zlib.error as error:
            raise BadPhoto(DAMAGED) from error
        if not inflate.eof and len(text) <= MOST_BYTES:
            raise BadPhoto(DAMAGED)
    if len(text) > MOST_BYTES:
        raise BadPhoto(TOO_LARGE)
    return text


def _draw(text: bytes, side: int) -> Pillow.Image:
    """Have it drawn, its longer side `side` pixels."""
    environment = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each), "PATH": os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "ingest.decoding.svg_process", str(side), str(MEMORY), str(SECONDS)]
    try:
        process = subprocess.run(  # noqa: S603  # our own module, its arguments are numbers
            command, input=text, capture_output=True, timeout=SECONDS + 5, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadPhoto(TOO_HARD) from None
    if process.returncode:
        raise BadPhoto(TOO_HARD)
    word, _, png = process.stdout.partition(b"\n")
    if word != b"drawn":
        raise BadPhoto(DAMAGED)
    picture = Pillow.open(io.BytesIO(png), formats=("PNG",))
    picture.load()
    return picture
