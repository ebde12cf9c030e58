"""What people wrote into the file (title, description, keywords, creator and rights), from XMP and IPTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import IptcImagePlugin
from PIL.ImageFile import ImageFile

DC = "{http://purl.org/dc/elements/1.1/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
MAX_TEXT_LENGTH = 2000  # characters
MAX_KEYWORDS = 50

# IPTC-IIM: record 2, data set number.
HEADLINE, CAPTION, KEYWORDS, BYLINE, COPYRIGHT, CHARACTERS = (2, 105), (2, 120), (2, 25), (2, 80), (2, 116), (1, 90)
UTF8 = b"\x1b%G"


@dataclass(frozen=True, kw_only=True)
class EmbeddedMetadata:
    """The texts in the file; empty if it holds none."""

    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    creator: str = ""
    rights: str = ""


def read_metadata(picture: ImageFile) -> EmbeddedMetadata:
    """Read XMP, and IPTC for what XMP lacks. Damaged metadata counts as none."""
    xmp, iptc = _xmp(picture.info.get("xmp")), _iptc(picture)
    return EmbeddedMetadata(
        title=xmp.title or iptc.title,
        description=xmp.description or iptc.description,
        keywords=xmp.keywords or iptc.keywords,
        creator=xmp.creator or iptc.creator,
        rights=xmp.rights or iptc.rights,
    )


def _xmp(packet: Any) -> EmbeddedMetadata:
    if not isinstance(packet, bytes | str) or not packet:
        return EmbeddedMetadata()
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else packet
    try:
        tree = fromstring(text.strip("\0 \r\n\ufeff"))
    except (ParseError, DefusedXmlException, ValueError):
        return EmbeddedMetadata()
    return EmbeddedMetadata(
        title=_first(tree, f"{DC}title"),
        description=_first(tree, f"{DC}description"),
        keywords=_unique_keywords(_items(tree, f"{DC}subject")),
        creator=", ".join(_items(tree, f"{DC}creator"))[:MAX_TEXT_LENGTH],
        rights=_first(tree, f"{DC}rights") or _first(tree, f"{RIGHTS}UsageTerms"),
    )


def _items(tree: Element, name: str) -> list[str]:
    """The entries of an XMP bag, sequence or language alternative."""
    texts = [entry.text or "" for node in tree.iter(name) for entry in node.iter(f"{RDF}li")]
    return [clean for text in texts if (clean := _clean(text))]


def _first(tree: Element, name: str) -> str:
    return next(iter(_items(tree, name)), "")


def _iptc(picture: ImageFile) -> EmbeddedMetadata:
    try:
        info: Mapping[tuple[int, int], Any] = IptcImagePlugin.getiptcinfo(picture) or {}
    except MemoryError:
        raise
    except Exception:  # a damaged block raises anything from SyntaxError to struct.error
        return EmbeddedMetadata()
    encoding = "utf-8" if info.get(CHARACTERS) == UTF8 else "latin-1"
    texts = {key: _decode_values(info.get(key), encoding) for key in (HEADLINE, CAPTION, KEYWORDS, BYLINE, COPYRIGHT)}
    return EmbeddedMetadata(
        title=" ".join(texts[HEADLINE]),
        description=" ".join(texts[CAPTION]),
        keywords=_unique_keywords(texts[KEYWORDS]),
        creator=", ".join(texts[BYLINE]),
        rights=" ".join(texts[COPYRIGHT]),
    )


def _decode_values(value: Any, encoding: str) -> list[str]:
    """The values of one data set as text; many programs write UTF-8 without declaring it."""
    values = value if isinstance(value, list) else [value]
    texts = []
    for each in values:
        if isinstance(each, bytes):
            try:
                texts.append(_clean(each.decode("utf-8")))
            except UnicodeDecodeError:
                texts.append(_clean(each.decode(encoding, "replace")))
    return [text for text in texts if text]


def _unique_keywords(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:MAX_KEYWORDS]


def _clean(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_TEXT_LENGTH]
