"""
Values as cells of a spreadsheet, and back.

Spreadsheets take some texts for formulas, numbers, dates or yes and no, and change them on opening. Such a text gets an
apostrophe before it, which comes off when it is read; a text that has one of its own gets another.
"""

import re
from collections.abc import Sequence

ESCAPE = "'"
SEPARATOR = ";"
# What a formula starts with, by OWASP's "CSV Injection", full-width forms included.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - East Asian spreadsheets take these for the others
SAFE_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")  # whole, and not more digits than a double has
NUMBER = re.compile(r"[\s(]*[$€£¥]?\s*\d[\d\s.,:/'%eE+()€$£¥T-]*(?:[ap]\.?m\.?|Z)?\s*", re.IGNORECASE)
MONTH = (
    "(?:jan|jän|ene|gen|feb|fév|mar|mär|mrt|apr|abr|avr|may|mai|mei|mag|jun|jui|giu|jul|lug|aug|ago|aoû|sep|set|oct|okt"
    "|out|ott|nov|dec|dez|déc|dic)[^\\W\\d_]*\\.?"
)
DATE = re.compile(
    rf"\d{{1,4}}[\s.,/-]*{MONTH}[\s.,/-]*(\d{{1,4}}\s*)?|{MONTH}[\s.,/-]*\d{{1,4}}([\s.,/-]+\d{{1,4}}\s*)?",
    re.IGNORECASE,
)
TRUE = {"true", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "waar"}
ITEM = re.compile(r"(?:\\.|[^;])+", re.DOTALL)
CHARACTER = re.compile(r"\\.|.", re.DOTALL)
FALSE = {"false", "falsch", "faux", "falso", "onwaar"}


def escape(text: str) -> str:
    """The text as a cell that a spreadsheet leaves as it is."""
    return ESCAPE + text if _is_escaped(text) else text


def unescape(cell: str) -> str:
    """The text of such a cell. What has an apostrophe and needs none, such as `'tis`, is meant so."""
    return cell[1:] if cell.startswith(ESCAPE) and _is_escaped(cell[1:]) else cell


def _is_escaped(text: str) -> bool:
    return _is_changed_by_spreadsheets(text.lstrip(ESCAPE))


def _is_changed_by_spreadsheets(text: str) -> bool:
    if text.startswith(FORMULA) or text.strip().casefold() in TRUE | FALSE:
        return True
    if SAFE_NUMBER.fullmatch(text) or not any(character.isdecimal() for character in text[:20]):
        return False
    return bool(NUMBER.fullmatch(text) or DATE.fullmatch(text.strip()))


def join_list(values: Sequence[str]) -> str:
    """Several texts in one cell: `red; green`. A semicolon or backslash in one of them gets a backslash before it."""
    return f"{SEPARATOR} ".join(_escape_item(value) for value in values)


def _escape_item(value: str) -> str:
    last = len(value) - 1
    return "".join(
        "\\" + character if character in "\\;" or (character.isspace() and position in {0, last}) else character
        for position, character in enumerate(value)
    )


def split_list(cell: str) -> list[str]:
    """The texts of such a cell; blanks around them and empty ones do not count."""
    return [text for item in ITEM.findall(cell) if (text := _unescape_item(item))]


def _unescape_item(item: str) -> str:
    characters = CHARACTER.findall(item)
    while characters and characters[-1].isspace():
        characters.pop()
    while characters and characters[0].isspace():
        characters.pop(0)
    return "".join(each[1:] if len(each) > 1 else each for each in characters)
