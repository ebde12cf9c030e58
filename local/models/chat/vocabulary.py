"""Synonyms and translations, in four languages, of what is often in photos."""

import functools
from pathlib import Path

from local.models.chat.lexicon import LANGUAGE_CODES

TRANSLATIONS_PATH = Path(__file__).parent / "lexicon" / "translations.tsv"
# Endings of plurals, cases and verb forms.
ENDINGS = frozenset(
    ["", "s", "es", "e", "en", "n", "er", "ern", "ing", "ed", "d", "x", "y", "ies", "in", "innen", "a", "o", "os", "as"]
)


@functools.cache
def _translation_rows() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The rows of the table: in each row, for each language, the words for one thing."""
    lines = TRANSLATIONS_PATH.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(tuple(tuple(cell.split("|")) for cell in line.split("\t")) for line in lines)


@functools.cache
def english_meanings(term: str, code: str) -> tuple[str, ...]:
    """The term and its English synonyms: "hunde" gives "hunde", "dog" and "puppy"."""
    return meanings_in("en", term, code)


@functools.cache
def meanings_in(target: str, term: str, code: str) -> tuple[str, ...]:
    """The term, of the language `code`, and what it means in another language."""
    column, source = LANGUAGE_CODES.index(target), LANGUAGE_CODES.index(code)
    rows = [row[column] for row in _translation_rows() if any(same_stem(term, word) for word in row[source])]
    return tuple(dict.fromkeys([term, *(word for synonyms in rows for word in synonyms)]))


def with_meaning_in(target: str, term: str, code: str) -> str:
    """The term, followed by its word in another language if it is not of that."""
    meanings = meanings_in(target, term, code)
    return term if code == target or len(meanings) == 1 else f"{term} {meanings[1]}"


def same_stem(word: str, other: str) -> bool:
    """Whether two words differ by no more than a common ending."""
    if word == other:
        return True
    common = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    return common >= 3 and word[common:] in ENDINGS and other[common:] in ENDINGS
