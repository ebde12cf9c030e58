"""What the library asks of the index, and what it makes of the hits."""

import pytest

from query.search import facets
from query.search.query_vectors import MAX_CACHED_VECTORS
from query.search.result_cuts import cut_by_relevance, sort_by_date
from shared.errors import NotFound
from shared.photo import photo_id
from shared.search.filters import Filters
from shared.search.results import Hit, SearchResults
from shared.search.search import Mode, Search, Sort
from tests.query.fakes import FakeIndex, FakeModels, fake_library, hit


def paths(hits: list[Hit]) -> list[str]:
    return [each.photo.path for each in hits]


def pairs_of_copies(count: int) -> list[Hit]:
    """Hits of which two in a row always are copies."""
    return [hit(number, digest=str(number // 2)) for number in range(count)]


# -- without words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [("relevance", "sorted_at desc"), ("newest", "sorted_at desc"), ("oldest", "sorted_at asc")],
)
async def test_without_words_the_library_is_listed_by_date(sort: Sort, order: str) -> None:
    index, models = FakeIndex([hit(number) for number in range(9)]), FakeModels()

    results = await fake_library(index, models).find(Search(sort=sort, top=3, skip=2))

    [query] = index.queries
    assert tuple(query.order_by) == (order, "id")
    assert (query.text, query.vector, query.facets) == (None, None, ())
    assert paths(results.hits) == ["2.jpg", "3.jpg", "4.jpg"]
    assert models.embedded == []


@pytest.mark.parametrize(("fold", "shown"), [(None, 4), (False, 4), (True, 2)])
async def test_a_list_is_folded_only_on_request(fold: bool | None, shown: int) -> None:
    results = await fake_library(FakeIndex(pairs_of_copies(4))).find(Search(fold=fold))

    assert len(results.hits) == shown


async def test_facets_are_asked_for_on_request() -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(facets=True))

    assert index.queries[0].facets == facets.FACET_REQUESTS


# -- by relevance -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "text", "vector", "semantic"),
    [("hybrid", "red dog", [7.0], True), ("keyword", "red dog", None, False), ("vector", None, [7.0], False)],
)
async def test_each_mode_sends_what_it_needs(
    mode: Mode, text: str | None, vector: list[float] | None, semantic: bool
) -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(q="red dog", mode=mode, top=30))

    [query] = index.queries
    assert (query.text, query.vector, query.semantic) == (text, vector, semantic)
    assert query.weight == 1.5
    assert query.candidates == (60 if mode == "vector" else 50)
    assert query.order_by == ()


@pytest.mark.parametrize(("top", "skip", "candidates"), [(10, 0, 50), (20, 10, 60), (200, 100_000, 10_000)])
async def test_a_vector_alone_has_candidates_for_two_pages(top: int, skip: int, candidates: int) -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(q="dog", mode="vector", top=top, skip=skip))

    assert index.queries[0].candidates == candidates


async def test_operators_in_words_are_taken_literally_and_quotes_are_exact() -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(q='snow-dog "thin ice"', filters=Filters(exact=["lake"])))

    assert index.queries[0].text == r"snow\-dog thin ice"
    assert str(index.queries[0].filter).count("search.ismatch") == 2
    assert "'\"lake\"'" in str(index.queries[0].filter)
    assert "'\"thin ice\"'" in str(index.queries[0].filter)


@pytest.mark.parametrize(("fold", "shown"), [(None, 5), (True, 5), (False, 10)])
async def test_ranked_hits_are_folded_unless_told_otherwise(fold: bool | None, shown: int) -> None:
    results = await fake_library(FakeIndex(pairs_of_copies(10))).find(Search(q="dog", fold=fold))

    assert len(results.hits) == shown


async def test_a_folded_page_is_full_where_the_window_has_enough() -> None:
    index = FakeIndex([hit(number, digest=str(number // 4)) for number in range(100)])

    results = await fake_library(index).find(Search(q="dog", top=8, skip=2))

    assert paths(results.hits) == [f"{number}.jpg" for number in range(8, 40, 4)]
    assert [query.top for query in index.queries] == [50]
    assert {query.skip for query in index.queries} == {0}


async def test_a_large_folded_page_asks_for_a_quarter_more() -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(q="dog", top=100))

    assert [query.top for query in index.queries] == [125]


async def test_a_folded_page_ends_with_the_hits() -> None:
    index = FakeIndex(pairs_of_copies(6))

    results = await fake_library(index).find(Search(q="dog", top=10))

    assert len(results.hits) == 3
    assert len(index.queries) == 1


async def test_a_folded_page_reaches_no_deeper_than_the_service_ranks() -> None:
    index = FakeIndex([hit(number, digest="same") for number in range(1200)])

    results = await fake_library(index).find(Search(q="dog", top=200, skip=300))

    assert results.hits == []
    assert [query.top for query in index.queries] == [550, 1000]


async def test_a_page_of_nothing_still_counts_what_is_likely() -> None:
    index = FakeIndex(pairs_of_copies(4))

    results = await fake_library(index).find(Search(q="dog", top=0, skip=1))

    assert (results.total, results.hits) == (4, [])
    assert [(query.top, query.skip) for query in index.queries] == [(50, 0)]


async def test_an_unfolded_page_is_cut_out_of_the_list() -> None:
    results = await fake_library(FakeIndex(pairs_of_copies(10))).find(Search(q="dog", fold=False, top=3, skip=4))

    assert paths(results.hits) == ["4.jpg", "5.jpg", "6.jpg"]


async def test_a_minimum_relevance_counts_and_pages_what_is_left() -> None:
    hits = [hit(number, reranker=4 - number / 10, digest=str(number)) for number in range(40)]

    results = await fake_library(FakeIndex(hits)).find(Search(q="dog", min_relevance=3, top=4, skip=2))

    assert results.total == 11
    assert paths(results.hits) == ["2.jpg", "3.jpg", "4.jpg", "5.jpg"]


async def test_a_minimum_relevance_looks_at_all_candidates_and_at_the_whole_page() -> None:
    index = FakeIndex()

    await fake_library(index).find(Search(q="dog", min_relevance=3, fold=False, top=4))
    await fake_library(index).find(Search(q="dog", min_relevance=3, fold=False, top=50, skip=50))

    assert [(query.top, query.skip) for query in index.queries] == [(50, 0), (100, 0)]


def test_relevance_cuts_only_where_the_ranker_ranked() -> None:
    unranked = SearchResults(9, [hit(1), hit(2)])
    ranked = SearchResults(9, [hit(1, reranker=2.5), hit(2, reranker=2.4), hit(3)])

    assert cut_by_relevance(unranked, 3) is unranked
    assert cut_by_relevance(ranked, 2.5) == SearchResults(1, ranked.hits[:1])


# -- by date ------------------------------------------------------------------------------


async def test_by_date_all_significant_words_must_match() -> None:
    index = FakeIndex([hit(1), hit(2)])

    results = await fake_library(index).find(Search(q="the dog in snow", sort="oldest", top=1))

    [query] = index.queries
    assert (query.text, query.match_all, query.vector) == ("dog snow", True, None)
    assert tuple(query.order_by) == ("sorted_at asc", "id")
    assert paths(results.hits) == ["1.jpg"]
    assert results.total == 2


@pytest.mark.parametrize("mode", ["hybrid", "vector"])
async def test_by_date_without_an_exact_match_the_nearest_are_sorted(mode: Mode) -> None:
    hits = [hit(number, sorted_at=f"2024-01-{number % 7 + 1:02}", digest=str(number)) for number in range(30)]
    index = FakeIndex(hits, total=0)

    results = await fake_library(index).find(Search(q="dog", sort="newest", mode=mode, top=4, skip=1))

    assert len(index.queries) == (2 if mode == "hybrid" else 1)
    assert (results.total, results.less_likely) == ((10, 0) if mode == "hybrid" else (0, 10))  # no word is known
    assert [each.photo.sorted_at for each in results.hits] == ["2024-01-06", "2024-01-05", "2024-01-04", "2024-01-03"]


async def test_exact_matches_by_date_are_folded_only_on_request() -> None:
    library = fake_library(FakeIndex(pairs_of_copies(4)))

    assert len((await library.find(Search(q="dog", sort="newest"))).hits) == 4
    assert len((await library.find(Search(q="dog", sort="newest", fold=True))).hits) == 2


def test_photos_without_a_date_sort_by_their_arrival() -> None:
    arrived = hit(1, arrived_at="2026", sorted_at="2026")
    results = SearchResults(9, [hit(2, sorted_at="2024"), arrived, hit(3, sorted_at="2023")])

    assert paths(sort_by_date(results, Search(sort="newest")).hits) == ["1.jpg", "2.jpg", "3.jpg"]
    assert paths(sort_by_date(results, Search(sort="oldest")).hits) == ["3.jpg", "2.jpg", "1.jpg"]
    assert sort_by_date(results, Search(sort="oldest")).total == 3


# -- counting -----------------------------------------------------------------------------


async def test_a_count_wants_all_significant_words_and_brings_facets() -> None:
    index = FakeIndex([hit(number) for number in range(9)])

    results = await fake_library(index).count("the dogs", Filters(folder="a"))

    [query] = index.queries
    assert (query.text, query.match_all, query.order_by) == ("dogs", True, ())
    assert query.facets == facets.FACET_REQUESTS
    assert (results.total, len(results.hits)) == (9, 3)
    assert "folder eq 'a'" in str(query.filter)


async def test_a_count_of_a_phrase_is_exact() -> None:
    index = FakeIndex()

    await fake_library(index).count('"thin ice"', Filters(exact=["lake"]))

    [query] = index.queries
    assert query.text is None
    assert tuple(query.order_by) == ("sorted_at desc", "id")
    assert str(query.filter).count("search.ismatch") == 2


async def test_a_count_without_words_lists_the_newest() -> None:
    index = FakeIndex()

    await fake_library(index).count("", Filters(taken_in="2024-07-01"), top=1)

    [query] = index.queries
    assert (query.text, query.match_all, query.top) == (None, False, 1)
    assert "taken_local ge 2024-07-01T00:00:00Z" in str(query.filter)


# -- vectors ------------------------------------------------------------------------------


async def test_the_same_words_are_embedded_once() -> None:
    models = FakeModels()
    library = fake_library(models=models)

    await library.cache_vectors(['"a dog"', "", "cat"])
    await library.find(Search(q="a dog"))
    await library.find(Search(q="cat", mode="vector"))

    assert models.embedded == [["a dog", "cat"]]


async def test_the_vectors_used_least_recently_are_forgotten() -> None:
    models = FakeModels()
    library = fake_library(models=models)
    await library.cache_vectors([f"w{number}" for number in range(MAX_CACHED_VECTORS)])

    await library.find(Search(q="w0"))
    await library.cache_vectors(["new"])
    await library.cache_vectors(["w0", "w2", "w1"])

    assert models.embedded[1:] == [["new"], ["w1"]]


# -- single photos ------------------------------------------------------------------------


async def test_a_photo_that_is_not_indexed_is_not_found() -> None:
    library = fake_library(FakeIndex([hit(1)]))

    assert (await library.photo(photo_id("1.jpg"))).path == "1.jpg"
    assert await library.get(photo_id("2.jpg")) is None
    with pytest.raises(NotFound, match=photo_id("2.jpg")) as error:
        await library.photo(photo_id("2.jpg"))
    assert error.value.param == "id"
    with pytest.raises(NotFound):
        await library.similar(photo_id("2.jpg"), top=3)


async def test_photos_come_in_the_order_of_their_ids_once_each() -> None:
    index = FakeIndex([hit(1), hit(2), hit(3)])
    ids = [photo_id(path) for path in ("3.jpg", "gone.jpg", "1.jpg", "3.jpg")]

    photos = await fake_library(index).get_many([*ids, "no id"])

    assert [photo.path for photo in photos] == ["3.jpg", "1.jpg"]
    assert index.queries[0].top == 100
    assert "no id" not in str(index.queries[0].filter)


async def test_without_ids_nothing_is_searched() -> None:
    index = FakeIndex([hit(1)])

    assert await fake_library(index).get_many(["no id"]) == []
    assert index.queries == []


async def test_similar_photos_leave_out_the_photo_and_show_duplicates_once() -> None:
    hits = [
        hit(1, digest="a", vector=[1.0]),
        hit(2, digest="a"),
        *(hit(number, digest=str(number // 2)) for number in range(4, 30)),
    ]
    index = FakeIndex(hits)

    similar = await fake_library(index).similar(photo_id("1.jpg"), top=3)

    [query] = index.queries
    assert (query.vector, query.candidates, query.top, query.text) == ([1.0], 16, 16, None)
    assert query.filter == f"id ne '{photo_id('1.jpg')}' and digest ne 'a'"
    assert paths(similar) == ["4.jpg", "6.jpg", "8.jpg"]


def test_a_page_ends_after_its_last_hit() -> None:
    assert Search(top=20, skip=40).end == 60
