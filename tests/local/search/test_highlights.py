"""Highlights: the same whether texts are looked at one by one or all at once."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from local.search.query.highlights import Highlighter, fragments, highlight
from local.search.query.request import HighlightOptions
from local.search.text.analyzers import built_in_analyzer, locate_terms
from local.search.text.spans import SpanMatcher

OPTIONS = st.sampled_from([("<em>", "</em>"), ("", "!"), ("", "")]).map(
    lambda tags: HighlightOptions({"tags": 5}, *tags)
)
LONG = "-".join(["red", "rising", "boats"] * 6)  # a piece that is too long to be kept
WORDS = st.sampled_from(
    ["boat", "boats", "Boats,", "the", "café", "red", "red.boat", "rising.", "\n", "富士山", "", LONG]
)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)


@pytest.mark.parametrize("prefixes", [(), ("ris",)])
@pytest.mark.parametrize("name", ["en.lucene", "standard.lucene", "keyword"])
@given(
    values=st.lists(TEXTS, max_size=6),
    terms=st.frozensets(st.sampled_from(["boat", "red", "café", "富士"])),
    options=OPTIONS,
)
def test_the_fragments_of_several_texts_are_those_of_each(
    name: str, prefixes: tuple[str, ...], values: list[str], terms: frozenset[str], options: HighlightOptions
) -> None:
    analyzer = built_in_analyzer(name)
    field: Any = SimpleNamespace(indexing=analyzer)
    expected: list[str] = []
    for value in values:
        located = locate_terms(analyzer, value)
        spans = [(start, end) for term, start, end in located if term in terms or (prefixes and term.startswith("ris"))]
        expected += fragments(value, spans, options) if spans else []

    matcher = SpanMatcher(field, terms, prefixes, ())
    found = highlight({"tags": values}, {"tags": Highlighter.of(matcher, options, 5)}, options)

    assert found == ({"tags": expected[:5]} if expected else {})


def test_words_are_marked_where_a_text_is_cut_at_spaces() -> None:
    field: Any = SimpleNamespace(indexing=built_in_analyzer("en.lucene"))

    marks = SpanMatcher(field, frozenset({"boat"}), (), ()).marks("<em>", "</em>")

    assert marks is not None
    assert marks.applied("Boats, and  a red boat") == "<em>Boats</em>, and  a red <em>boat</em>"


def test_a_search_marks_words_that_another_one_has_looked_at_meanwhile() -> None:
    field: Any = SimpleNamespace(indexing=built_in_analyzer("en.lucene"))
    marks = SpanMatcher(field, frozenset({"ship"}), (), ()).marks("[", "]")
    other = SpanMatcher(field, frozenset({"kayak"}), (), ()).marks("[", "]")
    assert marks is not None
    assert other is not None
    assert marks.applied("a ship") == "a [ship]"

    assert other.applied("ships and kayaks") == "ships and [kayaks]"

    assert marks.applied("ships and kayaks") == "[ships] and kayaks"


def test_searches_on_many_threads_mark_what_they_look_at_at_once() -> None:
    field: Any = SimpleNamespace(indexing=built_in_analyzer("en.lucene"))

    def marked(thread: int) -> list[str]:
        marks = SpanMatcher(field, frozenset({"boat"}), (), ()).marks("[", "]")
        assert marks is not None
        return [marks.applied(f"boats,{number} near {thread} boats") for number in range(300)]

    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(marked, range(8)))

    assert texts == [[f"[boats],{number} near {thread} [boats]" for number in range(300)] for thread in range(8)]


def test_words_are_marked_where_too_many_pieces_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.search.text.seen_pieces.MAX_SEEN", 3)
    field: Any = SimpleNamespace(indexing=built_in_analyzer("en.lucene"))
    marks = SpanMatcher(field, frozenset({"boat"}), (), ()).marks("[", "]")
    assert marks is not None

    for text in ("red boats", "blue boats", "a green boat at sea", "boats"):
        assert marks.applied(text) == text.replace("boats", "[boats]").replace("boat ", "[boat] ")
