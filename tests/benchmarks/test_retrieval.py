"""What the retrieval benchmark counts, and that its halves never mix."""

import pytest

from benchmarks.confidence import paired_bootstrap
from benchmarks.retrieval import DATA, Score, score
from benchmarks.retrieval_questions import (
    half_of,
    nouns_of,
    read_captions,
    read_translations,
    sentences,
    short_questions,
)

CAPTIONS = read_captions(DATA / "coco-captions.tsv")


def test_every_image_is_in_one_half_and_all_that_is_asked_about_it_too() -> None:
    halves = [half_of(CAPTIONS, "tuning"), half_of(CAPTIONS, "test")]

    assert halves[0].keys().isdisjoint(halves[1])
    assert {**halves[0], **halves[1]} == half_of(CAPTIONS, "all") == CAPTIONS
    assert 450 < len(halves[1]) < 550
    for half in halves:
        questions = [*sentences(half), *short_questions(half, nouns_of(CAPTIONS))]
        questions += read_translations(DATA / "coco-translations.tsv", half)
        assert all(question.right <= half.keys() and question.image in question.right for question in questions)


def test_short_questions_are_nouns_of_captions_that_are_not_indexed() -> None:
    captions = {
        "1": ["A boat.", "A dog on a beach.", "The dog and a ball."],
        "2": ["A dog.", "A dog in the snow.", "A brown dog."],
        "3": ["Snow.", "A beach."],
    }
    questions = short_questions(captions, frozenset({"dog", "beach", "snow", "boat", "ball"}))

    assert {question.kind for question in questions} == {"1 word", "2 words"}
    assert not any("boat" in question.text for question in questions)
    assert all(question.right == {"1", "2"} for question in questions if question.text == "dog")
    assert questions == short_questions(captions, frozenset({"dog", "beach", "snow", "boat", "ball"}))


def test_nouns_are_told_from_adjectives() -> None:
    nouns = nouns_of(CAPTIONS)

    assert {"dog", "kitchen", "zebras", "skateboard"} <= nouns
    assert not {"the", "with", "standing", "young", "large"} & nouns


@pytest.mark.parametrize(
    ("paths", "right", "expected"),
    [
        (["a.jpg", "b.jpg"], {"a"}, Score(1, 1, 1)),
        (["b.jpg", "c.jpg", "a.jpg"], {"a"}, Score(0, 1, 0.5)),
        (["a.jpg", "b.jpg"], {"a", "b"}, Score(1, 1, 1)),
        (["b.jpg"] * 10 + ["a.jpg"], {"a"}, Score(0, 0, 0)),
        ([], {"a"}, Score(0, 0, 0)),
    ],
)
def test_a_score_has_recall_and_gain(paths: list[str], right: set[str], expected: Score) -> None:
    assert score(paths, frozenset(right)) == pytest.approx(expected)


def test_an_interval_spans_zero_where_nothing_is_certain() -> None:
    better = paired_bootstrap([1.0] * 40, [0.0] * 40, [str(number) for number in range(40)])
    chance = paired_bootstrap([1.0, 0.0] * 20, [0.0, 1.0] * 20, [str(number) for number in range(40)])

    assert (better.difference, better.low, better.high) == (1, 1, 1)
    assert chance.difference == 0
    assert chance.low < 0 < chance.high


def test_questions_about_one_image_count_as_one_observation() -> None:
    scores, others = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 4, [0.5] * 32

    alone = paired_bootstrap(scores, others, [str(number) for number in range(32)])
    together = paired_bootstrap(scores, others, [str(number // 4) for number in range(32)])

    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert str(together).startswith("+0.000 (-0.")
