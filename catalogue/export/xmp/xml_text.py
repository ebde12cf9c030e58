"""Elements of XML as text, with the prefixes that people know; ElementTree would call strange ones `ns0`."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "cwyp": "urn:x-chat-with-your-photos:1.0#",
    "cwypField": "urn:x-chat-with-your-photos:fields:1.0#",
}
XML = "http://www.w3.org/XML/1998/namespace"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
RETURN = {"\r": "&#13;"}  # a bare one is read as a newline


def qualified(name: str) -> str:
    """`dc:title` as ElementTree names it: `{http://purl.org/dc/elements/1.1/}title`."""
    prefix, _, local = name.partition(":")
    return f"{{{XML if prefix == 'xml' else NAMESPACES[prefix]}}}{local}"


def allowed(text: str) -> str:
    """The text without the characters that XML has no way to write."""
    return FORBIDDEN.sub("", text)


def to_text(root: Element, prefixes: Mapping[str, str]) -> str:
    """The element as XML; `prefixes` are those of a file by their addresses, and every other address gets one."""
    names = dict(prefixes)
    for uri in _addresses(root):
        if uri not in names:
            names[uri] = _free_prefix(uri, names)
    used = {uri: names[uri] for uri in _addresses(root) if uri != XML}
    names[XML] = "xml"
    declarations = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in used.items())
    return "".join(_written(root, names, declarations))


def _addresses(root: Element) -> dict[str, None]:
    tags = (name for each in root.iter() for name in (each.tag, *each.attrib))
    return dict.fromkeys(name[1:].partition("}")[0] for name in tags if name.startswith("{"))


def _free_prefix(uri: str, names: Mapping[str, str]) -> str:
    taken = set(names.values())
    wanted = next((prefix for prefix, each in NAMESPACES.items() if each == uri), "ns")
    candidates = [wanted, *(f"{wanted}{number}" for number in range(1, len(taken) + 2))]
    return next(each for each in candidates if each not in taken)


def _written(element: Element, names: Mapping[str, str], declarations: str = "") -> Iterator[str]:
    name = _short(element.tag, names)
    attributes = "".join(f" {_short(key, names)}={quoteattr(value)}" for key, value in element.attrib.items())
    text = escape(element.text or "", RETURN)
    if not text and not len(element):
        yield f"<{name}{declarations}{attributes}/>"
    else:
        yield f"<{name}{declarations}{attributes}>{text}"
        for child in element:
            yield from _written(child, names)
        yield f"</{name}>"
    yield escape(element.tail or "", RETURN)


def _short(tag: str, names: Mapping[str, str]) -> str:
    if not tag.startswith("{"):
        return tag
    uri, _, local = tag[1:].partition("}")
    return f"{names[uri]}:{local}"
