"""What the service answers, as we read it."""

from dataclasses import fields, replace

import pytest

from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import Hit, IndexEntry, SearchResults, parse_results

DOCUMENT = {"id": "a", "path": "a.jpg"}


def test_an_empty_answer() -> None:
    assert parse_results({"value": []}, IndexQuery()) == SearchResults(0, [], {}, [])
    assert parse_results({"@odata.count": None, "value": []}, IndexQuery()).total == 0


def test_everything_there_may_be_in_an_answer() -> None:
    document = DOCUMENT | {
        "@search.score": 1.5,
        "@search.rerankerScore": 0.0,
        "@search.highlights": {"tags": ["a <em>dog</em>"]},
        "@search.captions": [{"text": "A dog."}, {"text": "A cat."}],
    }
    response = {
        "@odata.count": 9,
        "@search.facets": {"people": [{"value": 2, "count": 5}, {"value": 0, "count": "1"}]},
        "@search.answers": [{"text": "It is a dog."}, {"text": None}],
        "value": [document],
    }

    results = parse_results(response, IndexQuery(text="dog"))

    assert results.total == 9
    assert results.facets == {"people": [("2", 5), ("0", 1)]}
    assert results.passages == ["It is a dog.", ""]
    assert results.hits == [
        Hit(Photo(id="a", path="a.jpg"), 1.5, 0.0, "semantic", {"tags": ["a <em>dog</em>"]}, "A dog.")
    ]


def test_what_is_read_has_every_field() -> None:
    [hit] = parse_results({"value": [DOCUMENT]}, IndexQuery(text="dog")).hits

    assert vars(hit).keys() == {each.name for each in fields(Hit)}
    assert vars(hit.photo).keys() == {each.name for each in fields(Photo)}
    assert hit == Hit(Photo(id="a", path="a.jpg"), source="keywords")
    assert (hit.told(likely=False).likely, hit.likely) == (False, True)


def subscores(**parts: object) -> dict[str, object]:
    return {"vectors": {"subscores": {"documentBoost": 1.0, **parts}}}


@pytest.mark.parametrize(
    ("debug_info", "scores"),
    [
        (
            subscores(text={"searchScore": 3.5}, vectors=[{"vector": {"searchScore": 0.8, "vectorSimilarity": 0.75}}]),
            (3.5, 0.75),
        ),
        (subscores(text={"searchScore": 3.5}, vectors=[{}]), (3.5, None)),
        (subscores(text=None, vectors=[{"vector": {"vectorSimilarity": 0.75}}]), (None, 0.75)),
        (subscores(vectors=[{"vector": None}]), (None, None)),
        (subscores(vectors=[]), (None, None)),
        ({"vectors": None}, (None, None)),
        (None, (None, None)),
    ],
)
def test_the_scores_before_fusion(debug_info: object, scores: tuple[float | None, float | None]) -> None:
    document = DOCUMENT | {"@search.documentDebugInfo": debug_info}

    [hit] = parse_results({"value": [document]}, IndexQuery(text="dog", vector=[1.0])).hits

    assert (hit.text_score, hit.similarity) == scores


def test_the_similarity_of_pictures_is_told_apart() -> None:
    vectors = [{"vector": {"vectorSimilarity": 0.75}}, {"image_vector": {"vectorSimilarity": 0.25}}]
    document = DOCUMENT | {"@search.documentDebugInfo": subscores(vectors=vectors)}

    [hit] = parse_results({"value": [document]}, IndexQuery(text="dog", vector=[1.0], image_vector=[1.0])).hits

    assert (hit.similarity, hit.image_similarity) == (0.75, 0.25)


@pytest.mark.parametrize("captions", [None, [], [{"text": None}]])
def test_a_hit_without_anything_else(captions: object) -> None:
    document = DOCUMENT | {"@search.captions": captions, "@search.score": None, "@search.highlights": None}

    assert parse_results({"value": [document]}, IndexQuery()).hits == [Hit(Photo(id="a", path="a.jpg"))]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        (IndexQuery(text="dog"), "keywords"),
        (IndexQuery(text="dog", vector=[1.0]), "hybrid"),
        (IndexQuery(vector=[1.0]), "vector"),
        (IndexQuery(), "filter"),
        (IndexQuery(text="dog", vector=[1.0], order_by=["id"]), "filter"),
    ],
)
def test_the_source_says_what_decided_the_order(query: IndexQuery, source: str) -> None:
    [hit] = parse_results({"value": [DOCUMENT]}, query).hits

    assert hit.source == source


def test_an_entry_is_what_tells_whether_a_document_is_current() -> None:
    photo = Photo(id="a", path="a.jpg", etag="e", recipe="r", tokens=9, title="A dog")

    assert IndexEntry.of(photo) == IndexEntry("a", "a.jpg", "e", "r", 9)


def test_a_hit_that_is_told_something_else_is_the_same_otherwise() -> None:
    hit = Hit(Photo(id="1", path="a.jpg"), 1.5, source="keywords", text_score=2.0, document={"id": "1"})

    assert hit.told(likely=True) is hit
    assert hit.told(likely=False) == replace(hit, likely=False)
    assert hit.scored(0.5) == replace(hit, score=0.5)
    assert (hit.told(likely=False).document, hit.likely, hit.score) == ({"id": "1"}, True, 1.5)
