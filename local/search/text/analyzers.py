"""
Analyzers: text in, terms with positions and offsets out, by the service's names.

tantivy does the work. This module says which tokenizer and filters stand for which name, and refuses names that are
unknown (400) or cannot be imitated (501).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from local.search.errors import InvalidParameterError, UnsupportedFeatureError
from local.search.text.pair_analyzer import LANGUAGES, PairAnalyzer, PairToken

DEFAULT = "standard.lucene"

# Unicode's word rules as far as a regular expression goes: letters hold together over an inner dot,
# colon or apostrophe, digits over a dot or comma, and every Han or Hiragana sign is a word.
LETTERS = r"(?:[\p{L}\p{M}--\p{Han}--\p{Hiragana}]+(?:[.:·'\u2019][\p{L}\p{M}--\p{Han}--\p{Hiragana}]+)*)"
DIGITS = r"(?:\p{Nd}+(?:[.,;'\u2019]\p{Nd}+)*)"
WORDS = rf"[\p{{Han}}\p{{Hiragana}}]|(?:{LETTERS}|{DIGITS}|[\p{{Pc}}])+"
LETTER_RUNS = r"\p{L}+"
MAX_TOKEN_LENGTH = 255

LocatedTerm = tuple[str, int, int]  # a term, and where the text it comes from starts and ends
BETWEEN_SPACES = re.compile(r"[^ \n]+")
MAX_CACHED_LENGTH = 60  # characters
MAX_PIECES = 10_000  # of text that are remembered for one search

ENGLISH_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then
there these they this to was will with
"""
ENGLISH_STOPS = ENGLISH_STOP_WORDS.split()

STEMMED_LANGUAGES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pt-br": "portuguese",
    "pt-pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
WITH_STOP_WORDS = {"da", "nl", "fi", "fr", "de", "hu", "it", "no", "nb", "pt-br", "pt-pt", "ru", "es", "sv"}
IMITATED_LANGUAGE_CODES = """
bg bn ca cs et eu fa ga gl gu he hi hr hy id is kn lt lv ml mr ms pa pl sk sl sr-cyrillic sr-latin te uk ur vi
"""
IMITATED_LANGUAGES = frozenset(IMITATED_LANGUAGE_CODES.split())  # by their words as they are written
Analyzer = TextAnalyzer | PairAnalyzer
NORMALIZERS = {"standard", "lowercase", "uppercase", "asciifolding"}
CUSTOM = "#Microsoft.Azure.Search.CustomAnalyzer"


def check_normalizer(name: str) -> None:
    """Refuse a normalizer that does not exist; custom ones are not imitated."""
    if name not in NORMALIZERS:
        raise InvalidParameterError.in_definition(f"The normalizer '{name}' is unknown.")


def check_analyzer(name: str, custom: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse an analyzer that is neither built in nor defined by the index."""
    if name in custom:
        build_custom(custom[name])
    else:
        built_in_analyzer(name)


def find_analyzer(name: str | None, custom: Mapping[str, Mapping[str, Any]]) -> Analyzer:
    """Return the analyzer of that name; None means the service's default."""
    if name is not None and name in custom:
        return build_custom(custom[name])
    return built_in_analyzer(name or DEFAULT)


@lru_cache(maxsize=128)
def built_in_analyzer(name: str) -> Analyzer:
    """Return a built-in analyzer; InvalidParameterError if there is none of that name."""
    lowercase_name = name.lower()
    if lowercase_name in LANGUAGE_NEUTRAL:
        tokenizer, filters = LANGUAGE_NEUTRAL[lowercase_name]
        return build_analyzer(tokenizer, filters)
    language, _, family = lowercase_name.rpartition(".")
    if family in ("lucene", "microsoft") and language in STEMMED_LANGUAGES:
        return build_analyzer(Tokenizer.regex(WORDS), [Filter.lowercase(), *language_filters(language)])
    if family in ("lucene", "microsoft") and language in LANGUAGES:
        return PairAnalyzer()
    if family in ("lucene", "microsoft") and language in IMITATED_LANGUAGES:
        return build_analyzer(*LANGUAGE_NEUTRAL[DEFAULT])
    raise InvalidParameterError.in_definition(f"The analyzer '{name}' is unknown.")


def language_filters(language: str) -> list[Filter]:
    """Return the stop words, then the stemmer, of a language that tantivy knows."""
    filters = []
    if language == "en":
        filters.append(Filter.custom_stopword(ENGLISH_STOPS))
    elif language in WITH_STOP_WORDS:
        filters.append(Filter.stopword(STEMMED_LANGUAGES[language]))
    return [*filters, Filter.stemmer(STEMMED_LANGUAGES[language])]


def build_analyzer(tokenizer: Tokenizer, filters: list[Filter]) -> TextAnalyzer:
    """Build an analyzer; over-long tokens are dropped as in Lucene."""
    builder = TextAnalyzerBuilder(tokenizer)
    for token_filter in filters:
        builder = builder.filter(token_filter)
    return builder.build()


LANGUAGE_NEUTRAL: dict[str, tuple[Tokenizer, list[Filter]]] = {
    "standard": (Tokenizer.regex(WORDS), [Filter.remove_long(MAX_TOKEN_LENGTH), Filter.lowercase()]),
    "standard.lucene": (
        Tokenizer.regex(WORDS),
        [Filter.remove_long(MAX_TOKEN_LENGTH), Filter.lowercase()],
    ),
    "standardasciifolding.lucene": (
        Tokenizer.regex(WORDS),
        [Filter.remove_long(MAX_TOKEN_LENGTH), Filter.lowercase(), Filter.ascii_fold()],
    ),
    "keyword": (Tokenizer.raw(), []),
    "simple": (Tokenizer.regex(LETTER_RUNS), [Filter.lowercase()]),
    "stop": (
        Tokenizer.regex(LETTER_RUNS),
        [Filter.lowercase(), Filter.custom_stopword(ENGLISH_STOPS)],
    ),
    "whitespace": (Tokenizer.whitespace(), []),
}
TOKENIZERS = {
    "standard": WORDS,
    "standard_v2": WORDS,
    "letter": LETTER_RUNS,
    "lowercase": LETTER_RUNS,
    "classic": WORDS,
    "whitespace": r"\S+",
}


def build_custom(raw: Mapping[str, Any]) -> TextAnalyzer:
    """Build a custom analyzer from predefined parts; anything else is not imitated."""
    if raw.get("@odata.type") != CUSTOM or raw.get("charFilters"):
        raise UnsupportedFeatureError(f"the custom analyzer '{raw.get('name')}'")
    name = str(raw.get("tokenizer"))
    if name not in TOKENIZERS and name not in ("keyword", "keyword_v2"):
        raise UnsupportedFeatureError(f"the tokenizer '{name}'")
    tokenizer = Tokenizer.regex(TOKENIZERS[name]) if name in TOKENIZERS else Tokenizer.raw()
    names = raw.get("tokenFilters") or []
    if not isinstance(names, list):
        raise InvalidParameterError.in_definition(f"'tokenFilters' of analyzer '{raw.get('name')}' must be an array.")
    filters = [Filter.lowercase()] if name == "lowercase" else []
    return build_analyzer(tokenizer, filters + [build_token_filter(name) for name in names])


def build_token_filter(name: object) -> Filter:
    """Return one of the predefined token filters that need no settings."""
    match name:
        case "lowercase":
            return Filter.lowercase()
        case "asciifolding":
            return Filter.ascii_fold()
        case "porter_stem" | "snowball" | "stemmer":
            return Filter.stemmer("english")
        case "stopwords":
            return Filter.custom_stopword(ENGLISH_STOPS)
    raise UnsupportedFeatureError(f"the token filter '{name}'")


def locate_terms(analyzer: Analyzer, text: str) -> list[LocatedTerm]:
    """Return the terms of a text and where they are; most tags and words come from the cache."""
    if len(text) <= MAX_CACHED_LENGTH:
        return analyze_cached(analyzer, text)
    if not splits_on_spaces(analyzer):
        return analyze_uncached(analyzer, text)
    return [
        (term, start + match.start(), end + match.start())
        for match in BETWEEN_SPACES.finditer(text)
        for term, start, end in locate_in_piece(analyzer, match[0])
    ]


def term_spans(analyzer: Analyzer, text: str, terms: frozenset[str]) -> list[tuple[int, int]]:
    """Return where a text has one of these terms: most pieces of a text have none, and are not looked at twice."""
    if not splits_on_spaces(analyzer):
        return [(start, end) for term, start, end in locate_terms(analyzer, text) if term in terms]
    return spans_by_piece(text, term_places(analyzer, terms))


def spans_by_piece(text: str, places_of: "TermPlaces") -> list[tuple[int, int]]:
    """The same, for an analyzer whose terms never span a space."""
    spans, position = [], 0
    for piece in text.split(" "):
        if places := places_of[piece]:
            spans += [(position + start, position + end) for _, start, end in places]
        position += len(piece) + 1
    return spans


def terms_in(analyzer: Analyzer, text: str, terms: frozenset[str]) -> frozenset[str]:
    """Return which of these terms a text has, for an analyzer whose terms never span a space."""
    places_by_piece = filter(None, map(term_places(analyzer, terms).__getitem__, text.split()))
    return frozenset(term for places in places_by_piece for term, _, _ in places)


def places_in_piece(analyzer: Analyzer, piece: str, terms: frozenset[str]) -> tuple[LocatedTerm, ...]:
    """Return where a piece of text has one of these terms; nowhere, most of the time."""
    for located in (found := locate_in_piece(analyzer, piece)):
        if located[0] in terms:
            return tuple(each for each in found if each[0] in terms)
    return ()


class TermPlaces(dict[str, tuple[LocatedTerm, ...]]):
    """Where pieces of text between spaces have one of a search's terms, by piece: nowhere, most of the time."""

    def __init__(self, analyzer: Analyzer, terms: frozenset[str]) -> None:
        self._analyzer = analyzer
        self._terms = terms

    def __missing__(self, piece: str) -> tuple[LocatedTerm, ...]:
        if len(self) >= MAX_PIECES:
            self.clear()
        self[piece] = places = places_in_piece(self._analyzer, piece, self._terms)
        return places


@lru_cache(maxsize=128)
def term_places(analyzer: Analyzer, terms: frozenset[str]) -> TermPlaces:
    return TermPlaces(analyzer, terms)


def distinct_terms(analyzer: Analyzer, text: str) -> set[str]:
    """Return the distinct terms of a text, for an analyzer whose terms never span a space."""
    return {term for piece in set(text.split()) for term, _, _ in locate_in_piece(analyzer, piece)}


@lru_cache(maxsize=128)
def splits_on_spaces(analyzer: Analyzer) -> bool:
    """Whether no term spans a space, so that a text can be analyzed in pieces."""
    return not any(" " in term for term in analyzer.analyze("x y"))


def locate_in_piece(analyzer: Analyzer, text: str) -> list[LocatedTerm]:
    return analyze_cached(analyzer, text) if len(text) <= MAX_CACHED_LENGTH else analyze_uncached(analyzer, text)


def analyze_uncached(analyzer: Analyzer, text: str) -> list[LocatedTerm]:
    return [(token.text, token.char_offset_from, token.char_offset_to) for token in tokens(analyzer, text)]


analyze_cached = lru_cache(maxsize=50_000)(analyze_uncached)


def tokens(analyzer: Analyzer, text: str) -> list[tantivy.Token] | list[PairToken]:
    """Analyze text into terms with position and character offsets."""
    return analyzer.pre_tokenize(text).tokens
