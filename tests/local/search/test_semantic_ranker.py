"""The semantic ranker: the same meaning in other words, matching words, and the position in the first ranking."""

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, strategies as st

from local.search.query.semantic_ranker import QueryTerms, score_candidates
from local.search.text.word_vectors import WordTokens, WordVectors, load_word_vectors
from tests.machine import ROOT

TOKENS = WordTokens()
PIECES = st.sampled_from([*"aé東🙂<>▁\t\n .,", "boat", "boats", "</s>", "Straße"])


def relevance(query: str, *texts: str) -> list[float]:
    return [score.share for score in score_candidates(query, QueryTerms.of(query), texts, texts)]


def weighed(query: str, similarities: Sequence[float | None], *texts: str) -> list[int]:
    """The texts by score, where another ranking compared vectors."""
    scores = score_candidates(query, QueryTerms.of(query), texts, texts, similarities)
    return sorted(range(len(texts)), key=lambda number: -scores[number].share)


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    return load_word_vectors()


def test_the_same_meaning_in_other_words_is_nearer_than_something_else(vectors: WordVectors) -> None:
    puppy, dog, invoice = vectors.embed(
        ["a puppy runs along the shore", "Dog on the beach", "An electrician's invoice"]
    )

    assert puppy @ dog > 2 * puppy @ invoice
    assert np.linalg.norm(puppy) == pytest.approx(1)


def test_the_vector_of_a_text_does_not_depend_on_those_beside_it(vectors: WordVectors) -> None:
    texts = ["a red kite", "", "an empty car park", "a sea of cars in the rain at night", " "]

    alone = [vectors.embed([text])[0] for text in texts]

    assert vectors.embed(texts) == pytest.approx(np.stack(alone), abs=1e-6)
    assert vectors.embed([]).shape == (0, 256)


@given(
    text=st.lists(st.sampled_from([*"aé東🙂<>▁\t\n .,", "boat", "boats", "</s>", "Straße"]), max_size=12).map("".join)
)
def test_words_are_cut_as_in_the_whole_text(text: str) -> None:
    assert TOKENS.of(text) == TOKENS.cut(text)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_text_without_words_is_near_nothing(vectors: WordVectors, text: str) -> None:
    assert not vectors.embed([text]).any()
    assert relevance("a dog", text) == [pytest.approx(0.3)]


def test_capital_letters_make_no_difference(vectors: WordVectors) -> None:
    assert np.array_equal(*vectors.embed(["Red KITE", "red kite"]))


@pytest.mark.parametrize(
    "texts",
    [
        ("an empty car park", "a young dog near the ocean"),
        ("an empty car park", "a young dog near the ocean", "a sea of cars"),
    ],
)
def test_meaning_overcomes_the_first_ranking(texts: tuple[str, ...]) -> None:
    shares = relevance("puppy at the sea", *texts)

    assert shares[1] > shares[0]


def test_equal_texts_keep_their_order() -> None:
    shares = relevance("a red kite", *["a kite in the sky"] * 50)

    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) == 50


def test_the_query_itself_gets_the_highest_score() -> None:
    assert relevance("a red kite over a field", "a red kite over a field") == [pytest.approx(1)]


def test_a_rare_word_counts_more_than_one_that_most_have() -> None:
    most = ["a kite in the sky"] * 6
    shares = relevance("kite lighthouse", *most, "lighthouse")

    assert shares[6] > shares[5]


def test_similarities_of_the_first_ranking_settle_what_texts_leave_open() -> None:
    texts = ["a kite in the sky"] * 3

    assert weighed("a red kite", [0.8, 0.9, None], *texts) == [1, 0, 2]
    assert weighed("a red kite", [None, None, None], *texts) == [0, 1, 2]


def test_similarities_count_more_in_a_sentence_than_in_a_name_or_two() -> None:
    texts, similarities = ["a boat on a lake", "a dog in deep snow"], [0.9, 0.8]

    assert weighed("dog", similarities, *texts) == [1, 0]
    assert weighed("a white dog runs through a park full of autumn leaves", similarities, *texts) == [0, 1]


def test_near_similarities_of_few_candidates_are_nearly_equal() -> None:
    first, second = score_candidates(
        "a dog", QueryTerms.of("a dog"), ["a dog", "a dog"], ["a dog", "a dog"], [0.90, 0.89]
    )

    assert first.share == pytest.approx(1)
    assert first.share > second.share > 0.97


def test_loading_the_vectors_leaves_the_process_alone() -> None:
    code = "import logging, sys; from local.search.text.word_vectors import WordVectors; WordVectors(); "
    code += "print(logging.root.handlers, 'wordllama' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "[] False"


def test_a_query_in_another_language_keeps_the_order_and_is_neutral() -> None:
    shares = relevance("Ein Hund läuft am Strand", "a cat", "a dog runs along the beach", "an invoice")

    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(0.3)


def test_stop_words_count_where_there_are_no_others() -> None:
    shares = relevance("to be or not to be", "to be or not to be", "something else")

    assert shares[0] > 2 * shares[1]
