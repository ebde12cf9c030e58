"""Words of a search that a vocabulary knows find what is called otherwise, and what is below them."""

import pytest

from query.search.photo_words import held_terms
from query.search.query_terms import query_terms
from query.search.vocabulary_words import all_words, any_words
from shared.catalogue.in_force import put_vocabulary_in_force
from shared.photo import Photo
from tests.shared.catalogue.test_vocabulary import ANIMALS


@pytest.fixture(autouse=True)
def _vocabulary() -> None:
    put_vocabulary_in_force(ANIMALS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a hound", "a hound dog hund puppy"),
        ("red car", "red car"),
        ("old coffee house", "old coffee house café"),
        ("café - closed", 'café cafe \\- closed "coffee house"'),
    ],
)
def test_of_any_words_those_that_mean_the_same_are_added(text: str, words: str) -> None:
    assert any_words(text) == words


def test_of_all_words_each_may_be_said_otherwise() -> None:
    assert all_words("the hounds on a beach") == "(hounds | dog | hund | hound | puppy) beach"


def test_a_photo_that_says_it_otherwise_holds_the_word() -> None:
    photo = Photo(id="a", path="a.jpg", title="A puppy", tags=["coffee house"])

    assert [term.word for term in held_terms(photo, query_terms("hound, café and lighthouse"))] == ["hound", "café"]
