"""Texts are read word by word; that must be the same as reading them whole."""

import pytest
from hypothesis import given, strategies as st

from local.search.text.analyzers import (
    LANGUAGE_NEUTRAL,
    STEMMED_LANGUAGES,
    analyze_uncached,
    built_in_analyzer,
    distinct_terms,
    locate_terms,
    term_spans,
    terms_in,
)

NAMES = [*LANGUAGE_NEUTRAL, *(f"{language}.lucene" for language in STEMMED_LANGUAGES)]
WORDS = [
    "The",
    "dogs'",
    "wi-fi",
    "3.14",
    "l'été",
    "Straße",
    "naïve",
    "東京タワー",
    "o'neill.",
    "x" * 300,
    "\u2028",
    "\t",
    "\x1f",
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*WORDS, " ", "\n", "  ", "\u00a0"]), max_size=30).map("".join),
)


@pytest.mark.parametrize("name", NAMES)
@given(text=TEXTS)
def test_the_terms_of_a_text_are_those_of_its_words(name: str, text: str) -> None:
    analyzer = built_in_analyzer(name)

    assert locate_terms(analyzer, text) == analyze_uncached(analyzer, text)


@pytest.mark.parametrize("name", NAMES)
@given(text=TEXTS, chosen=st.sets(st.integers(0, 9)))
def test_the_places_of_some_terms_are_among_those_of_all(name: str, text: str, chosen: set[int]) -> None:
    analyzer = built_in_analyzer(name)
    located = analyze_uncached(analyzer, text)
    terms = frozenset(term for position, (term, _, _) in enumerate(located) if position in chosen)

    assert term_spans(analyzer, text, terms) == [(start, end) for term, start, end in located if term in terms]


@given(text=TEXTS, chosen=st.sets(st.integers(0, 9)))
def test_the_terms_of_a_search_that_a_text_has_are_some_of_its_own(text: str, chosen: set[int]) -> None:
    analyzer = built_in_analyzer("en.lucene")
    own = distinct_terms(analyzer, text)
    terms = frozenset(term for position, term in enumerate(sorted(own)) if position in chosen) | {"no-such-term"}

    assert terms_in(analyzer, text, terms) == terms & own
