"""Text by strangers made harmless: decoded somehow, one line, no control characters, cut to length."""

import re
import unicodedata
from collections.abc import Iterable

LINE = 250  # characters of a title, a name or a keyword
PARAGRAPH = 2000  # characters of a description or a licence
MOST_VALUES = 100  # keywords, paths or creators of one photo

# Control characters, halves of characters, overrides of direction, invisible tags and what is no character at all.
# Joiners and plain direction marks stay: emoji and Hebrew names have them.
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]+"
)

_CYRILLIC = re.compile(rb"[\xc0-\xff]{4}")


def clean(text: str, longest: int = LINE) -> str:
    """The text on one line, in composed characters, at most `longest` of them."""
    # Cut before the costly steps: a packet may hold a text of megabytes.
    line = " ".join(_UNWANTED.sub(" ", text[: 8 * longest]).split())
    return unicodedata.normalize("NFC", line)[:longest].strip()


def distinct(texts: Iterable[str], longest: int = LINE) -> tuple[str, ...]:
    """The texts cleaned, without blanks and repetitions, in their order."""
    lines = (clean(text, longest) for text in texts)
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_VALUES]


def decode(raw: bytes) -> str:
    """
    Text of an unstated encoding: UTF-8 if it is valid, otherwise one of Windows' code pages.

    No western language has four accented letters in a row, and every Cyrillic one does.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1251" if _CYRILLIC.search(raw) else "cp1252", "replace")
