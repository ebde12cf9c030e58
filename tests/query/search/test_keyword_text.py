"""The words of a search in the simple query syntax, with their other spellings."""

import pytest
from hypothesis import given, strategies as st

from query.search.keyword_text import all_words_text, any_words_text
from query.search.query_text import escape_operators, significant_words

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@given(ASCII)
def test_words_in_plain_letters_stay_as_they_are(words: str) -> None:
    assert any_words_text(words) == escape_operators(words)
    assert all_words_text(words) == " ".join(map(escape_operators, significant_words(words)))


@pytest.mark.parametrize(
    ("words", "any_", "all_"),
    [
        ("a café", "a café cafe", "(café|cafe)"),
        ("cafe\u0301 au lait", "café cafe au lait", "(café|cafe) au lait"),
        ("富士", '"富士"', '"富士"'),
        ("富士山", '"富士山" "富士 士山"', '("富士山"|"富士 士山")'),
        ("富士山が見える写真", '"富士山" "富士 士山" "見" "える" "写真"', '("富士山"|"富士 士山") "見" "える" "写真"'),
        ("海边看日落", '"海边" "边看" "看日" "日落"', '("海边"|"边看"|"看日"|"日落")'),
        ("البحر", "البحر بحر", "(البحر|بحر)"),
        ("الْبَحْر", "الْبَحْر بحر", "(الْبَحْر|بحر)"),
        ("ＡＢＣ１２３ (x)", "ＡＢＣ１２３ abc123 \\(x\\)", "(ａｂｃ１２３|abc123) x"),
        ("한국", '"한국"', '"한국"'),
        ("が", '"が"', '"が"'),
        ("富士2019", '"富士" 2019', '"富士" 2019'),
    ],
)
def test_every_word_has_its_other_spellings(words: str, any_: str, all_: str) -> None:
    assert (any_words_text(words), all_words_text(words)) == (any_, all_)


@given(st.text(max_size=40))
def test_no_text_breaks_the_syntax(words: str) -> None:
    for text in (any_words_text(words), all_words_text(words)):
        bare = text.replace("\\\\", "").replace('\\"', "").replace("\\(", "").replace("\\)", "")
        assert bare.count('"') % 2 == 0
        assert bare.count("(") == bare.count(")")


@pytest.mark.parametrize("words", ["日" * 2000, "é" + " é".join(map(str, range(600)))])
def test_a_long_text_stays_within_what_the_service_takes(words: str) -> None:
    assert len(any_words_text(words).split()) <= 500
    assert all_words_text("日" * 2000).count("|") <= 50
