"""The words of a search: phrases, operators, significant words and weights."""

import pytest
from hypothesis import given, strategies as st

from query.search.query_text import escape_operators, meaning_share, significant_words, split_phrases, vector_weight
from shared.settings import Settings

MAX_WEIGHT = 65.0


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 1.0),
        ("dog", 0.6),
        ("a red bicycle", 1.5),
        ("two red bicycles", 6.0),
        ("two red bicycles beach", 30.0),
        ("two red bicycles beach summer", MAX_WEIGHT),
        ("IMG_2071.HEIC", 1.0),
        ("beach.jpg", 1.0),
        ("plate 12345", 1.0),
        ("the invoice with number HP-2024-0417 please", 1.0),
        ("summer 2024", 1.5),
    ],
)
def test_the_weight_grows_with_the_words_and_names_are_left_to_keywords(text: str, weight: float) -> None:
    assert vector_weight(text, MAX_WEIGHT) == weight


@pytest.mark.parametrize("text", ["a dog runs through deep snow in the forest", "two red bicycles", "HP-2024-0417"])
def test_no_weight_exceeds_the_maximum(text: str) -> None:
    assert vector_weight(text, 0.5) == 0.5


def test_keywords_cannot_take_the_first_place_of_meaning_from_a_sentence() -> None:
    weight = vector_weight("two red bicycles beach summer", Settings.model_fields["vector_weight"].default)

    assert weight / 60 > weight / 61 + 1 / 60


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("dog", 0.4),
        ("a red bicycle", 0.5),
        ("two red bicycles", 0.7),
        ("two red bicycles beach", 0.7),
        ("two red bicycles beach summer", 0.8),
        ("IMG_2071.HEIC", 0.3),
    ],
)
def test_the_share_of_meaning_grows_with_the_words_up_to_the_weight(text: str, share: float) -> None:
    assert meaning_share(text, MAX_WEIGHT) == share
    assert meaning_share(text, 0.25) == 0.2


@given(st.text())
def test_no_text_is_an_operator(text: str) -> None:
    bare = escape_operators(text).replace("\\\\", "").replace("\\", "\0")

    assert all(bare[index - 1] == "\0" for index, char in enumerate(bare) if char in '+-|()*~"')


def test_operators_are_escaped_where_they_stand() -> None:
    assert escape_operators('a+b -c "d" e*') == r"a\+b \-c \"d\" e\*"


def test_phrases_in_any_quotes_are_exact_and_searched_by_meaning_too() -> None:
    assert split_phrases('a sign "keep off" and „dünnes Eis“ or «glace mince» or “thin ice”') == (
        "a sign keep off and dünnes Eis or glace mince or thin ice",
        ["keep off", "dünnes Eis", "glace mince", "thin ice"],
    )


@pytest.mark.parametrize("text", ['a "b', '5" pipe', '"x" ray', "no quotes"])
def test_a_quote_without_a_phrase_is_just_a_character(text: str) -> None:
    assert split_phrases(text) == (text, [])


def test_a_phrase_of_spaces_is_dropped() -> None:
    assert split_phrases('dog "   "') == ("dog", [])


def test_stop_words_are_not_significant_unless_there_is_nothing_else() -> None:
    assert significant_words("The Dog's bone and a ball") == ["dog's", "bone", "ball"]
    assert significant_words("To be or not to be") == ["to", "be", "or", "not", "to", "be"]


@pytest.mark.parametrize(("text", "words"), [("*", ""), ('""', ""), (" - ~ ", ""), ("…", ""), ("🐶", "🐶"), ("7", "7")])
def test_punctuation_alone_is_no_word(text: str, words: str) -> None:
    assert split_phrases(text) == (words, [])
