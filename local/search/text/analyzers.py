"""
Analyzers: text in, terms with positions and offsets out, by the service's names.

The work is tantivy's; this file says which tokenizer and filters stand for which
name, and refuses names it does not know (400) or cannot imitate (501).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from local.search.errors import InvalidRequest, NotImplementedHere

DEFAULT = "standard.lucene"

# Unicode's word rules as far as a regular expression goes: letters hold together over an inner dot,
# colon or apostrophe, digits over a dot or comma, and every Han or Hiragana sign is a word.
LETTERS = r"(?:[\p{L}\p{M}--\p{Han}--\p{Hiragana}]+(?:[.:·'\u2019][\p{L}\p{M}--\p{Han}--\p{Hiragana}]+)*)"
DIGITS = r"(?:\p{Nd}+(?:[.,;'\u2019]\p{Nd}+)*)"
WORDS = rf"[\p{{Han}}\p{{Hiragana}}]|(?:{LETTERS}|{DIGITS}|[\p{{Pc}}])+"
LETTER_RUNS = r"\p{L}+"
LONGEST_TOKEN = 255

Located = tuple[str, int, int]  # a term, and the characters of the text it stands for
BETWEEN_SPACES = re.compile(r"[^ \n]+")
SHORT = 60  # characters of what is worth remembering

ENGLISH_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then
there these they this to was will with
"""
ENGLISH_STOPS = ENGLISH_STOP_WORDS.split()

STEMMED = {
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
UNSTEMMED_LANGUAGES = """
bg bn ca cs et eu fa ga gl gu he hi hr hy id is ja kn ko lt lv ml mr ms pa pl sk sl sr-cyrillic
sr-latin te th uk ur vi zh-hans zh-hant
"""
UNSTEMMED = UNSTEMMED_LANGUAGES.split()
NORMALIZERS = {"standard", "lowercase", "uppercase", "asciifolding"}
CUSTOM = "#Microsoft.Azure.Search.CustomAnalyzer"


def check_normalizer(name: str) -> None:
    """Refuse a normalizer that does not exist; custom ones are not imitated."""
    if name not in NORMALIZERS:
        raise InvalidRequest.definition(f"The normalizer '{name}' is unknown.")


def check_analyzer(name: str, custom: Mapping[Any, Mapping[str, Any]]) -> None:
    """Refuse an analyzer that is neither built in nor defined by the index."""
    if name in custom:
        build_custom(custom[name])
    else:
        built_in(name)


def analyzer(name: str | None, custom: Mapping[Any, Mapping[str, Any]]) -> TextAnalyzer:
    """Return the analyzer of that name; None is the service's default."""
    if name in custom:
        return build_custom(custom[name])
    return built_in(name or DEFAULT)


@lru_cache(maxsize=128)
def built_in(name: str) -> TextAnalyzer:
    """Return a built-in analyzer; InvalidRequest if there is none of that name."""
    low = name.lower()
    if low in PLAIN:
        tokenizer, filters = PLAIN[low]
        return chain(tokenizer, filters)
    language, _, family = low.rpartition(".")
    if family in ("lucene", "microsoft") and language in STEMMED:
        return chain(Tokenizer.regex(WORDS), [Filter.lowercase(), *language_filters(language)])
    if family in ("lucene", "microsoft") and language in UNSTEMMED:
        raise NotImplementedHere(f"the analyzer '{name}'; use standard.lucene on this machine")
    raise InvalidRequest.definition(f"The analyzer '{name}' is unknown.")


def language_filters(language: str) -> list[Filter]:
    """Stop words, then the stemmer, of a language tantivy knows."""
    filters = []
    if language == "en":
        filters.append(Filter.custom_stopword(ENGLISH_STOPS))
    elif language in WITH_STOP_WORDS:
        filters.append(Filter.stopword(STEMMED[language]))
    return [*filters, Filter.stemmer(STEMMED[language])]


def chain(tokenizer: Tokenizer, filters: list[Filter]) -> TextAnalyzer:
    """Build an analyzer; over-long tokens are dropped as in Lucene."""
    builder = TextAnalyzerBuilder(tokenizer)
    for one in filters:
        builder = builder.filter(one)
    return builder.build()


PLAIN: dict[str, tuple[Tokenizer, list[Filter]]] = {
    "standard": (Tokenizer.regex(WORDS), [Filter.remove_long(LONGEST_TOKEN), Filter.lowercase()]),
    "standard.lucene": (Tokenizer.regex(WORDS), [Filter.remove_long(LONGEST_TOKEN), Filter.lowercase()]),
    "standardasciifolding.lucene": (
        Tokenizer.regex(WORDS),
        [Filter.remove_long(LONGEST_TOKEN), Filter.lowercase(), Filter.ascii_fold()],
    ),
    "keyword": (Tokenizer.raw(), []),
    "simple": (Tokenizer.regex(LETTER_RUNS), [Filter.lowercase()]),
    "stop": (Tokenizer.regex(LETTER_RUNS), [Filter.lowercase(), Filter.custom_stopword(ENGLISH_STOPS)]),
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
        raise NotImplementedHere(f"the custom analyzer '{raw.get('name')}'")
    name = str(raw.get("tokenizer"))
    if name not in TOKENIZERS and name not in ("keyword", "keyword_v2"):
        raise NotImplementedHere(f"the tokenizer '{name}'")
    tokenizer = Tokenizer.regex(TOKENIZERS[name]) if name in TOKENIZERS else Tokenizer.raw()
    filters = [Filter.lowercase()] if name == "lowercase" else []
    return chain(tokenizer, filters + [token_filter(one) for one in raw.get("tokenFilters") or []])


def token_filter(name: object) -> Filter:
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
    raise NotImplementedHere(f"the token filter '{name}'")


def located(with_analyzer: TextAnalyzer, text: str) -> list[Located]:
    """Return the terms of a text with the characters they stand for; most tags and words have been seen before."""
    if len(text) <= SHORT:
        return remembered(with_analyzer, text)
    if not splits(with_analyzer):
        return analyzed(with_analyzer, text)
    return [
        (term, start + match.start(), end + match.start())
        for match in BETWEEN_SPACES.finditer(text)
        for term, start, end in word(with_analyzer, match[0])
    ]


def terms(with_analyzer: TextAnalyzer, text: str) -> set[str]:
    """Return the different terms of a text, by an analyzer none of whose terms go over a space."""
    return {term for said in set(text.split()) for term, _, _ in word(with_analyzer, said)}


@lru_cache(maxsize=128)
def splits(with_analyzer: TextAnalyzer) -> bool:
    """Whether no term goes over a space, so that a text can be read in parts."""
    return not any(" " in term for term in with_analyzer.analyze("x y"))


def word(with_analyzer: TextAnalyzer, text: str) -> list[Located]:
    return remembered(with_analyzer, text) if len(text) <= SHORT else analyzed(with_analyzer, text)


def analyzed(with_analyzer: TextAnalyzer, text: str) -> list[Located]:
    return [(one.text, one.char_offset_from, one.char_offset_to) for one in tokens(with_analyzer, text)]


remembered = lru_cache(maxsize=50_000)(analyzed)


def tokens(with_analyzer: TextAnalyzer, text: str) -> list[tantivy.Token]:
    """Analyze text into terms with position and character offsets."""
    return with_analyzer.pre_tokenize(text).tokens
