"""Texts are read word by word; that must be the same as reading them whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.search.text.analyzers import PLAIN, STEMMED, analyzed, built_in, located

NAMES = [*PLAIN, *(f"{language}.lucene" for language in STEMMED)]
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
    analyzer = built_in(name)

    assert located(analyzer, text) == analyzed(analyzer, text)
