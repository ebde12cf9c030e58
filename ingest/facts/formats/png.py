"""PNG: text chunks, compressed or not, EXIF, and the hexadecimal profiles that ImageMagick writes."""

import binascii
import struct
import zlib
from collections.abc import Iterator
from functools import partial

from ingest.facts.formats.jpeg import XMP as XMP_NAME
from ingest.facts.formats.part import LARGEST, MOST_STEPS, Part
from ingest.facts.guard import Malformed, read_or_empty

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP = "XML:com.adobe.xmp"
PROFILE = "raw profile type "
TEXTS = {"title", "author", "artist", "description", "copyright", "creation time", "software", "comment", "keywords"}
SPELLINGS = {"creationtime": "creation time"}  # of programs that take the words for names without blanks
LONGEST = 100_000  # bytes of a text that isn't a block itself
MOST_TEXTS = 200


def parts(data: bytes) -> Iterator[Part]:
    """The blocks of a PNG; a broken chunk costs only itself, a compression bomb only what is wanted of it."""
    texts, room = 0, 2 * LARGEST
    for kind, start, end in _chunks(data):
        if kind == b"eXIf":
            yield Part("exif", data[start:end])
        elif kind in {b"tEXt", b"zTXt", b"iTXt"} and texts < MOST_TEXTS and room > 0:
            texts += 1
            if part := read_or_empty("PNG text", partial(_text, kind, data, start, end), None):
                room -= len(part.data)
                yield part


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    position = len(SIGNATURE)
    for _ in range(MOST_STEPS):
        if position + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IEND":
            return
        yield kind, position + 8, min(position + 8 + length, len(data))
        position += length + 12


def _text(kind: bytes, data: bytes, start: int, end: int) -> Part | None:
    """The block in a text chunk; None for a keyword that nobody asks for."""
    stop = data.find(b"\0", start, min(end, start + 80))
    if stop < 0:
        raise Malformed("no keyword")
    keyword = data[start:stop].decode("latin-1")
    name = SPELLINGS.get(keyword.lower(), keyword.lower())
    if keyword != XMP and not name.startswith(PROFILE) and name not in TEXTS:
        return None
    limit = LONGEST if name in TEXTS else LARGEST
    body, compressed = _body(kind, data, stop + 1, end)
    text = _inflate(data[body:end], limit) if compressed else data[body : min(end, body + limit)]
    if keyword == XMP:
        return Part("xmp", text)
    if name in TEXTS:
        return Part("text", text if kind == b"iTXt" else text.decode("latin-1").encode(), name)
    return _profile(name.removeprefix(PROFILE).strip(), text)


def _body(kind: bytes, data: bytes, start: int, end: int) -> tuple[int, bool]:
    """Where the text itself starts, and whether it is compressed."""
    if kind == b"tEXt":
        return start, False
    if kind == b"zTXt":
        return start + 1, True  # after the method, of which there is one
    # Two flags of one byte, a language, and the keyword translated, each of these with a zero after it.
    language = data.find(b"\0", start + 2, end)
    translated = data.find(b"\0", language + 1, end)
    if min(language, translated) < 0:
        raise Malformed("no text")
    return translated + 1, data[start : start + 1] == b"\1"


def _inflate(compressed: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(compressed, limit)


def _profile(kind: str, text: bytes) -> Part | None:
    """Three lines: the kind, the length in decimals, and the block in hexadecimal digits, with anything after it."""
    *head, last = text.strip().split(b"\n", 2)
    digits = b"".join(last.split())
    length = head[1].strip() if len(head) == 2 else b""
    try:
        block = binascii.unhexlify(digits[: 2 * int(length)] if length.isdigit() and len(length) < 10 else digits)
    except binascii.Error as error:
        raise Malformed("no hexadecimal digits") from error
    if kind in {"exif", "app1"}:
        if block.startswith(XMP_NAME):
            return Part("xmp", block[len(XMP_NAME) :])
        return Part("exif", block)
    return {"iptc": Part("photoshop", block), "8bim": Part("photoshop", block), "xmp": Part("xmp", block)}.get(kind)
