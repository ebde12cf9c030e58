"""A vocabulary: every word means one term, terms include others, and what makes no sense is named."""

import pytest
from hypothesis import given, settings, strategies as st

from shared.catalogue.definition import Catalogue
from shared.catalogue.in_force import EMPTY, NO_VOCABULARY, put_vocabulary_in_force
from shared.catalogue.questions import asked_tags, question_key
from shared.catalogue.vocabulary import Term, Vocabulary, build_vocabulary, parse_vocabulary
from shared.search.filters import Filters
from tests.shared.catalogue.definitions import shop

ANIMALS = build_vocabulary(
    [
        Term(tag="animal"),
        Term(tag="pet"),
        Term(tag="dog", synonyms=("Hund", "hound"), broader=("animal", "pet")),
        Term(tag="puppy", broader=("dog",)),
        Term(tag="café", synonyms=("coffee house",)),
        Term(tag="glass"),
    ]
)


def numbered(count: int, length: int = 4) -> Vocabulary:
    return build_vocabulary([Term(tag=f"{number:0{length}}") for number in range(count)])


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("dog", "dog"), ("DOGS", "dog"), ("hund", "dog"), ("Hounds", "dog"), ("puppies", "puppy"), ("cafe", "café"),
        ("Coffee  House", "café"), ("glasses", "glass"), ("glas", None), ("cat", None), ("", None),
    ],
)  # fmt: skip
def test_a_word_means_a_term_in_any_case_without_accents_and_in_the_plural(word: str, tag: str | None) -> None:
    assert ANIMALS.meaning(word) == tag


def test_a_term_includes_all_below_it_and_their_synonyms() -> None:
    assert set(ANIMALS.including("animals")) == {"animal", "dog", "hund", "hound", "puppy"}
    assert ANIMALS.including("hund") == ["dog", "hund", "hound", "puppy"]
    assert ANIMALS.including("cat") == ["cat"]


def test_words_are_sorted_into_tags_and_what_is_beyond() -> None:
    assert ANIMALS.sort(["Hounds", "dog", "beach", "cafe", "beach"]) == (["dog", "café"], ["beach"])


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ([Term(tag="a", broader=("a",))], "a > a: a term cannot be broader than itself"),
        (
            [Term(tag="a", broader=("b",)), Term(tag="b", broader=("c",)), Term(tag="c", broader=("a",))],
            "a > b > c > a: a term cannot be broader",
        ),
        ([Term(tag="a", broader=("x",))], "a has the broader term 'x', which is not in the vocabulary"),
        ([Term(tag="a"), Term(tag="b", synonyms=("Á",))], "the word 'a' is that of two terms, a and b"),
        ([Term(tag="a"), Term(tag="a")], "the word 'a' is that of two terms, a and a"),
        ([Term(tag="A")], "the tag 'A' must be in small letters"),
        ([Term(tag="a, b")], "'a, b' can be no tag"),
        ([Term(tag=" a")], "' a' can be no tag"),
    ],
)
def test_what_makes_no_sense_is_named(terms: list[Term], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        build_vocabulary(terms)


def test_a_damaged_file_is_told_with_the_place() -> None:
    with pytest.raises(ValueError, match=r"terms\[0\].tag: Field required"):
        parse_vocabulary(b'{"terms": [{}]}')
    with pytest.raises(ValueError, match="JSON"):
        parse_vocabulary(b"{")
    assert parse_vocabulary(ANIMALS.model_dump_json().encode()) == ANIMALS


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"), max_size=3)))
def test_no_way_leads_back_to_its_start_in_any_vocabulary_that_is_taken(ways: dict[str, set[str]]) -> None:
    terms = [Term(tag=tag, broader=tuple(sorted(ways.get(tag, ())))) for tag in "abcdefgh"]

    def reaches_itself(start: str) -> bool:
        seen, rest = set(), list(ways.get(start, ()))
        while rest:
            if (tag := rest.pop()) not in seen:
                seen.add(tag)
                rest += ways.get(tag, ())
        return start in seen

    has_cycle = any(map(reaches_itself, "abcdefgh"))
    try:
        build_vocabulary(terms)
    except ValueError:
        assert has_cycle
    else:
        assert not has_cycle


def test_only_what_fits_a_strict_schema_is_told_to_the_model() -> None:
    assert len(asked_tags(EMPTY, numbered(500))) == 500
    assert asked_tags(EMPTY, numbered(501)) == ()
    assert asked_tags(shop(), numbered(498)) == ()  # three values of a field are asked for as well
    assert asked_tags(EMPTY, numbered(100, length=80)) == ()
    assert asked_tags(EMPTY, NO_VOCABULARY) == ()


def test_only_tags_that_are_told_make_photos_out_of_date() -> None:
    without_synonyms = build_vocabulary([Term(tag=each.tag) for each in reversed(ANIMALS.terms)])

    assert question_key(EMPTY, ANIMALS) == question_key(EMPTY, without_synonyms) != ""
    assert question_key(EMPTY, numbered(501)) == question_key(Catalogue(), NO_VOCABULARY) == ""


def test_tags_are_filtered_by_with_all_that_they_include() -> None:
    put_vocabulary_in_force(ANIMALS)

    assert Filters(tags=["Hund"]).odata() == (
        "tags/any(tag: tag eq 'dog' or tag eq 'hund' or tag eq 'hound' or tag eq 'puppy')"
    )
    assert Filters(any_tag=["glass", "beach"]).odata() == "tags/any(tag: tag eq 'glass' or tag eq 'beach')"

    put_vocabulary_in_force(
        build_vocabulary([Term(tag="all"), *(Term(tag=f"{number}", broader=("all",)) for number in range(100))])
    )
    assert str(Filters(tags=["all"]).odata()).startswith("tags/any(tag: search.in(tag, 'all,0,1,")
