"""Files and blocks of metadata made by hand, whole and broken."""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image as Pillow

from ingest.facts.facts import Facts
from ingest.facts.read import read_facts

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
Entry = bytes | bytearray | int | tuple[float, ...]


def facts(data: bytes, *, format_: str = "jpeg", name: str = "photo", **options: Any) -> Facts:
    """What is read of a file whose name says nothing."""
    return read_facts(data, format=format_, name=name, **options)


def picture(format_: str = "JPEG", **options: Any) -> bytes:
    """A picture without any metadata, but for what is asked for."""
    out = io.BytesIO()
    Pillow.new("RGB", (16, 16), "red").save(out, format_, **options)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(*segments: bytes) -> bytes:
    """A JPEG with these segments before all others."""
    plain = picture()
    return plain[:2] + b"".join(segments) + plain[2:]


def jpeg_with(*, exif: bytes = b"", xmp: bytes = b"", iptc: bytes = b"") -> bytes:
    """A JPEG with its blocks where programs write them."""
    segments = [
        segment(0xE1, b"Exif\0\0" + exif) if exif else b"",
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp) if xmp else b"",
        segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc)) if iptc else b"",
    ]
    return jpeg(*segments)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with these chunks before its pixels."""
    plain = picture("PNG")
    framed = [
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in chunks
    ]
    return plain[:33] + b"".join(framed) + plain[33:]


def resource(number: int, body: bytes, signature: bytes = b"8BIM") -> bytes:
    """One of Photoshop's resources."""
    return signature + struct.pack(">HHI", number, 0, len(body)) + body + b"\0" * (len(body) % 2)


def iptc(*sets: tuple[int, int, bytes]) -> bytes:
    """A block of IPTC data sets: record, number, text."""
    return b"".join(
        bytes([0x1C, record, number]) + len(text).to_bytes(2, "big") + text for record, number, text in sets
    )


def tiff(
    photo: Mapping[int, Entry] | None = None,
    exif: Mapping[int, Entry] | None = None,
    gps: Mapping[int, Entry] | None = None,
    *,
    order: str = "<",
) -> bytes:
    """A TIFF structure: texts are ASCII, whole numbers SHORT, tuples RATIONAL, and bytearrays UNDEFINED."""
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8))
    pointers = {0x8769: exif, 0x8825: gps}
    entries: dict[int, Any] = {**(photo or {}), **{tag: 0 for tag, inner in pointers.items() if inner}}
    places = _directory(out, entries, order)
    for tag, inner in pointers.items():
        if inner:
            struct.pack_into(f"{order}HHII", out, places[tag], tag, 4, 1, len(out))
            _directory(out, inner, order)
    return bytes(out)


def _directory(out: bytearray, entries: Mapping[int, Any], order: str) -> dict[int, int]:
    start = len(out)
    out += struct.pack(f"{order}H", len(entries)) + bytes(12 * len(entries) + 4)
    places = {}
    for index, (tag, value) in enumerate(sorted(entries.items())):
        kind, count, raw = _encoded(value, order)
        if len(raw) > 4:
            offset = len(out)
            out += raw
            raw = struct.pack(f"{order}I", offset)
        places[tag] = start + 2 + 12 * index
        struct.pack_into(f"{order}HHI", out, places[tag], tag, kind, count)
        out[places[tag] + 8 : places[tag] + 12] = raw.ljust(4, b"\0")
    return places


def _encoded(value: Any, order: str) -> tuple[int, int, bytes]:
    if isinstance(value, bytearray):
        return 7, len(value), bytes(value)
    if isinstance(value, bytes):
        return 2, len(value) + 1, value + b"\0"
    if isinstance(value, int):
        return 3, 1, struct.pack(f"{order}H", value)
    parts = [part for number in value for part in (round(number * 10_000), 10_000)]
    return 5, len(value), struct.pack(f"{order}{len(parts)}I", *parts)


def xmp(inner: str = "", attributes: str = "", *, bare: bool = False) -> bytes:
    """A packet with these properties, as elements or as attributes; bare means without its usual wrapper."""
    text = f"<rdf:Description rdf:about='' {NAMESPACES} {attributes}>{inner}</rdf:Description>"
    return (
        text.encode()
        if bare
        else f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}'>{text}</rdf:RDF></x:xmpmeta>".encode()
    )


def bag(name: str, *values: str, kind: str = "Bag") -> str:
    """A property with several values."""
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in values)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


NAMESPACES = " ".join(
    f"xmlns:{prefix}='{uri}'"
    for prefix, uri in {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "tiff": "http://ns.adobe.com/tiff/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "lr": "http://ns.adobe.com/lightroom/1.0/",
        "digiKam": "http://www.digikam.org/ns/1.0/",
        "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
        "mwg-kw": "http://www.metadataworkinggroup.com/schemas/keywords/",
        "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    }.items()
)
