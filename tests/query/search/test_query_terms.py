"""The words of a search that a photo can hold."""

import re

import pytest
from hypothesis import given, strategies as st

from query.search.query_terms import UNSPACED, holds_any_form, is_foreign, query_terms


@pytest.mark.parametrize(
    ("q", "words"),
    [
        ("Which photos show me the boats?", ["boats"]),
        ("Which photos were found in space?", ["space"]),
        ("What is written on the sign by the lake?", ["sign", "lake"]),
        ("a dog and a cat, or dogs", ["dog", "cat"]),
        ("Zeig mir bitte Fotos von Hunden", ["Hunden"]),
        ("montre-moi les photos de la mer", ["mer"]),
        ("¿Hay fotos de la playa?", ["playa"]),
        ("photo of the", ["photo", "of", "the"]),  # nothing else is left
        ("Zürich", ["Zürich"]),  # as it was typed: the index may tell ü from u
        ('"thin ice" today', ["thin", "ice", "today"]),
        ("", []),
    ],
)
def test_function_words_and_words_about_photos_do_not_count(q: str, words: list[str]) -> None:
    assert [term.word for term in query_terms(q)] == words


def test_what_a_photo_must_not_have_is_no_word_to_hold() -> None:
    assert [term.word for term in query_terms("a man without hats", ["hat"])] == ["man"]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("boat", "two boats"), ("boats", "a boat"), ("running", "a man runs"), ("run", "running water"),
        ("city", "old cities"), ("cities", "a city"), ("dances", "dancing"), ("man", "three men"), ("men", "a man"),
        ("people", "a person"), ("Hund", "zwei hunde"), ("Zürich", "zurich"), ("北京の夜", "夜の北京"),
    ],
)  # fmt: skip
def test_a_word_is_held_in_any_of_its_forms(word: str, text: str) -> None:
    assert any(holds_any_form(text, term.stems) for term in query_terms(word))


@pytest.mark.parametrize(
    ("word", "text"), [("boat", "a boar"), ("cat", "a category"), ("art", "a party"), ("car", "carpet"), ("run", "rug")]
)
def test_another_word_is_none_of_its_forms(word: str, text: str) -> None:
    [term] = query_terms(word)

    assert not holds_any_form(text, term.stems)


LETTERS = st.text("aegnst1_ \n\u00e9\u0301\u5bcc\u58eb", max_size=30)


@given(
    stem=LETTERS.filter(bool), text=LETTERS, ending=st.sampled_from(["", "s", "es", "ten", "ting", "y", "ies", "nt"])
)
def test_a_form_is_a_stem_with_an_ending_between_other_signs(stem: str, text: str, ending: str) -> None:
    doubled = f"(?:{stem[-1]})?" if stem[-1].isalpha() else ""
    pattern = rf"(?<![^\W_]){re.escape(stem)}{doubled}(?:s|es|e|en|ed|d|ing|y|ies)?(?![^\W_])"
    form = re.compile(re.escape(stem) if UNSPACED.search(stem) else pattern)

    for each in (text, f"{text}{stem}{ending}{text}", f"{text} {stem}{ending} {text}", f"{stem}{stem[-1]}{ending}"):
        assert holds_any_form(each, [stem]) == bool(form.search(each))


@pytest.mark.parametrize(
    ("q", "head"),
    [
        ("airplanes at night", "airplanes"),
        ("a purple elephant", "elephant"),
        ("show me a man with a red hat", "man"),
        ("boats", "boats"),
    ],
)
def test_the_thing_itself_is_named_before_the_first_preposition(q: str, head: str) -> None:
    assert [term.word for term in query_terms(q) if term.is_head] == [head]


@pytest.mark.parametrize(
    ("q", "language", "expected"),
    [
        ("un homme sur une planche dans la mer", "en", True),
        ("ein Mann auf der Straße", "en", True),
        ("a man on the street", "en", False),
        ("a man on the street", "de", True),
        ("volcan", "en", False),  # one word tells nothing
        ("a man on the street", "ja", False),  # whose small words are not known
    ],
)
def test_small_words_tell_the_language(q: str, language: str, expected: bool) -> None:
    assert is_foreign(q, language) is expected


@pytest.mark.parametrize(
    ("question", "word"),
    [("What does the sign say?", "sign"), ("Was steht auf dem Schild?", "Schild"), ("Que dit le panneau ?", "panneau")],
)
def test_a_photo_need_not_hold_how_one_asks_what_it_says(question: str, word: str) -> None:
    assert [term.word for term in query_terms(question)] == [word]
