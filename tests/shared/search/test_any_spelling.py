"""Words of filters find values with other accents than they have."""

import re

import pytest

from shared.search.any_spelling import holds_words


def finds(text: str, term: str) -> bool:
    """Whether the pattern for one word matches a term of the index, which is in small letters."""
    pattern = re.search(r"\+/(.+?)/\)", holds_words(text, ["city"]))
    assert pattern
    return re.fullmatch(pattern[1], term) is not None


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("zurich", "zürich"),
        ("Zürich", "zurich"),
        ("zurich", "zu\u0308rich"),
        ("zurich", "zurich"),
        ("strasse", "straße"),
        ("Straße", "strasse"),
        ("goteborg", "göteborg"),
        ("lodz", "łódź"),
        ("aeroskobing", "ærøskøbing"),
        ("hue", "huế"),
        ("αθηνα", "αθήνα"),
        ("орел", "орёл"),
    ],
)
def test_a_word_finds_its_other_spellings(text: str, term: str) -> None:
    assert finds(text, term)


@pytest.mark.parametrize(("text", "term"), [("zurich", "zuerich"), ("zurich", "zürichsee"), ("bern", "bari")])
def test_no_other_word_is_found(text: str, term: str) -> None:
    assert not finds(text, term)


def test_each_field_is_asked_for_all_the_words() -> None:
    clause = holds_words("São 12", ["city", "state"])

    assert clause.startswith("(search.ismatch('\"São 12\" \"sao 12\"', 'city,state') or search.ismatch('city:(+/[s")
    assert " +/12/) OR state:(+/[s" in clause
    assert clause.endswith(" +/12/)', 'city,state', 'full', 'all'))")


def test_nothing_is_asked_where_there_are_no_words() -> None:
    assert holds_words("!?", ["city"]) == ""


@pytest.mark.parametrize("text", ["a" * 101, " ".join("abcdefghijk")])
def test_a_long_text_is_looked_for_as_it_is(text: str) -> None:
    assert holds_words(text, ["city"]) == f"search.ismatch('\"{text}\"', 'city')"
