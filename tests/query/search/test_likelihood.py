"""Which hits are likely, by all that can be known of them."""

from dataclasses import replace
from typing import Any

import pytest

from query.search.calibration import Calibration
from query.search.likelihood import Question, judge
from query.search.query_terms import query_terms
from shared.search.results import Hit
from tests.query.fakes import hit

CALIBRATION = Calibration(
    model="m", dimensions=2, language="en", photos=500, sample=256, mean=(1.0, 0.0), unmatched=0.1, foreign=0.07,
    words={"man": 100, "street": 40, "night": 20},
)  # fmt: skip
AVERAGE = 0.7


def shown(number: int, caption: str, similarity: float | None = None, **facts: Any) -> Hit:
    return replace(hit(number, caption=caption), similarity=similarity, source="hybrid", **facts)


def likely(q: str, *hits: Hit, calibration: Calibration | None = None, **known: Any) -> list[int]:
    question = Question(query_terms(q), AVERAGE, **known)
    return [int(each.photo.path[:-4]) for each in judge(hits, question, calibration).likely]


# -- by words alone -----------------------------------------------------------------------


def test_without_calibration_words_decide() -> None:
    hits = [shown(1, "Two boats on a river", 0.8), shown(2, "A cat", 0.99), shown(3, "A ferry boat", None)]

    assert likely("Which photos show boats?", *hits) == [1, 3]


@pytest.mark.parametrize("q", ["xyzzy", "un bateau", "A violin player on stage in the street"])
def test_what_nobody_shows_has_no_likely_hits(q: str) -> None:
    assert likely(q, shown(1, "A man in the street", 0.8), shown(2, "A cat", 0.8), shown(3, "Men at work", 0.8)) == []


def test_one_rare_word_is_worth_more_than_one_that_many_photos_hold() -> None:
    hits = [shown(number, "A man at work") for number in range(9)]

    assert likely("man owl", *hits, shown(9, "An owl in a tree")) == [9]


def test_a_part_of_the_words_is_not_enough_beside_all_of_them() -> None:
    assert likely("red bicycle", shown(1, "A green bicycle"), shown(2, "A red bicycle")) == [2]


def test_the_thing_itself_without_what_is_said_of_it_is_likely_and_the_rest_unmet() -> None:
    planes = [shown(number, "An airplane in the sky") for number in range(6)]

    judgement = judge([*planes, shown(7, "A street at night")], Question(query_terms("airplanes at night")))

    assert [each.photo.path for each in judgement.likely] == [f"{number}.jpg" for number in range(6)]
    assert judgement.unmet == ["night"]
    assert [each.likely for each in judgement.others] == [False]


def test_what_is_named_exactly_is_always_likely() -> None:
    assert likely("IMG 0042", replace(hit(1, caption="A cat"), source="exact")) == [1]


# -- with what the library says of similarity ---------------------------------------------


@pytest.mark.parametrize(
    ("similarity", "q", "expected"),
    [
        (0.85, "an overcast coastline", [1]),  # far above the average, in other words
        (0.80, "an overcast coastline", []),  # as close as something always is
        (0.76, "a man in the street at night", []),  # known words, none of them here, and not close
        (0.80, "a man in the street at night", [1]),
    ],
)
def test_with_calibration_closeness_counts_and_known_words_help(similarity: float, q: str, expected: list[int]) -> None:
    assert likely(q, shown(1, "Waves below a dark sky", similarity), calibration=CALIBRATION) == expected


def test_a_hit_as_similar_as_one_with_all_the_words_is_as_likely() -> None:
    hits = [shown(1, "A couch", 0.78), shown(2, "A sofa", 0.77), shown(3, "A bed", 0.76)]

    assert likely("sofa", *hits, calibration=CALIBRATION) == [1, 2]


MUGS = Calibration(**CALIBRATION.model_dump() | {"words": {"red": 60, "green": 60, "mug": 40, "umbrella": 40}})


def test_beside_a_hit_with_all_the_words_one_without_the_thing_itself_is_not_likely() -> None:
    umbrella, mug = shown(2, "A red umbrella", 0.80), shown(3, "A green mug", 0.80)

    assert likely("red mug", shown(1, "A red mug", 0.82), umbrella, mug, calibration=MUGS) == [1, 3]
    assert likely("red mug", shown(1, "A red mug", 0.80), umbrella, mug, calibration=MUGS) == [1, 2, 3]  # as similar
    assert likely("red mug", umbrella, mug, calibration=MUGS) == [2, 3]  # nothing is better
    assert likely("a red mug and a green umbrella", umbrella, mug, calibration=MUGS) == [2, 3]


def test_a_single_word_may_be_said_in_other_words_beside_a_hit_that_holds_it() -> None:
    assert likely("mug", shown(1, "A mug", 0.9), shown(2, "A large cup", 0.84), calibration=MUGS) == [1, 2]


def test_in_another_language_similarity_alone_decides() -> None:
    one, other = shown(1, "Waves", 0.78), shown(2, "A cat", 0.76)

    assert likely("les vagues sur la mer", one, other, calibration=CALIBRATION, is_foreign=True) == [1]
    assert likely("les vagues sur la mer", one, other, calibration=CALIBRATION) == []


def test_a_vector_search_is_judged_by_the_similarity_in_its_score() -> None:
    near = replace(hit(1, caption="Waves"), source="vector", score=1 / (2 - 0.9))
    far = replace(hit(2, caption="Waves"), source="vector", score=1 / (2 - 0.72))

    assert likely("an overcast coastline", near, far, calibration=CALIBRATION) == [1]


@pytest.mark.parametrize(("score", "expected"), [(2.6, [1]), (0.4, []), (1.5, [])])
def test_azures_ranker_decides_where_it_is_sure(score: float, expected: list[int]) -> None:
    one = replace(hit(1, caption="Waves", reranker=score), similarity=0.72, source="semantic")
    question = Question(query_terms("an overcast coastline"), AVERAGE)

    judgement = judge([one], question, CALIBRATION, ranked=True)

    assert [int(each.photo.path[:-4]) for each in judgement.likely] == expected
    assert judge([one], question, CALIBRATION).likely == []  # the scores of another ranker mean other things
