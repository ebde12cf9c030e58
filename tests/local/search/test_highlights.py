"""Highlights: the same whether texts are looked at one by one or all at once."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from local.search.query.highlights import fragments, highlight
from local.search.query.request import HighlightOptions
from local.search.text.analyzers import built_in_analyzer, locate_terms
from local.search.text.spans import SpanMatcher

OPTIONS = HighlightOptions({"tags": 5}, "<em>", "</em>")
WORDS = st.sampled_from(["boat", "boats", "Boats,", "the", "café", "red", "rising", "\n", "富士山", ""])
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)


@pytest.mark.parametrize("prefixes", [(), ("ris",)])
@pytest.mark.parametrize("name", ["en.lucene", "standard.lucene", "keyword"])
@given(values=st.lists(TEXTS, max_size=6), terms=st.frozensets(st.sampled_from(["boat", "red", "café", "富士"])))
def test_the_fragments_of_several_texts_are_those_of_each(
    name: str, prefixes: tuple[str, ...], values: list[str], terms: frozenset[str]
) -> None:
    analyzer = built_in_analyzer(name)
    field: Any = SimpleNamespace(indexing=analyzer)
    expected: list[str] = []
    for value in values:
        located = locate_terms(analyzer, value)
        spans = [(start, end) for term, start, end in located if term in terms or (prefixes and term.startswith("ris"))]
        expected += fragments(value, spans, OPTIONS) if spans else []

    found = highlight({"tags": values}, {"tags": (SpanMatcher(field, terms, prefixes, ()), 5)}, OPTIONS)

    assert found == ({"tags": expected[:5]} if expected else {})
