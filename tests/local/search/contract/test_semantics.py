"""Semantic ranking: scores, captions, answers, and what is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local.search.contract.conftest import ContractIndex, SearchEndpoint, index_factory

FIELDS = [
    {"name": "title", "type": "Edm.String"},
    {"name": "body", "type": "Edm.String", "analyzer": "en.lucene"},
    {"name": "tags", "type": "Collection(Edm.String)"},
    {"name": "n", "type": "Edm.Int32"},
]
SEMANTIC = {
    "configurations": [
        {
            "name": "all",
            "prioritizedFields": {
                "titleField": {"fieldName": "title"},
                "prioritizedContentFields": [{"fieldName": "body"}],
                "prioritizedKeywordsFields": [{"fieldName": "tags"}],
            },
        }
    ]
}
DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": "moon",
        "title": "The Moon",
        "body": "The Moon is the only natural satellite of the Earth. It orbits the Earth at an average distance "
        "of 384,400 kilometres. Astronauts landed there in 1969, and brought stones home.",
        "tags": ["space"],
    },
    {"id": "cheese", "title": "Cheese", "body": "Some say the moon is made of cheese, which is wrong.", "tags": []},
    {"id": "car", "title": "Cars", "body": "A car needs petrol. The distance it can go depends on the tank."},
]
QUESTION = "How far away is the moon from the earth?"


@pytest.fixture(scope="module")
def index(service: SearchEndpoint) -> Iterator[ContractIndex]:
    with index_factory(service) as make:
        index = make(FIELDS, semantic=SEMANTIC)
        index.put(*DOCUMENTS)
        yield index


def semantic_search(index: ContractIndex, text: str = QUESTION, **rest: Any) -> dict[str, Any]:
    return index.search(search=text, queryType="semantic", semanticConfiguration="all", **rest)


def test_results_are_ordered_by_a_reranker_score_between_0_and_4(index: ContractIndex) -> None:
    hits = semantic_search(index)["value"]

    scores = [hit["@search.rerankerScore"] for hit in hits]
    assert hits[0]["id"] == "moon"
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 4 for score in scores)
    assert all(hit["@search.score"] > 0 for hit in hits)


def test_captions_are_verbatim_passages_with_marked_words(index: ContractIndex) -> None:
    best = semantic_search(index, captions="extractive|highlight-true")["value"][0]

    (caption,) = best["@search.captions"]
    assert caption["text"] in next(document["body"] for document in DOCUMENTS if document["id"] == best["id"])
    assert len(caption["text"].split()) < 200
    assert "<em>" in caption["highlights"]
    plain = semantic_search(index, captions="extractive|highlight-false")["value"][0]["@search.captions"][0]
    assert not plain["highlights"]


def test_answers_are_given_to_questions_only(index: ContractIndex) -> None:
    question = semantic_search(index, answers="extractive|count-2,threshold-0.1")
    keywords = semantic_search(index, "moon earth", answers="extractive|count-2,threshold-0.1")

    answer = question["@search.answers"][0]
    assert answer["key"] == "moon"
    assert set(answer) == {"key", "text", "highlights", "score"}
    assert len(question["@search.answers"]) <= 2
    assert keywords["@search.answers"] == []


def test_an_empty_query_is_not_reranked(index: ContractIndex) -> None:
    hits = semantic_search(index, "*")["value"]

    assert len(hits) == 3
    assert all("@search.rerankerScore" not in hit for hit in hits)


def test_only_the_first_fifty_are_reranked(make_index: Callable[..., ContractIndex]) -> None:
    index = make_index(FIELDS, semantic=SEMANTIC)
    index.put(*({"id": str(number), "title": "same", "body": "word " * (number + 1)} for number in range(60)))

    hits = semantic_search(index, "word", top=60)["value"]

    assert len(hits) == 60
    assert ["@search.rerankerScore" in hit for hit in hits] == [True] * 50 + [False] * 10


def test_semantic_query_ranks_another_text_than_the_search(index: ContractIndex) -> None:
    hits = index.search(search="distance", semanticQuery="petrol for a car", semanticConfiguration="all")["value"]

    assert hits[0]["id"] == "car"


def test_a_default_configuration_needs_no_name(make_index: Callable[..., ContractIndex]) -> None:
    index = make_index(FIELDS, semantic={**SEMANTIC, "defaultConfiguration": "all"})
    index.put(*DOCUMENTS)

    assert index.search(search="moon", queryType="semantic")["value"][0]["@search.rerankerScore"] > 0


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"semanticConfiguration": "nope"}, "Unknown semantic configuration 'nope'."),
        ({"semanticConfiguration": None}, "semanticConfiguration"),
        ({"orderby": "n"}, "orderby"),
        ({"answers": "QueryAnswerType.EXTRACTIVE"}, "answers"),
        ({"answers": "extractive,threshold-0.8"}, "answers"),
        ({"answers": "extractive|count-11"}, "answers"),
        ({"captions": "QueryCaptionType.EXTRACTIVE"}, "captions"),
        ({"semanticErrorHandling": "ignore"}, "semanticErrorHandling"),
    ],
    ids=str,
)
def test_a_wrong_semantic_request_is_refused(index: ContractIndex, parameters: dict[str, Any], reason: str) -> None:
    body = {"search": "moon", "queryType": "semantic", "semanticConfiguration": "all", **parameters}

    assert reason in index.error_message(**body)
