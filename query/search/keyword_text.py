"""The words of a search as the simple query syntax takes them, with what else they may be written as."""

import re
import unicodedata

from query.search.query_text import escape_operators, significant_words
from shared.search.folding import is_unspaced, pairs, runs, word_forms

KATAKANA, HIRAGANA, KOREAN = "\u30a1-\u30ff\u31f0-\u31ff", "\u3040-\u309f", "\uac00-\ud7af"
SCRIPTS = re.compile(rf"[{KATAKANA}]+|[{HIRAGANA}]+|[{KOREAN}]+|[^{KATAKANA}{HIRAGANA}{KOREAN}]+")
PARTICLE = re.compile(rf"[{HIRAGANA}]")
WITH_PARTICLES = re.compile(rf"[{KOREAN}]")
MAX_PHRASE = 4  # signs of a script without spaces that are taken for one word
MAX_TERMS = 500  # of a search; the service refuses one of more than 1,024 clauses
MAX_PAIRS = 50  # of one word

Spellings = list[str]  # of one word, as the syntax takes them


def any_words_text(words: str) -> str:
    """The text for a search in which any word is enough; plain words in ASCII stay as they are."""
    if words.isascii():
        return escape_operators(words)
    pieces = unicodedata.normalize("NFC", words).split()
    texts = [text for piece in pieces for spellings in _words(piece) for text in spellings]
    return " ".join(list(dict.fromkeys(texts))[:MAX_TERMS])


def all_words_text(words: str) -> str:
    """The text for a search that needs every significant word, in any of its spellings."""
    pieces = significant_words(unicodedata.normalize("NFC", words))
    choices = [spellings for piece in pieces for spellings in _words(piece)]
    return " ".join(each[0] if len(each) == 1 else f"({'|'.join(each)})" for each in choices)


def _words(piece: str) -> list[Spellings]:
    """What stands between two spaces: one word, or, of a script without spaces, what is taken for its words."""
    parts = [] if piece.isascii() else runs(piece)
    if any(is_unspaced(run) for run in parts):
        return [word for run in parts for word in (_unspaced_words(run) if is_unspaced(run) else _words(run))]
    return [[escape_operators(piece), *(form for run in parts for form in word_forms(run))]]


def _unspaced_words(run: str) -> list[Spellings]:
    """The words of a sentence as far as a change of scripts tells. A single hiragana is a particle."""
    words = [word for word in SCRIPTS.findall(run) if len(word) > 1 or not PARTICLE.match(word)]
    return [_spellings(word) for word in words or [run]]


def _spellings(word: str) -> Spellings:
    """
    A short word is a phrase, of its signs and of pairs of them, which are how it is indexed; of a longer one, and of a
    Korean one, which may end in particles, any pair is enough.
    """
    neighbours = pairs(word)
    phrases = [f'"{word}"', *([f'"{" ".join(neighbours)}"'] if neighbours else [])]
    if len(word) > MAX_PHRASE:
        return [f'"{pair}"' for pair in neighbours[:MAX_PAIRS]]
    return [*phrases, *neighbours] if WITH_PARTICLES.match(word) else phrases
