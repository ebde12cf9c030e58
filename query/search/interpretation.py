"""What the words of a search box mean beyond themselves: dates, places, and what a photo must not have."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from query.search.dates_in_words import cut, find_dates
from query.search.query_text import IDENTIFIER, PHRASE, STOP_WORDS
from shared.search.folding import fold_text

DATES, PLACES, EXCLUSIONS = "dates", "places", "exclusions"
KINDS = (DATES, PLACES, EXCLUSIONS)
FILE_NAME = re.compile(
    r"[\w)\]]\.(?:jpe?g|jfif|png|hei[cf]|avif|webp|tiff?|gif|bmp|dng|cr[23]|nef|arw|raf|orf|rw2|psd)\b", re.IGNORECASE
)
NOT_A_CODE = re.compile(r"\d{1,2}(?:st|nd|rd|th|er)|\d{4}年.*", re.IGNORECASE)
WORD = r"[^\W\d_][\w'\u2019-]*"
MINUS_WORD = re.compile(rf"(?<!\S)[-\u2212](?P<word>{WORD})")
MINUS_PHRASE = re.compile(rf"(?<!\S)[-\u2212](?P<phrase>{PHRASE.pattern})")
ARTICLE = (
    r"(?:(?:an?|the|any|eine?[nmrs]?|de[nmrs]|die|das|keine?n?|une?|las?|les?|des?|du|un[oa]s?|el|los|ning[uú]na?)\s+"
    r"|l['\u2019])?"
)
WITHOUT = re.compile(
    rf"(?<![\w'\u2019-])(?P<lead>without|not|ohne|sans|sin)\s+{ARTICLE}(?P<word>{WORD})"
    rf"(?P<more>(?:\s*,?\s+(?:or|nor|oder|ou|ni|o)\s+{ARTICLE}{WORD})*)",
    re.IGNORECASE,
)
MORE = re.compile(rf"(?:or|nor|oder|ou|ni|o)\s+{ARTICLE}(?P<word>{WORD})", re.IGNORECASE)
# "not yet printed", "do not enter" and "doing without" name nothing that a photo could lack.
NOT_A_THING = frozenset(
    re.findall(
        WORD,
        "a all an and any as at but even far for from in just many more much of on only or quite really so that the "
        "this to too very with yet",
    )
)
ORDERS = re.compile(r"(?:^|\s)(?:do|does|did|can|could|may|must|shall|should|will|would)\s+$", re.IGNORECASE)
MAX_PLACE_WORDS = 4
# Places whose names are words as well: in small letters they need a preposition.
COMMON_WORDS = frozenset(
    re.findall(
        WORD,
        "bath best bra china essen georgia hull jordan male mars mobile moss nancy nice normal of orange paradise "
        "reading sale salt split tours turkey victoria wells young",
    )
)
PREPOSITION = re.compile(r"(?:^|\s)(?:in|at|near|from|bei|aus|nach|à|a|en|de|cerca de)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Interpretation:
    """
    The words that are left to search by, and the filters that the others mean.

    `meaning` still has what is to be missing, as in "a man without a hat": a model knows what that looks like.
    """

    q: str
    meaning: str
    filters: Mapping[str, Any] = field(default_factory=dict)


def interpret(text: str, kinds: Collection[str] = KINDS, places: Mapping[str, str] | None = None) -> Interpretation:
    """
    Read the text of a search box; `places` has the names of places, folded by `fold_text`, as facets spell them.

    What is in quotes and what looks like a code stay as they are, and nothing is read into the name of a file.
    """
    if FILE_NAME.search(text):
        return Interpretation(text, text)
    filters: dict[str, Any] = {}
    dropped: list[tuple[int, int]] = []  # spans that are no words to search by
    unwanted: list[tuple[int, int]] = []  # spans that only keywords must not see
    masked = _mask(text)
    if EXCLUSIONS in kinds:
        words, dropped, unwanted = _exclusions(text, masked)
        filters |= {"without": words} if words else {}
        masked = _blank(masked, [*dropped, *unwanted])
    if DATES in kinds:
        dates = find_dates(masked)
        for date in dates:
            filters |= date.filters
        spans = [(date.start, date.end) for date in dates]
        dropped, masked = [*dropped, *spans], _blank(masked, spans)
    if PLACES in kinds and places and (place := _place(masked, places)):
        filters["place"] = place
    return Interpretation(cut(text, [*dropped, *unwanted]), cut(text, dropped), filters)


def place_candidates(text: str) -> list[str]:
    """The words of a text that may belong to the name of a place."""
    words = [] if FILE_NAME.search(text) else re.findall(WORD, _mask(text))
    return [word for word in words if word.lower() not in STOP_WORDS]


def _mask(text: str) -> str:
    """The text with everything in quotes and every code blotted out, character by character."""
    codes = [match.span() for match in IDENTIFIER.finditer(text) if not NOT_A_CODE.fullmatch(match[0])]
    return _blank(text, [*(match.span() for match in PHRASE.finditer(text)), *codes])


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _exclusions(text: str, masked: str) -> tuple[list[str], list[tuple[int, int]], list[tuple[int, int]]]:
    """What a photo must not have, where that is said as `-word`, and where in a sentence."""
    minus = [(match.span(), _phrase_in(match)) for match in MINUS_PHRASE.finditer(text)]
    minus += [(match.span(), match["word"]) for match in MINUS_WORD.finditer(masked)]
    sentences = [match for match in WITHOUT.finditer(masked) if _names_something(match, masked)]
    words = [word for _, word in minus]
    for match in sentences:
        words += [match["word"], *(more["word"] for more in MORE.finditer(match["more"]))]
    return (
        list(dict.fromkeys(word.strip("'\u2019-").lower() for word in words)),
        [span for span, _ in minus],
        [match.span() for match in sentences],
    )


def _phrase_in(match: re.Match[str]) -> str:
    return " ".join(match["phrase"][1:-1].split())


def _names_something(match: re.Match[str], text: str) -> bool:
    if match["word"].lower() in NOT_A_THING:
        return False
    return match["lead"].lower() != "not" or not ORDERS.search(text[: match.start()])


def _place(text: str, places: Mapping[str, str]) -> str:
    """The longest name of a place in the text, the first of several; empty if there is none."""
    words = list(re.finditer(WORD, text))
    for count in range(min(MAX_PLACE_WORDS, len(words)), 0, -1):
        for first, last in zip(words, words[count - 1 :], strict=False):
            name = places.get(fold_text(text[first.start() : last.end()]))
            if name and not (count == 1 and _is_common_word(first, text)):
                return name
    return ""


def _is_common_word(match: re.Match[str], text: str) -> bool:
    return match[0] in COMMON_WORDS and not PREPOSITION.search(text[: match.start()])
