"""Pairs of neighbouring signs stand in for words of languages without spaces."""

from local.search.text.analyzers import locate_terms
from local.search.text.pair_analyzer import PairAnalyzer


def test_a_run_is_cut_into_pairs_and_other_words_stay_whole() -> None:
    assert PairAnalyzer().analyze("富士山 and Lake ｶﾒﾗ山 木") == [
        "富士",
        "士山",
        "and",
        "lake",
        "カメ",
        "メラ",
        "ラ山",
        "木",
    ]


def test_terms_say_where_they_are() -> None:
    assert locate_terms(PairAnalyzer(), "a 富士山") == [("a", 0, 1), ("富士", 2, 4), ("士山", 3, 5)]
