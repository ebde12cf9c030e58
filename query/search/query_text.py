"""The words of a search: phrases in quotes, operators taken literally, and how much the vector counts."""

import re
import unicodedata

from shared.search.folding import INDIC, MARKS, SOUTH_EAST_ASIAN

PHRASE = re.compile(r'"([^"]{2,200})"|“([^”]{2,200})”|„([^“”]{2,200})[“”]|«\s?([^»]{2,200}?)\s?»')
OPERATORS = re.compile(r'([+\-|()*~"\\])')
WORD = re.compile(rf"[\w{MARKS}{INDIC}{SOUTH_EAST_ASIAN}]+(?:['\u2019]\w+)?")
# An invoice number, a file name, a number plate: letters with digits, or a long number. Meaning is no help.
IDENTIFIER = re.compile(
    r"\b(?=[\w.-]*[^\W\d])[\w.-]*\d[\w.-]*\d[\w.-]*|\b\d{5,}\b|\b\w+\.(?:jpe?g|png|heic|webp|tiff?|gif)\b",
    re.IGNORECASE,
)
SHARE_BY_LENGTH = (0.5, 0.4, 0.5, 0.7, 0.7)  # of meaning in a fused score, for so many significant words
SENTENCE_SHARE, IDENTIFIER_SHARE = 0.8, 0.3
WEIGHT_BY_LENGTH = (1.0, 0.6, 1.5, 6.0, 30.0)  # the best weight for so many significant words
# What Lucene's analyzer for English leaves out as well.
STOP_WORDS = frozenset(
    WORD.findall(
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with"
    )
)


def split_phrases(text: str) -> tuple[str, list[str]]:
    """
    The words to search by meaning, and the phrases in quotes, which must occur exactly as they are.

    Punctuation alone is no word; a symbol such as an emoji is.
    """
    phrases = [next(group for group in groups if group).strip() for groups in PHRASE.findall(text)]
    words = PHRASE.sub(lambda match: f" {match[0][1:-1]} ", text)
    has_words = any(unicodedata.category(each)[0] in "LNM" or unicodedata.category(each) == "So" for each in words)
    return " ".join(words.split()) if has_words else "", [phrase for phrase in phrases if phrase]


def escape_operators(text: str) -> str:
    """The text for the simple query syntax, with its operators taken literally."""
    return OPERATORS.sub(r"\\\1", text)


def significant_words(text: str) -> list[str]:
    """The words in lower case without stop words; all of them if nothing else is left."""
    words = [word.lower() for word in WORD.findall(text)]
    return [word for word in words if word not in STOP_WORDS] or words


def vector_weight(text: str, max_weight: float) -> float:
    """
    How many times as much as the keywords the vector counts in rank fusion.

    Keywords find what somebody names in a word or two, vectors find what somebody describes. The best weight
    grows with every significant word (`python -m benchmarks retrieval` shows it by length). Sentences, also in
    another language than the captions, are ranked by the vector, and keywords only settle near ties: from a weight
    of 61 on, the best keyword hit (1/60) cannot take the vector's first place (61/60 against 61/61 and 1/60).
    """
    if IDENTIFIER.search(text):
        return min(1.0, max_weight)
    count = len(significant_words(text))
    return min(WEIGHT_BY_LENGTH[count], max_weight) if count < len(WEIGHT_BY_LENGTH) else max_weight


def meaning_share(text: str, max_weight: float) -> float:
    """How much of a sum of both scores the vector gets, 0 to 1: what is left belongs to the keywords."""
    if IDENTIFIER.search(text):
        share = IDENTIFIER_SHARE
    else:
        count = len(significant_words(text))
        share = SHARE_BY_LENGTH[count] if count < len(SHARE_BY_LENGTH) else SENTENCE_SHARE
    return min(share, max_weight / (1 + max_weight))
