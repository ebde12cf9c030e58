"""SVG: an RDF block among its drawing, as XMP or as Inkscape writes it, and a title and description of its own."""

import re
from collections.abc import Iterator

from ingest.facts.formats.part import Part

_OPENING = re.compile(rb"<(?:\w{1,20}:)?(xmpmeta|RDF)\b")
_TEXT = re.compile(rb"<(title|desc)\b[^>]{0,200}>([^<]{1,8000})</\1>")
_HEAD = 1_000_000  # bytes in which the texts of the whole drawing stand, before those of its parts
KEYWORDS = {b"title": "title", b"desc": "description"}


def parts(data: bytes) -> Iterator[Part]:
    """The first block of RDF, and the first title and description."""
    if opening := _OPENING.search(data):
        end = data.rfind(opening[1] + b">")
        yield Part("xmp", data[opening.start() : end + len(opening[1]) + 1])
    texts: dict[bytes, bytes] = {}
    for match in _TEXT.finditer(data[:_HEAD]):
        texts.setdefault(match[1], match[2])
    for name, text in texts.items():
        yield Part("text", text, KEYWORDS[name])
