"""
What stands in for the service's analyzers of languages without spaces, whose dictionaries we do not have.

A run of their signs becomes all pairs of neighbours, as Lucene's CJK analyzer does it; other words are terms in small
letters. So a word is found inside a longer one, and now and then across the border of two.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LANGUAGES = frozenset({"ja", "ko", "th", "zh-hans", "zh-hant"})
UNSPACED = (
    "\u0e00-\u0e7f\u3005\u3006\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
RUN = re.compile(rf"(?P<unspaced>[{UNSPACED}]+)|(?:(?![{UNSPACED}])\w)+")


@dataclass(frozen=True)
class PairToken:
    """A term, which one it is, and where it comes from: as a token of tantivy says it."""

    text: str
    position: int
    char_offset_from: int
    char_offset_to: int


@dataclass(frozen=True)
class PairTokens:
    """The tokens of a text, in order."""

    tokens: list[PairToken]


@dataclass(frozen=True)
class PairAnalyzer:
    """Has the methods of tantivy's analyzers that are used here."""

    def pre_tokenize(self, text: str) -> PairTokens:
        """The terms of a text with their places in it."""
        return PairTokens(
            [
                PairToken(unicodedata.normalize("NFKC", text[start:end]).lower(), position, start, end)
                for position, (start, end) in enumerate(_spans(text))
            ]
        )

    def analyze(self, text: str) -> list[str]:
        """The terms of a text."""
        return [token.text for token in self.pre_tokenize(text).tokens]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for run in RUN.finditer(text):
        start, end = run.span()
        if run["unspaced"] and end - start > 2:
            yield from ((at, at + 2) for at in range(start, end - 1))
        else:
            yield start, end
