"""The likely photos of a search, beyond those that were judged one by one, and the numbers that go with them."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from query.search import facets
from query.search.calibration import Calibration
from query.search.typed_search import find_all
from shared.errors import BadRequest
from shared.search.odata import id_filter
from shared.search.results import Hit
from shared.search.search import Search
from tests.query.fakes import FakeIndex, fake_library, hit

DOGS = [hit(number, caption="A dog") for number in range(5)]
CATS = [hit(number, caption="A cat") for number in range(100, 180)]
MORE_DOGS = [hit(number, caption="Dogs") for number in range(200, 260)]


def numbers(hits: Sequence[Hit]) -> list[int]:
    return [int(each.photo.path[:-4]) for each in hits]


async def test_likely_photos_come_first_and_are_the_total() -> None:
    index = FakeIndex([*CATS[:3], *DOGS, *CATS[3:6]], hits_hold_words=False)

    results = await fake_library(index).find(Search(q="dogs", top=7))

    assert numbers(results.hits) == [0, 1, 2, 3, 4, 100, 101]
    assert [each.likely for each in results.hits] == [True] * 5 + [False] * 2
    assert (results.total, results.total_is_exact, results.less_likely, results.matches) == (5, True, 6, 11)
    assert len(index.queries) == 1


async def test_photos_with_every_word_are_likely_beyond_the_window_too() -> None:
    index = FakeIndex([*DOGS, *CATS], total=145, hits_hold_words=False, more=MORE_DOGS)

    pages = [await fake_library(index).find(Search(q="dogs", top=20, skip=skip)) for skip in range(0, 160, 20)]

    listed = [number for page in pages for number in numbers(page.hits)]
    assert listed == [*numbers(DOGS), *numbers(MORE_DOGS), *numbers(CATS)]
    assert {(page.total, page.less_likely) for page in pages} == {(65, 80)}
    assert [each.likely for page in pages for each in page.hits] == [True] * 65 + [False] * 80
    assert {query.text for query in index.more_queries} == {"dogs"}


SENTENCE = "a brown dog runs along the beach"
CALIBRATOR = SimpleNamespace(
    current=Calibration(
        model="m", dimensions=2, language="en", photos=500, sample=256, mean=(1.0, 0.0), unmatched=0.1, foreign=0.07,
        words={},
    ),
    language="en",
)  # fmt: skip
RUNNING = [hit(number, caption="A brown dog runs on a beach, along the water") for number in range(300, 340)]


@pytest.mark.parametrize("q", [SENTENCE, "a brown dog on the beach"])
@pytest.mark.parametrize("top", [0, 5, 20, 200])
@pytest.mark.parametrize("in_window", [0, 3])
@pytest.mark.parametrize("beyond", [0, 2, 37])
async def test_photos_with_every_word_of_three_or_more_are_asked_for_at_once(
    q: str, top: int, in_window: int, beyond: int
) -> None:
    hits, more = [*RUNNING[:in_window], *CATS], RUNNING[in_window : in_window + beyond]
    search = Search(q=q, top=top, facets=True, fold=False)
    later = FakeIndex(hits, hits_hold_words=False, more=more, counted=in_window + beyond)
    at_once = FakeIndex(hits, hits_hold_words=False, holding_all=RUNNING[: in_window + beyond])

    expected = await fake_library(later).find(search)
    found = await fake_library(at_once, calibrator=CALIBRATOR).find(search)

    assert numbers(found.hits) == numbers(expected.hits)
    assert (found.total, found.less_likely, found.unmet) == (expected.total, expected.less_likely, expected.unmet)
    assert at_once.more_queries == []
    assert [query.facets for query in at_once.queries] == [()]


async def test_a_sentence_that_many_photos_hold_takes_another_request() -> None:
    hits = [*RUNNING[:3], *CATS]
    index = FakeIndex(hits, hits_hold_words=False, holding_all=RUNNING * 2, more=MORE_DOGS)

    found = await fake_library(index, calibrator=CALIBRATOR).find(Search(q=SENTENCE, top=9, fold=False))

    assert numbers(found.hits) == [*numbers(RUNNING[:3]), *numbers(MORE_DOGS[:6])]
    assert (found.total, len(index.more_queries)) == (63, 1)


@pytest.mark.parametrize(("q", "calibrator"), [("a brown dog", CALIBRATOR), (SENTENCE, None)])
async def test_few_words_and_small_libraries_ask_for_every_word_when_there_may_be_more(
    q: str, calibrator: object
) -> None:
    index = FakeIndex([*DOGS, *CATS[:3]], hits_hold_words=False, holding_all=())

    await fake_library(index, calibrator=calibrator).find(Search(q=q))

    assert [query.match_all for query in index.queries] == [False]
    assert index.more_queries == []


async def test_more_than_a_thousand_are_a_lower_bound() -> None:
    index = FakeIndex([*DOGS, *CATS], hits_hold_words=False, more=MORE_DOGS * 20)

    results = await fake_library(index).find(Search(q="dogs", top=0))

    assert (results.total, results.total_is_exact, results.hits) == (1000, False, [])


async def test_words_that_no_likely_photo_holds_are_unmet() -> None:
    index = FakeIndex([*DOGS, *CATS[:5]], hits_hold_words=False)

    assert (await fake_library(index).find(Search(q="dogs at night"))).unmet == ["night"]
    assert (await fake_library(index).find(Search(q="unicorns at night"))).unmet == []


async def test_facets_of_likely_photos_that_are_all_at_hand_are_counted_here() -> None:
    dogs = [hit(number, caption="A dog", city="Bern") for number in range(3)]
    more = [hit(number, caption="Dogs", city="Rome") for number in range(200, 202)]
    index = FakeIndex([*dogs, *CATS], hits_hold_words=False, more=more)

    results = await fake_library(index).find(Search(q="the dogs", facets=True))

    assert (len(index.queries), len(index.more_queries)) == (1, 1)
    assert results.facets["city"] == [("Bern", 3), ("Rome", 2)]
    assert results.facets.keys() == {each.partition(",")[0] for each in facets.FACET_REQUESTS}


async def test_facets_are_asked_for_where_likely_photos_are_not_at_hand() -> None:
    index = FakeIndex([*DOGS, *CATS], hits_hold_words=False, more=MORE_DOGS)

    await fake_library(index).find(Search(q="the dogs", facets=True, top=5))

    [ranked, counted] = index.queries
    assert (ranked.facets, counted.facets) == ((), facets.FACET_REQUESTS)
    assert (counted.top, counted.text) == (0, None)
    assert f"search.in(id, '{','.join(each.photo.id for each in DOGS)}', ',')" in str(counted.filter)
    assert "search.ismatch('dogs'" in str(counted.filter)
    assert ",described_de'" in str(counted.filter)


async def test_facets_tell_the_total_where_no_more_photos_are_shown() -> None:
    index = FakeIndex([*DOGS, *CATS], hits_hold_words=False, more=MORE_DOGS, counted=65)

    results = await fake_library(index).find(Search(q="dogs", facets=True, top=0, fold=False))

    assert (len(index.queries), index.more_queries) == (2, [])
    assert (results.total, results.total_is_exact) == (65, True)


async def test_without_likely_photos_there_is_nothing_to_count() -> None:
    index = FakeIndex(CATS[:9], hits_hold_words=False)

    results = await fake_library(index).find(Search(q="unicorns", facets=True))

    assert (results.total, results.less_likely, dict(results.facets)) == (0, 9, {})
    assert len(index.queries) == 1


async def test_the_ids_of_all_likely_photos() -> None:
    index = FakeIndex([*DOGS, *CATS], hits_hold_words=False, more=MORE_DOGS)
    library = fake_library(index)

    assert await library.likely_ids(Search(q="dogs")) == ([each.photo.id for each in [*DOGS, *MORE_DOGS]], True)
    ids, is_exact = await library.likely_ids(Search())
    assert (len(ids), is_exact) == (85, True)


async def test_sorted_by_date_they_are_those_with_all_the_words_as_in_the_results() -> None:
    index = FakeIndex(DOGS)

    ids, is_exact = await fake_library(index).likely_ids(Search(q="the dogs", sort="newest"))

    assert (len(ids), is_exact) == (5, True)
    [query] = index.queries
    assert (query.text, query.match_all) == ("dogs", True)


@pytest.mark.parametrize("fold", [None, True, False])
@pytest.mark.parametrize("q", ["dogs", "dogs in 2024"])
async def test_all_that_is_meant_counts_photos_one_by_one_however_they_are_listed(fold: bool | None, q: str) -> None:
    alike = [hit(number, caption="A dog", digest="same", taken_local="2024-01-01T12:00:00") for number in range(4)]

    ids = await find_all(fake_library(FakeIndex(alike)), Search(q=q, fold=fold))

    assert sorted(ids) == sorted(each.photo.id for each in alike)


async def test_all_that_is_meant_is_refused_where_it_would_not_be_what_is_shown() -> None:
    with pytest.raises(BadRequest) as raised:
        await find_all(fake_library(FakeIndex(DOGS)), Search(q="dogs", min_relevance=2))

    assert raised.value.param == "min_relevance"
    with pytest.raises(BadRequest, match="more than 1,000 photos"):
        await find_all(
            fake_library(FakeIndex([*DOGS, *CATS], hits_hold_words=False, more=MORE_DOGS * 20)), Search(q="dogs")
        )


async def test_a_list_without_words_is_all_likely() -> None:
    results = await fake_library(FakeIndex(CATS[:4])).find(Search())

    assert (results.total, results.total_is_exact, results.less_likely) == (4, True, 0)
    assert all(each.likely for each in results.hits)


async def test_a_photo_that_is_named_and_lies_beyond_the_window_is_listed_once() -> None:
    cats = [hit(number, caption="A cat", digest=str(number)) for number in range(80)]
    index = FakeIndex(cats, hits_hold_words=False, named=[cats[70]])

    results = await fake_library(index).find(Search(q="70.jpg", top=80, fold=False))

    assert sorted(numbers(results.hits)) == list(range(80))
    assert numbers(results.hits)[0] == 70
    assert results.total == 1


async def test_only_named_photos_beyond_the_window_are_fetched() -> None:
    dogs = [hit(number, caption="A dog", digest=str(number)) for number in range(60)]
    index = FakeIndex(dogs, named=[dogs[3], replace(dogs[55], score=7.5)])

    results = await fake_library(index).find(Search(q="the dogs in 55.jpg and in 3.jpg", top=3))

    assert (numbers(results.hits)[:2], results.hits[1].score) == ([3, 55], 7.5)
    [fetched] = index.fetched
    assert fetched.filter == id_filter([dogs[55].photo.id])
