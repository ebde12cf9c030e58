"""Texts go into cells that spreadsheets leave alone, and come back as they were."""

import pytest
from hypothesis import given, strategies as st

from catalogue.export.cells import escape, join_list, split_list, unescape

TRICKY = st.text(st.sampled_from("'=+-@\t\r\n \\;ab1e.,/:TM"), max_size=8) | st.text(max_size=20)


@given(TRICKY)
def test_every_text_comes_back(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.lists(TRICKY.filter(bool), max_size=4))
def test_every_list_comes_back(texts: list[str]) -> None:
    assert split_list(unescape(escape(join_list(texts)))) == texts


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", "'=1", "''=1", "007", "1-2", "3/4", "1.5",
        "1,5", "12e5", "10:30", "10:30 PM", "2024-05-01", "2024-05-01T10:11:12+02:00", "1 May", "May 2024", "3. März",
        "MAR1", "50 %", "€ 5", "1234567890123456", "true", "FALSE", "wahr",
    ],
)  # fmt: skip
def test_what_spreadsheets_change_gets_an_apostrophe(text: str) -> None:
    assert escape(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Two dogs", "'tis", "rock 'n' roll", "2024", "0", "3 dogs", "A-1", "a@b.ch", "'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert escape(text) == text
    assert unescape(text) == text


def test_lists_that_people_type_are_read_with_any_blanks() -> None:
    assert split_list(" red;green ; ; blue sky;") == ["red", "green", "blue sky"]
