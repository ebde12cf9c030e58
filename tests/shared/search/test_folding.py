"""What is read as the same is folded to the same, and what is not stays apart."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from shared.search.folding import fold_text, folded_phrase, is_unspaced, pairs, runs, text_tokens, word_forms


def forms(text: str) -> set[str]:
    """What a text is found by: its words as they are written, and their forms or pairs."""
    words = runs(text)
    more = [form for run in words for form in (pairs(run) if is_unspaced(run) else word_forms(run))]
    return {*(run.lower() for run in words), *more}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", "cafe"),
        (unicodedata.normalize("NFD", "café"), "CAFE"),
        ("Straße", "strasse"),
        ("ＡＢＣ１２３", "abc123"),
        ("ｶﾒﾗ", "カメラ"),
        ("Ødegaard", "odegaard"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("İzmir", "izmir"),
        ("بَحْر", "البحر"),
        ("وبالبحر", "بحر"),
        ("مدرسة", "المدرسه"),
        ("أحمد", "احمد"),
        ("הבית", "בית"),
        ("בבית", "הבית"),
        ("ושהבית", "בית"),
        ("שָׁלוֹם", "שלום"),
        ("озёрами", "Озеро"),
        ("лодки", "лодку"),
        ("красивый", "красивая"),
        ("富士山", "富士"),
        ("東京タワー", "タワ"),
        ("한국어를", "한국"),
    ],
)
def test_two_spellings_share_a_form(one: str, other: str) -> None:
    assert forms(one) & forms(other)


@pytest.mark.parametrize(
    ("one", "other"), [("boat", "boats"), ("ガ", "カ"), ("한국", "중국"), ("море", "мост"), ("हिन्दी", "हिन")]
)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert not forms(one) & forms(other)


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_plain_english_letters_have_no_other_forms(text: str) -> None:
    assert [form for run in runs(text) for form in word_forms(run)] == []
    assert folded_phrase(text) == ""


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_loses_no_case_or_composition(text: str) -> None:
    folded = fold_text(text)

    assert fold_text(folded) == folded
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))
    assert all(word_forms(run) is not None for run in runs(text))


def test_only_texts_that_fold_to_others_are_phrases_of_their_own() -> None:
    assert folded_phrase("Café de Paris") == "cafe de paris"
    assert folded_phrase(unicodedata.normalize("NFD", "Café de Paris")) == "cafe de paris"
    assert folded_phrase("Cafe de Paris") == folded_phrase("富士山") == ""
    assert text_tokens("IMG_2071.HEIC") == ("img", "2071", "heic")
