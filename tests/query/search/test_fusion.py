"""Keywords and meaning as one score: what is weighed, and what a service that tells no scores decides by itself."""

from dataclasses import replace

import pytest

from query.search.fusion import WINDOW, fuse
from shared.search.results import Hit
from shared.search.search import Search
from tests.query.fakes import FakeIndex, fake_library, hit

SENTENCE = "two red bicycles lean against a wall of old bricks"
MAX_WEIGHT = 65.0


def scored(number: int, text_score: float | None, similarity: float | None) -> Hit:
    return replace(hit(number, digest=str(number)), text_score=text_score, similarity=similarity)


def paths(hits: list[Hit]) -> list[str]:
    return [each.photo.path for each in hits]


def fused(words: str, *hits: Hit, max_weight: float = MAX_WEIGHT) -> list[str]:
    return paths(fuse(hits, words, max_weight))


def test_keywords_settle_what_is_nearly_as_similar() -> None:
    assert fused(SENTENCE, scored(1, None, 0.90), scored(2, 20.0, 0.89), scored(3, None, 0.5)) == [
        "2.jpg",
        "1.jpg",
        "3.jpg",
    ]


def test_in_a_sentence_keywords_alone_do_not_take_the_first_place() -> None:
    assert fused(SENTENCE, scored(1, None, 0.9), scored(2, 40.0, None), scored(3, 40.0, 0.5))[0] == "1.jpg"


@pytest.mark.parametrize("words", ["HP-2024-0417", "dog"])
def test_a_name_is_found_by_its_word(words: str) -> None:
    assert fused(words, scored(1, None, 0.9), scored(2, 9.0, 0.6), scored(3, None, 0.5))[0] == "2.jpg"


def test_a_stray_word_of_another_language_leads_nobody_astray() -> None:
    hits = [scored(1, None, 0.9), scored(2, 4.0, 0.87), scored(3, None, 0.8)]

    assert fused("die zwei roten Fahrräder vor der alten Mauer aus Ziegeln", *hits)[0] == "1.jpg"


def test_the_weight_bounds_what_meaning_counts() -> None:
    hits = [scored(1, None, 0.9), scored(2, 40.0, None), scored(3, None, 0.5)]

    assert fused(SENTENCE, *hits, max_weight=0.5)[0] == "2.jpg"


def pictured(number: int, text_score: float | None, similarity: float | None, image: float | None) -> Hit:
    photo_of = hit(number, digest=str(number), image_recipe="feed")
    return replace(photo_of, text_score=text_score, similarity=similarity, image_similarity=image)


def test_what_a_picture_shows_counts_as_much_as_its_description() -> None:
    hits = [pictured(1, None, 0.9, 0.1), pictured(2, None, 0.8, 0.4), pictured(3, None, 0.5, 0.2)]

    assert fused(SENTENCE, *hits) == ["2.jpg", "1.jpg", "3.jpg"]


def test_a_picture_alone_may_bring_in_a_photo() -> None:
    hits = [pictured(1, 5.0, None, 0.4), pictured(2, None, None, 0.3), pictured(3, 5.0, None, None)]

    assert fused(SENTENCE, *hits)[0] == "1.jpg"


def test_a_photo_whose_picture_is_not_embedded_yet_loses_nothing_by_it() -> None:
    hits = [pictured(1, None, 0.7, 0.4), scored(2, None, 0.9), pictured(3, None, 0.5, 0.3)]

    assert fused(SENTENCE, *hits)[0] == "2.jpg"


def test_without_scores_the_order_is_the_services_own() -> None:
    hits = [hit(number, score=1 / (60 + number)) for number in range(4)]

    assert fuse(hits, "dog", MAX_WEIGHT) == hits
    assert fuse([], "dog", MAX_WEIGHT) == []


@pytest.mark.parametrize("similarity", [0.0, 0.9])
def test_equal_scores_keep_the_order(similarity: float) -> None:
    hits = [scored(number, None, similarity) for number in range(5)]

    assert paths(fuse(hits, "dog", MAX_WEIGHT)) == paths(hits)


def test_the_scores_are_from_0_to_1_and_say_the_order() -> None:
    hits = [scored(number, number % 7 or None, 0.9 - number / 100) for number in range(WINDOW)]

    scores = [each.score for each in fuse(hits, "red dog", MAX_WEIGHT)]

    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < scores[0] <= 1


def rising(count: int) -> list[Hit]:
    """Hits whose fused order is the reverse of the service's."""
    return [scored(number, float(number), 0.5 + number / 1000) for number in range(count)]


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("top", [7, 20, 60])
async def test_pages_are_cut_from_one_window_and_go_on_as_the_service_has_them(top: int, fold: bool) -> None:
    index = FakeIndex(rising(120), is_ranking=False)

    pages = [
        (await fake_library(index).find(Search(q="red dog", top=top, skip=skip, fold=fold))).hits
        for skip in range(0, 120, top)
    ]

    whole = [each for page in pages for each in paths(page)]
    assert whole == [f"{number}.jpg" for number in (*reversed(range(WINDOW)), *range(WINDOW, 120))]
    assert len(index.queries) == len(pages)


async def test_every_page_and_count_judges_the_same_window() -> None:
    index = FakeIndex(rising(120), is_ranking=False)

    await fake_library(index).find(Search(q="red dog", top=10))
    await fake_library(index).find(Search(q="red dog", top=0))
    await fake_library(index).find(Search(q="red dog", top=10, mode="keyword"))
    await fake_library(index).find(Search(q="red dog", top=10, skip=WINDOW, fold=False))

    assert [(query.top, query.skip) for query in index.queries] == [(WINDOW, 0), (WINDOW, 0), (WINDOW, 0), (60, 0)]


async def test_where_the_ranker_decides_nothing_is_fused() -> None:
    index = FakeIndex(rising(120))

    ranked = await fake_library(index).find(Search(q="red dog", top=10))
    unranked = await fake_library(index).find(Search(q="red dog", top=10, ranker=False))

    assert paths(ranked.hits)[0] == "0.jpg"
    assert paths(unranked.hits)[0] == f"{WINDOW - 1}.jpg"
    assert [query.top for query in index.queries] == [WINDOW, WINDOW]
