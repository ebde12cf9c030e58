"""The words of a search: phrases in quotes, operators at face value, and how much weight the vector gets."""

import re

PHRASE = re.compile(r'"([^"]{2,200})"|“([^”]{2,200})”|„([^“”]{2,200})[“”]|«\s?([^»]{2,200}?)\s?»')
OPERATORS = re.compile(r'([+\-|()*~"\\])')
WORD = re.compile(r"\w+(?:['\u2019]\w+)?")
# An invoice number, a file name, a car's plate: letters with digits, or a long number. Meaning is no help.
IDENTIFIER = re.compile(
    r"\b(?=[\w.-]*[^\W\d])[\w.-]*\d[\w.-]*\d[\w.-]*|\b\d{5,}\b|\b\w+\.(?:jpe?g|png|heic|webp|tiff?|gif)\b",
    re.IGNORECASE,
)
BY_LENGTH = (1.0, 0.6, 1.5, 6.0, 30.0)  # the best weight for so many telling words
# What Lucene's analyzer for English leaves out as well.
SMALL = frozenset(
    WORD.findall(
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with"
    )
)


def split_phrases(text: str) -> tuple[str, list[str]]:
    """The words to search by meaning, and the phrases in quotes, which must stand just so."""
    phrases = [next(part for part in found if part).strip() for found in PHRASE.findall(text)]
    words = PHRASE.sub(lambda found: f" {found[0][1:-1]} ", text)
    return " ".join(words.split()), [phrase for phrase in phrases if phrase]


def escaped(text: str) -> str:
    """Words for the simple query syntax with its operators taken at face value."""
    return OPERATORS.sub(r"\\\1", text)


def telling(text: str) -> list[str]:
    """The words that say something, small ones left out; all of them if that leaves none."""
    words = [word.lower() for word in WORD.findall(text)]
    return [word for word in words if word not in SMALL] or words


def vector_weight(text: str, most: float) -> float:
    """
    How many times as much as the keywords the vector counts in rank fusion, at most `most`.

    Keywords find what somebody names in a word or two, vectors what somebody describes: the best weight
    grows with every telling word (`python -m benchmarks retrieval` shows it by length), so that sentences,
    also in another language than the captions, go by the vector and keywords only settle near ties.
    """
    if IDENTIFIER.search(text):
        return min(1.0, most)
    count = len(telling(text))
    return min(BY_LENGTH[count], most) if count < len(BY_LENGTH) else most
