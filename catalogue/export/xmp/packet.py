"""
A packet of XMP: a new one of a photo's properties, or a file's own with these in it.

Everything else in a file's packet stays as it is, whoever wrote it. A property of ours replaces the file's where the
two differ, but keeps translations into other languages, and the end of a text of which the index has the beginning.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from catalogue.export.xmp.properties import PLACES, Property
from catalogue.export.xmp.xml_text import qualified, to_text

BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
END = '\n<?xpacket end="w"?>'
RDF, DESCRIPTION, ABOUT = (qualified(f"rdf:{name}") for name in ("RDF", "Description", "about"))
LANGUAGE, ITEM = qualified("xml:lang"), qualified("rdf:li")
# A file tells more of them than the index: they have further fields, or more decimals.
KEPT = {*PLACES, "exif:GPSLatitude", "exif:GPSLongitude"}
CUT = 300  # characters from which on a text of the index may be the beginning of a longer one
INSTRUCTION = re.compile(r"<\?.*?\?>", re.DOTALL)


class UnreadablePacket(Exception):
    """A file's own packet isn't sound, so that nothing can be added to it without a loss."""


def new_packet(properties: Sequence[Property]) -> bytes:
    """A packet of its own, which is what an `.xmp` file is."""
    root = Element(qualified("x:xmpmeta"))
    description = SubElement(SubElement(root, RDF), DESCRIPTION, {ABOUT: ""})
    for each in properties:
        if not each.is_empty:
            description.append(each.element())
    return _wrapped(to_text(root, {}))


def merged_packet(packet: bytes, properties: Sequence[Property]) -> bytes:
    """The packet of a file with these properties in it; UnreadablePacket if it isn't sound XMP."""
    root, prefixes = _parse(packet)
    rdf = root if root.tag == RDF else root.find(RDF)
    if rdf is None:
        raise UnreadablePacket("no RDF")
    descriptions = rdf.findall(DESCRIPTION)
    if not descriptions:
        descriptions = [SubElement(rdf, DESCRIPTION, {ABOUT: ""})]
    for each in properties:
        _set(each, descriptions)
    return _wrapped(to_text(root, prefixes))


def _wrapped(xml: str) -> bytes:
    return (BEGIN + xml + END).encode()


def _parse(packet: bytes) -> tuple[Element, dict[str, str]]:
    """The root, and the prefixes of the packet by their addresses."""
    prefixes: dict[str, str] = {}
    root: Element | None = None
    try:
        for event, each in iterparse(BytesIO(_xml(packet)), events=("start-ns", "start"), forbid_dtd=True):
            if event == "start-ns":
                prefix, uri = each
                if prefix and prefix not in prefixes.values():
                    prefixes.setdefault(uri, prefix)
            elif root is None:
                root = each
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadablePacket(str(error)) from error
    if root is None:
        raise UnreadablePacket("empty")
    return root, prefixes


def _xml(packet: bytes) -> bytes:
    """The elements as UTF-8, without the packet's wrapper, its padding, and zeros after it."""
    encoding = "utf-16" if packet[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    try:
        text = packet.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadablePacket(str(error)) from error
    return INSTRUCTION.sub("", text.strip("\ufeff\0 \t\r\n")).strip().encode()


def _set(ours: Property, descriptions: Sequence[Element]) -> None:
    """Give the packet this property, unless what it has says the same or more."""
    name = qualified(ours.name)
    theirs = next((each for description in descriptions for each in description.findall(name)), None)
    shorthand = next((text for description in descriptions if (text := description.get(name)) is not None), None)
    if not ours.by_person and _is_said(ours, theirs, shorthand):
        return
    others = _other_languages(theirs) if theirs is not None and ours.kind == "alternatives" else []
    for description in descriptions:
        description.attrib.pop(name, None)
        for each in description.findall(name):
            description.remove(each)
    if not ours.is_empty:
        element = ours.element()
        if others:
            element[0].extend(others)
        descriptions[0].append(element)


def _is_said(ours: Property, theirs: Element | None, shorthand: str | None) -> bool:
    if ours.name in KEPT:
        return theirs is not None or shorthand is not None
    texts = [shorthand] if shorthand is not None else list(_texts(theirs)) if theirs is not None else []
    if ours.kind in {"text", "alternatives"}:
        return bool(texts) and _says(_plain(texts[0]), _plain(ours.values[0]), ours.name)
    return [_plain(each) for each in texts] == [_plain(each) for each in ours.values]


def _says(theirs: str, ours: str, name: str) -> bool:
    """Whether their text is ours, or more of it: the index keeps no fractions of seconds and no longer texts."""
    if name == "photoshop:DateCreated":
        return theirs.startswith(ours[:19])
    return theirs == ours or (len(ours) >= CUT and theirs.startswith(ours))


def _texts(element: Element) -> Iterator[str]:
    """The values of a property, that of the default language first."""
    items = list(element.iter(ITEM))
    items.sort(key=lambda each: each.get(LANGUAGE, "").lower() != "x-default")
    yield from ("".join(each.itertext()) for each in items or [element])


def _other_languages(element: Element) -> list[Element]:
    return [each for each in element.iter(ITEM) if each.get(LANGUAGE, "x-default").lower() != "x-default"]


def _plain(text: str) -> str:
    return " ".join(text.split())
