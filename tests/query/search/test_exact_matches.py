"""Photos that a search names exactly come first."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from query.search.exact_matches import (
    CODE_FIELDS,
    MAX_EXACT,
    MAX_LIKE_PHRASE,
    NAME_FIELDS,
    ExactWords,
    exact_hits,
    put_first,
)
from shared.search.results import Hit
from shared.search.search import Search
from tests.query.fakes import FakeIndex, fake_library, hit
from tests.query.photos import photo


def named(path: str, **facts: Any) -> Hit:
    return Hit(photo(path, **facts), score=1.0, source="keywords")


@pytest.mark.parametrize(
    ("q", "path", "facts", "evidence"),
    [
        ("IMG_2071.HEIC", "holiday/IMG_2071.HEIC", {}, 6),
        ("img_2071", "holiday/IMG_2071.HEIC", {}, 6),
        ("holiday/IMG_2071.HEIC", "holiday/IMG_2071.HEIC", {}, 6),
        ("IMG 2071", "holiday/IMG_2071.HEIC", {}, 5),
        ("second breakfast", "holiday/second breakfast.jpg", {}, 6),
        ("straße am see", "Strasse am See.jpg", {}, 6),
        ("cafe", "Cafe\u0301.jpg", {}, 6),
        ("what is in IMG_2071.HEIC?", "holiday/IMG_2071.HEIC", {}, 4),
        ("the people of IMG_2071", "holiday/IMG_2071.HEIC", {}, 4),
        ("Ansel Adams", "a.jpg", {"creators": ["Ansel Adams"]}, 5),
        ("mountains by ansel adams", "a.jpg", {"creators": ["Ansel Adams"]}, 3),
        ("NASA", "a.jpg", {"credit": "NASA"}, 5),
        ("pictures of nasa", "a.jpg", {"credit": "NASA"}, 0),
        ("Adams", "a.jpg", {"creators": ["Ansel Adams"]}, 0),
        ("HP-2024-0417", "a.jpg", {"text_in_photo": "Invoice HP-2024-0417 of May"}, 2),
        ("invoice 7740021 please", "a.jpg", {"text_in_photo": "No. 7740021"}, 2),
        ("HP-2024-0417", "scan HP-2024-0417 (2).jpg", {}, 2),
        ("HP-2024-0417", "a.jpg", {"text_in_photo": "HP-2024-0418"}, 0),
        ("HP-2024-0417", "a.jpg", {"text_in_photo": "2024 HP 0417"}, 0),
        ('"thin ice"', "a.jpg", {"text_in_photo": "Danger! Thin ice."}, 2),
        ('"thin ice"', "a.jpg", {"caption": "ice, thin as glass"}, 0),
        ('"red boats"', "a.jpg", {"caption": "a red boat"}, 0),
        ("two dogs", "a.jpg", {"caption": "two dogs"}, 0),
        ("2019", "2019-05/a.jpg", {}, 0),
        ("forgotten box", "attic/ForgottenBoxes_1987/a.jpg", {}, 1),
        ("box forgotten", "attic/ForgottenBoxes_1987/a.jpg", {}, 0),
        ("box", "attic/boxes/a.jpg", {}, 0),
    ],
)
def test_a_photo_that_is_named_is_told_from_one_that_is_not(
    q: str, path: str, facts: dict[str, Any], evidence: int
) -> None:
    assert ExactWords.of(q).evidence(photo(path, **facts)) == evidence


def test_only_codes_and_quotes_are_looked_for_everywhere() -> None:
    name, code, sentence = (ExactWords.of(q).query("f") for q in ("red boat", "red AB-123", " ".join("abcdefghijklmn")))

    assert name
    assert code
    assert (name.search_fields, name.filter) == (NAME_FIELDS, "f")
    assert code.search_fields == CODE_FIELDS
    assert sentence is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_looked_for(q: str) -> None:
    words = ExactWords.of(q)
    words.query(None)
    words.evidence(photo("a.jpg", caption=q))


def test_the_surest_hits_come_first_and_others_not_at_all() -> None:
    hits = [named("a.jpg"), named("boat (2).jpg"), named("x.jpg", creators=["boat"]), named("boat.jpg")]

    exact = exact_hits(hits, ExactWords.of("boat"))

    assert [each.photo.path for each in exact] == ["boat.jpg", "x.jpg"]
    assert {each.source for each in exact} == {"exact"}


def test_an_exact_hit_keeps_what_the_search_said_of_it() -> None:
    ranked = [hit(1, score=0.9), hit(2, score=0.5, reranker=2.0)]

    hits = put_first([hit(3), hit(2)], ranked)

    assert [(each.photo.path, each.reranker, each.source) for each in hits] == [
        ("3.jpg", None, "exact"),
        ("2.jpg", 2.0, "exact"),
        ("1.jpg", None, "filter"),
    ]


@pytest.mark.parametrize("fold", [True, False])
async def test_the_exact_photo_is_first_on_the_first_page_and_on_no_other(fold: bool) -> None:
    hits = [hit(number, digest=str(number)) for number in range(12)]
    library = fake_library(FakeIndex(hits, named=[hits[7]]))

    pages = [(await library.find(Search(q="7.jpg", fold=fold, top=4, skip=skip))).hits for skip in (0, 4, 8)]

    assert [each.photo.path for page in pages for each in page] == [
        f"{number}.jpg" for number in (7, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11)
    ]


async def test_a_minimum_relevance_leaves_what_is_named() -> None:
    index = FakeIndex([hit(1, reranker=3.0), hit(2, reranker=1.0)], named=[hit(9)])

    results = await fake_library(index).find(Search(q="9.jpg", min_relevance=2))

    assert [each.photo.path for each in results.hits] == ["9.jpg", "1.jpg"]


async def test_vectors_alone_look_for_no_names() -> None:
    index = FakeIndex(named=[hit(9)])

    await fake_library(index).find(Search(q="9.jpg", mode="vector"))

    assert index.name_queries == []


async def test_a_total_alone_counts_what_is_named_too() -> None:
    assert (await fake_library(FakeIndex(named=[hit(9)])).find(Search(q="9.jpg", top=0))).total == 1


async def test_a_photo_that_only_its_name_finds_is_counted() -> None:
    results = await fake_library(FakeIndex(named=[hit(9)])).find(Search(q="9.jpg", mode="keyword"))

    assert (results.total, len(results.hits)) == (1, 1)


def test_more_candidates_are_examined_for_a_phrase() -> None:
    phrase, name = ExactWords.of('"the red boat"').query(None), ExactWords.of("the red boat").query(None)

    assert phrase
    assert name
    assert (phrase.top, name.top) == (MAX_LIKE_PHRASE, MAX_EXACT)


def test_a_plain_sentence_names_nothing_and_asks_for_nothing() -> None:
    assert ExactWords.of("a man is riding a wave on top of a surfboard").query(None) is None
    assert ExactWords.of("seven eight nine ten eleven twelve two four six").query(None)
    assert ExactWords.of("what is to be seen on the left of red boat.jpg").query(None)
