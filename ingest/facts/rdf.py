"""
The properties in a packet of RDF, read as far as it is sound.

A packet may lack its wrappers or its namespaces, be cut off, followed by garbage, or in another
encoding than it says. So it is put into an element that declares every namespace we know, and
whatever came before the first error counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ingest.facts.guard import Malformed
from ingest.facts.text import PARAGRAPH, decode

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xap": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xapRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "mwg-kw": "http://www.metadataworkinggroup.com/schemas/keywords/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "cc": "http://creativecommons.org/ns#",
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
}
# Spellings that old and careless programs use for the namespaces above.
ALIASES = {
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.2/": "MicrosoftPhoto",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-19/": "Iptc4xmpExt",
    "http://iptc.org/std/Iptc4xmpExt/1.0/xmlns/": "Iptc4xmpExt",
    "http://web.resource.org/cc/": "cc",
    "http://ns.adobe.com/exif/1.0": "exif",
    "http://purl.org/dc/elements/1.1": "dc",
}
PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items() if prefix not in {"xap", "xapRights"}} | ALIASES
WANTED = {
    f"{prefix}:{name}"
    for prefix, names in {
        "dc": "title description subject creator rights",
        "xmp": "Rating CreateDate CreatorTool",
        "xmpRights": "UsageTerms WebStatement",
        "photoshop": "Headline Credit City State Country DateCreated",
        "tiff": "Make Model Artist Copyright ImageDescription Orientation",
        "exif": "DateTimeOriginal DateTimeDigitized GPSLatitude GPSLongitude GPSAltitude GPSAltitudeRef GPSTimeStamp"
        " UserComment ISOSpeedRatings FNumber ExposureTime FocalLength OffsetTimeOriginal",
        "exifEX": "LensModel PhotographicSensitivity OffsetTimeOriginal",
        "aux": "Lens",
        "lr": "hierarchicalSubject",
        "digiKam": "TagsList",
        "MicrosoftPhoto": "LastKeywordXMP Rating",
        "mediapro": "CatalogSets",
        "mwg-kw": "Keywords",
        "Iptc4xmpCore": "Location CountryCode",
        "Iptc4xmpExt": "LocationShown LocationCreated",
        "cc": "license",
    }.items()
    for name in names.split()
}
# Elements around properties, and not properties themselves.
AROUND = {"x:xmpmeta", "x:xapmeta", "rdf:RDF", "rdf:Description", "cc:Work"}
LISTS = {"rdf:Bag", "rdf:Seq", "rdf:Alt"}
DEEPEST = 40  # elements within each other
MOST_NODES = 20_000
MOST_ELEMENTS = 200_000
PIECE = 65_536  # characters parsed at a time

UNBOUND_PREFIX = 27  # expat's code for a namespace that is used and not declared
MOST_PREFIXES = 100

_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]", re.ASCII)
_OPENING = "<wrapper " + " ".join(f'xmlns:{key}="{uri}"' for key, uri in NAMESPACES.items() if key != "xml") + ">"
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}\?>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Node:
    """An element by its short name, with its attributes."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def items(self) -> list["Node"]:
        """The entries of a bag, sequence or language alternative; a plain value is the only entry of its own."""
        for child in self.children:
            if child.name in LISTS:
                return [entry for entry in child.children if entry.name == "rdf:li"]
        entries = [child for child in self.children if child.name == "rdf:li"]
        return entries or [self]

    def value(self) -> str:
        """The text of a simple value, in whichever of its forms."""
        for name in ("rdf:value", "rdf:resource"):
            if name in self.attributes:
                return self.attributes[name]
        if self.text.strip() or not self.children:
            return self.text
        return next((text for child in self.children if (text := child.value())), "")

    def default(self) -> str:
        """The value in the default language, else the first that isn't blank."""
        items = self.items()
        defaults = [each for each in items if each.attributes.get("xml:lang", "").lower() == "x-default"]
        return next((text for each in (*defaults, *items) if (text := each.value().strip())), "")

    def fields(self) -> Mapping[str, "Node"]:
        """The fields of a structure by name: elements, attributes, or either of them in a description inside."""
        nodes: dict[str, Node] = {}
        for each in (self, *(child for child in self.children if child.name == "rdf:Description")):
            nodes |= {name: Node(name, {}, text) for name, text in each.attributes.items()}
            nodes |= {child.name: child for child in each.children}
        return nodes


class _Properties:
    """The target of the parser: keeps the wanted properties of the photo itself, and drops the rest at once."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._stack: list[Node] = []
        self._skipped = 0
        self._count = 0
        self._elements = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise Malformed("too many elements")
        name = _short(tag)
        if self._skipped or len(self._stack) > DEEPEST or self._count > MOST_NODES:
            self._skipped += 1
        elif self._stack or name in WANTED:
            node = Node(name, {_short(key): value for key, value in attributes.items()})
            if self._stack:
                self._stack[-1].children.append(node)
            self._stack.append(node)
            self._count += 1
        elif name in AROUND or ":" not in name:
            for key, value in attributes.items():
                if (short := _short(key)) in WANTED:
                    self.nodes.setdefault(short, Node(short, {}, value))
        else:
            self._skipped = 1

    def data(self, text: str) -> None:
        if self._stack and not self._skipped and len(self._stack[-1].text) < 8 * PARAGRAPH:
            self._stack[-1].text += text

    def end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._stack:
            node = self._stack.pop()
            if not self._stack:
                self.nodes.setdefault(node.name, node)

    def close(self) -> None:
        """What is still open when a packet breaks off counts as far as it goes."""
        if self._stack:
            self.nodes.setdefault(self._stack[0].name, self._stack[0])


def _short(tag: str) -> str:
    """`{http://purl.org/dc/elements/1.1/}title` as `dc:title`; other namespaces as `?:name`."""
    if not tag.startswith("{"):
        return tag
    uri, _, name = tag[1:].partition("}")
    return f"{PREFIXES.get(uri, '?')}:{name}"


def properties(packet: bytes) -> dict[str, Node]:
    """The wanted properties by name; what comes before the first error counts."""
    text = _to_xml(packet)
    nodes, error = _parse(text, "")
    if error == UNBOUND_PREFIX:
        prefixes = sorted({*_PREFIX.findall(text)} - NAMESPACES.keys() - {"xmlns"})[:MOST_PREFIXES]
        nodes, _ = _parse(text, "".join(f'<wrapper xmlns:{prefix}="urn:unknown:{prefix}">' for prefix in prefixes))
    return nodes


def _parse(text: str, opening: str) -> tuple[dict[str, Node], int]:
    """The properties, and expat's code for the error that ended them."""
    target = _Properties()
    # The wrapper makes a document type a syntax error, and so entities impossible.
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    code = 0
    try:
        parser.feed(_OPENING + opening)
        for start in range(0, len(text), PIECE):
            parser.feed(text[start : start + PIECE])
    except ParseError as error:
        code = error.code
    except (DefusedXmlException, Malformed):
        pass  # what came before counts
    target.close()
    return target.nodes, code


def _to_xml(packet: bytes) -> str:
    """The packet's elements as text: without declaration, padding, and what XML does not allow."""
    text = _decode(packet)
    start, end = text.find("<"), text.rfind(">")
    if start < 0:
        return ""
    return _FORBIDDEN.sub(" ", _DECLARATION.sub("", text[start : end + 1]))


def _decode(packet: bytes) -> str:
    """By the zeros after the first bracket and its offset: byte order marks may be missing, and declarations wrong."""
    start = packet.find(b"<")
    if start < 0:
        return ""
    if packet[start + 1 : start + 2] != b"\0":
        return decode(packet[start:])
    width = 4 if packet[start + 1 : start + 4] == b"\0\0\0" else 2
    if start % width == 0:
        return packet[start:].decode(f"utf-{8 * width}-le", "ignore")
    return packet[max(0, start - width + 1) :].decode(f"utf-{8 * width}-be", "ignore")
