"""
Filters by a few words, whatever accents they or the words of a photo have: `zurich` finds `Zürich`, and the reverse.

No analyzer of the fields takes accents away, and one cannot change in place. So beside the words as they are typed,
the filter looks for terms of which each letter may be any that folds to it, by a regular expression of the full
Lucene syntax. Only the terms of these few fields are compared with it, not the photos.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.search.folding import fold_text, text_tokens
from shared.search.odata import quoted_spellings, string_literal

LETTERS = range(0xC0, 0x2000)  # of scripts with accents: Latin, Greek, Cyrillic, Arabic
SMALL_LETTERS = ("Ll", "Lo")  # and those of scripts that have no capitals
MARKS = "[\u0300-\u036f]*"  # an accent beside its letter, as macOS writes it
MAX_LENGTH, MAX_WORDS = 100, 10  # of a text for which other spellings are looked for


def holds_words(text: str, fields: Sequence[str]) -> str:
    """Photos of which one of the fields holds these words in a row, or with other accents; empty without words."""
    names = ",".join(fields)
    if not (phrases := quoted_spellings(text)):
        return ""
    clause = f"search.ismatch({string_literal(phrases)}, '{names}')"
    words = text_tokens(text)
    if not words or len(text) > MAX_LENGTH or len(words) > MAX_WORDS:
        return clause
    patterns = " ".join(f"+/{_pattern(word)}/" for word in words)
    spellings = " OR ".join(f"{field}:({patterns})" for field in fields)
    return f"({clause} or search.ismatch({string_literal(spellings)}, '{names}', 'full', 'all'))"


def _pattern(word: str) -> str:
    """What matches every term that folds to this word, of letters and digits alone."""
    return _parts().sub(lambda match: _choice(match[0]), word)


def _choice(part: str) -> str:
    letters = _letters().get(part, "")
    if len(part) == 1:
        return f"[{part}{letters}]{MARKS}" if letters else part
    return f"({''.join(map(_choice, part))}|[{letters}])" if letters else part


@functools.cache
def _letters() -> Mapping[str, str]:
    """The letters that fold to one or two others, by these: of `a` they are `à`, `á` and so on, of `ss` `ß`."""
    letters: defaultdict[str, str] = defaultdict(str)
    for letter in map(chr, LETTERS):
        folded = fold_text(letter)
        if unicodedata.category(letter) in SMALL_LETTERS and folded != letter and folded.isalpha():
            letters[folded] += letter
    return dict(letters)


@functools.cache
def _parts() -> re.Pattern[str]:
    longest_first = sorted(_letters(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
