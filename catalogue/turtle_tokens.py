"""The tokens of Turtle, as its grammar has them (https://www.w3.org/TR/turtle/#sec-grammar)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
LETTER += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
CHARACTER = f"{LETTER}_\\-0-9\u00b7\u0300-\u036f\u203f\u2040"
PREFIX = f"(?:[{LETTER}](?:[{CHARACTER}.]*[{CHARACTER}])?)?:"
IN_LOCAL = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
ECHAR = rf"\\[tbnrf\"'\\]|{UCHAR}"
TOKENS = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in {
            "space": r"(?:[ \t\r\n]+|#[^\r\n]*)+",
            "iri": rf"<(?:[^\x00-\x20<>\"{{}}|^`\\]|{UCHAR})*>",
            "long": rf'"""(?:"{{0,2}}(?:[^"\\]|{ECHAR}))*"""|\'\'\'(?:\'{{0,2}}(?:[^\'\\]|{ECHAR}))*\'\'\'',
            "text": rf"\"(?:[^\"\\\r\n]|{ECHAR})*\"|'(?:[^'\\\r\n]|{ECHAR})*'",
            "directive": r"@(?:prefix|base)\b|(?i:prefix|base)(?=[ \t\r\n<])",
            "language": r"@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*",
            "blank": f"_:[{LETTER}_0-9](?:[{CHARACTER}.]*[{CHARACTER}])?",
            "name": f"{PREFIX}(?:(?:[{LETTER}_:0-9]|{IN_LOCAL})(?:(?:[{CHARACTER}.:]|{IN_LOCAL})*"
            f"(?:[{CHARACTER}:]|{IN_LOCAL}))?)?",
            "number": r"[+-]?(?:[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)",
            "word": r"(?:true|false|a)(?![\w:.-])|(?:true|false)(?=\.)",
            "sign": r"\^\^|[.;,()\[\]]",
        }.items()
    )
)


class Token(NamedTuple):
    """A token, of which kind it is, and where it begins; at the end of the text its kind is empty."""

    kind: str
    text: str
    position: int


def fault(text: str, position: int, message: str) -> ValueError:
    """What is wrong where."""
    return ValueError(f"line {text.count(chr(10), 0, position) + 1}: {message}")


def scan(text: str) -> Iterator[Token]:
    """The tokens of a text, without what is between them; ValueError names the line at fault."""
    position = 0
    while position < len(text):
        match = TOKENS.match(text, position)
        if match is None:
            raise fault(text, position, f"{text[position : position + 20]!r} is not expected here")
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match[0], position)
        position = match.end()
