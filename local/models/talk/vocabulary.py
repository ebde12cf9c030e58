"""The same thing in other words: synonyms and four languages, for what is often in photos."""

from __future__ import annotations

import functools
from pathlib import Path

from local.models.talk.lexicon import CODES

TABLE = Path(__file__).parent / "lexicon" / "words.tsv"
ENDINGS = frozenset(
    ["", "s", "es", "e", "en", "n", "er", "ern", "ing", "ed", "d", "x", "y", "ies", "in", "innen", "a", "o", "os", "as"]
)


@functools.cache
def entries() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The rows of the table: for each language its words for one thing."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(tuple(tuple(cell.split("|")) for cell in line.split("\t")) for line in lines)


@functools.cache
def meanings(term: str, code: str) -> tuple[str, ...]:
    """The term and what it is called in English, its synonyms included: "Hunde" are "hunde", "dog", "puppy"."""
    found = [row[0] for row in entries() if any(alike(term, word) for word in row[CODES.index(code)])]
    return tuple(dict.fromkeys([term, *(word for words in found for word in words)]))


def translated(term: str, code: str) -> str:
    """The term and, unless it is English, its English word."""
    english = meanings(term, code)
    return term if code == "en" or len(english) == 1 else f"{term} {english[1]}"


def colors(term: str, code: str) -> tuple[str, ...]:
    """The plain colour names a term means."""
    return tuple(word for word in meanings(term, code) if word in COLORS)


COLORS = frozenset("red orange yellow green blue purple pink brown black white gray turquoise beige".split())  # noqa: SIM905


def alike(one: str, other: str) -> bool:
    """Whether two words are the same up to a common ending."""
    if one == other:
        return True
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= 3 and one[common:] in ENDINGS and other[common:] in ENDINGS
