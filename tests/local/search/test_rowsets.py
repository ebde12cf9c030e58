"""Rows by algebra on sets are the rows that tantivy finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.search.schema.definition import parse_definition
from local.search.text.compiler import Compiler
from local.search.text.nodes import Boosted, Clauses, Everything, Node, Occur, Phrase, Prefix, Scoped, Word
from local.search.text.rowsets import RowSets
from local.search.text.words import Words

FIELDS = [
    {"name": "id", "type": "Edm.String", "key": True, "searchable": False},
    {"name": "title", "type": "Edm.String", "analyzer": "en.lucene"},
    {"name": "tags", "type": "Collection(Edm.String)"},
]
VOCABULARY = ["dog", "dogs", "beach", "red", "the", "a", "kite"]
LEAVES = st.one_of(
    st.sampled_from([*VOCABULARY, "zebra", "red-zebra", "dog-kite"]).map(Word),  # two are in no document
    st.sampled_from(VOCABULARY).map(Prefix),
    st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=3).map(lambda words: Phrase(" ".join(words))),
    st.just(Everything()),
)


def larger(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    clause = st.tuples(st.sampled_from(Occur), nodes)
    return st.one_of(
        st.lists(clause, min_size=1, max_size=4).map(lambda parts: Clauses(tuple(parts))),
        nodes.map(lambda node: Boosted(node, 2.0)),
        nodes.map(lambda node: Scoped("title", node)),
    )


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Words]:
    folder: Path = tmp_path_factory.mktemp("words")
    made = Words(folder, parse_definition({"name": "words", "fields": FIELDS}))
    for row in range(64):
        said = [word for place, word in enumerate(VOCABULARY) if row >> place & 1]
        made.put(row, {"id": str(row), "title": " ".join(said[:3]), "tags": said[2:]})
    made.put(9, None)
    made.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.search.text.words.FEW", 20)  # some leaves match fewer, some more
        yield made
    made.close()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(node=st.recursive(LEAVES, larger, max_leaves=8), match_all=st.booleans())
def test_sets_find_what_the_query_finds(words: Words, node: Node, match_all: bool) -> None:
    compiler = Compiler(words, ("title", "tags"), match_all)
    query = compiler.compile(node)

    mask = RowSets(words).matching(node, compiler, 64)

    assert (mask is None) == (query is None)
    if mask is not None and query is not None:
        assert np.flatnonzero(mask).tolist() == sorted(words.every(query)[0].tolist())


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(node=st.recursive(LEAVES, larger, max_leaves=8), match_all=st.booleans())
def test_words_that_a_field_does_not_hold_need_not_be_asked_for(words: Words, node: Node, match_all: bool) -> None:
    compiler = Compiler(words, ("title", "tags"), match_all, {"title": 2.0})
    short = compiler.compile(node)
    with patch.object(words, "holds", return_value=True):
        whole = compiler.compile(node)

    assert (short is None) == (whole is None)
    if short is not None and whole is not None:
        found, expected = (dict(zip(*map(list, words.every(query)), strict=True)) for query in (short, whole))
        assert found == pytest.approx(expected)


def test_a_word_is_there_once_it_is_committed(words: Words) -> None:
    def rows() -> list[int]:
        query = Compiler(words, ("title", "tags")).compile(Word("gnu"))
        return [] if query is None else words.rows(query).tolist()

    assert rows() == []

    words.put(66, {"id": "66", "tags": ["gnu"]})
    words.commit()

    assert rows() == [66]


def test_a_set_is_remembered_until_the_words_change(words: Words) -> None:
    sets, compiler = RowSets(words), Compiler(words, ("title", "tags"))
    before = sets.matching(Word("kite"), compiler, 65)

    words.put(64, {"id": "64", "title": "kite"})
    words.commit()
    remembered = sets.matching(Word("kite"), compiler, 65)
    sets.clear()
    after = sets.matching(Word("kite"), compiler, 65)

    assert before is not None
    assert remembered is not None
    assert after is not None
    assert np.array_equal(before, remembered)
    assert np.flatnonzero(after & ~before).tolist() == [64]
