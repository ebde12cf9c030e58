"""Combining bitmaps gives the rows that tantivy finds."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from local.search.schema.definition_parser import parse_definition
from local.search.text.query_compiler import QueryCompiler
from local.search.text.query_nodes import (
    BooleanNode,
    BoostNode,
    FieldNode,
    MatchAllNode,
    Occur,
    PhraseNode,
    PrefixNode,
    QueryNode,
    TermNode,
)
from local.search.text.row_bitmaps import RowBitmaps
from local.search.text.text_index import TextIndex

FIELDS = [
    {"name": "id", "type": "Edm.String", "key": True, "searchable": False},
    {"name": "title", "type": "Edm.String", "analyzer": "en.lucene"},
    {"name": "tags", "type": "Collection(Edm.String)"},
]
PATHS = ("title", "tags")
VOCABULARY = ["dog", "dogs", "beach", "red", "the", "a", "kite"]
ROWS = 64
LEAVES = st.one_of(
    st.sampled_from([*VOCABULARY, "zebra", "red-zebra", "dog-kite"]).map(TermNode),  # two are in no document
    st.sampled_from(VOCABULARY).map(PrefixNode),
    st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=3).map(lambda words: PhraseNode(" ".join(words))),
    st.just(MatchAllNode()),
)


def combined(nodes: st.SearchStrategy[QueryNode]) -> st.SearchStrategy[QueryNode]:
    clause = st.tuples(st.sampled_from(Occur), nodes)
    return st.one_of(
        st.lists(clause, min_size=1, max_size=4).map(lambda clauses: BooleanNode(tuple(clauses))),
        nodes.map(lambda node: BoostNode(node, 2.0)),
        nodes.map(lambda node: FieldNode("title", node)),
    )


NODES = st.recursive(LEAVES, combined, max_leaves=8)
PROPERTY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def filled_index(folder: Path) -> TextIndex:
    """Return an index of 63 documents with different words; row 9 is deleted."""
    text_index = TextIndex(folder, parse_definition({"name": "words", "fields": FIELDS}))
    for row in range(ROWS):
        words = [word for position, word in enumerate(VOCABULARY) if row >> position & 1]
        text_index.put(row, {"id": str(row), "title": " ".join(words[:3]), "tags": words[2:]})
    text_index.put(9, None)
    text_index.commit()
    return text_index


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TextIndex]:
    """An index to read from."""
    text_index = filled_index(tmp_path_factory.mktemp("words"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.search.text.text_index.FIRST_LIMIT", 20)  # some leaves match fewer, some more
        yield text_index
    text_index.close()


@pytest.fixture
def own_index(tmp_path: Path) -> Iterator[TextIndex]:
    """The same index, to be changed by one test."""
    text_index = filled_index(tmp_path)
    yield text_index
    text_index.close()


@PROPERTY
@given(node=NODES, match_all=st.booleans())
def test_bitmaps_find_what_the_query_finds(shared_index: TextIndex, node: QueryNode, match_all: bool) -> None:
    compiler = QueryCompiler(shared_index, PATHS, match_all)
    query = compiler.compile(node)

    mask = RowBitmaps(shared_index).matching(node, compiler, ROWS)

    assert (mask is None) == (query is None)
    if mask is not None and query is not None:
        assert np.flatnonzero(mask).tolist() == sorted(shared_index.all_matches(query)[0].tolist())


@PROPERTY
@given(node=NODES, match_all=st.booleans())
def test_leaving_out_fields_without_a_word_changes_nothing(
    shared_index: TextIndex, node: QueryNode, match_all: bool
) -> None:
    compiler = QueryCompiler(shared_index, PATHS, match_all, {"title": 2.0})
    reduced = compiler.compile(node)
    with patch.object(shared_index, "has_term", return_value=True):
        full = compiler.compile(node)

    assert (reduced is None) == (full is None)
    if reduced is not None and full is not None:
        scores, expected = (
            dict(zip(*map(list, shared_index.all_matches(query)), strict=True)) for query in (reduced, full)
        )
        assert scores == pytest.approx(expected)


def test_a_word_is_found_once_it_is_committed(own_index: TextIndex) -> None:
    def rows() -> list[int]:
        query = QueryCompiler(own_index, PATHS).compile(TermNode("gnu"))
        return [] if query is None else own_index.matching_rows(query).tolist()

    assert rows() == []

    own_index.put(66, {"id": "66", "tags": ["gnu"]})
    own_index.commit()

    assert rows() == [66]


def test_a_bitmap_is_cached_until_the_index_changes(own_index: TextIndex) -> None:
    bitmaps, compiler = RowBitmaps(own_index), QueryCompiler(own_index, PATHS)
    before = bitmaps.matching(TermNode("kite"), compiler, ROWS + 1)

    own_index.put(ROWS, {"id": str(ROWS), "title": "kite"})
    own_index.commit()
    cached = bitmaps.matching(TermNode("kite"), compiler, ROWS + 1)
    bitmaps.clear()
    after = bitmaps.matching(TermNode("kite"), compiler, ROWS + 1)

    assert before is not None
    assert cached is not None
    assert after is not None
    assert np.array_equal(before, cached)
    assert np.flatnonzero(after & ~before).tolist() == [ROWS]
