"""Vectors alone and with keywords: scores, filters, fusion, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.search.documents.models import VectorizedQuery

from tests.local.search.contract.conftest import ContractIndex


def vector_field(name: str, profile: str = "cosine", **rest: Any) -> dict[str, Any]:
    kind = {"type": "Collection(Edm.Single)", "searchable": True, "retrievable": True}
    return {"name": name, **kind, "dimensions": 3, "vectorSearchProfile": profile, **rest}


METRICS = ("cosine", "euclidean", "dotProduct")
VECTOR_SEARCH = {
    "algorithms": [
        {"name": f"a-{metric}", "kind": "exhaustiveKnn", "exhaustiveKnnParameters": {"metric": metric}}
        for metric in METRICS
    ],
    "profiles": [{"name": metric, "algorithm": f"a-{metric}"} for metric in METRICS],
}
FIELDS = [
    {"name": "text", "type": "Edm.String"},
    {"name": "group", "type": "Edm.String"},
    vector_field("v"),
    vector_field("w", retrievable=False),
]
DOCUMENTS: list[dict[str, Any]] = [
    {"id": "a", "text": "red bike", "group": "x", "v": [1, 0, 0], "w": [0, 0, 1]},
    {"id": "b", "text": "red car", "group": "x", "v": [1, 1, 0], "w": [0, 1, 0]},
    {"id": "c", "text": "blue bike", "group": "y", "v": [0, 1, 0], "w": [1, 0, 0]},
    {"id": "d", "text": "nothing", "group": "y"},
]


@pytest.fixture
def index(make_index: Callable[..., ContractIndex]) -> ContractIndex:
    index = make_index(FIELDS, vectorSearch=VECTOR_SEARCH)
    index.put(*DOCUMENTS)
    return index


def query(vector: list[Any], fields: str = "v", **rest: Any) -> dict[str, Any]:
    return {"kind": "vector", "vector": vector, "fields": fields, **rest}


def scores(body: dict[str, Any]) -> dict[str, float]:
    return {hit["id"]: hit["@search.score"] for hit in body["value"]}


def test_cosine_scores_have_the_documented_scale(index: ContractIndex) -> None:
    scores_by_key = scores(index.search(vectorQueries=[query([2, 0, 0], k=3)]))

    assert list(scores_by_key) == ["a", "b", "c"]
    assert scores_by_key["a"] == pytest.approx(1.0)
    assert scores_by_key["b"] == pytest.approx(1 / (2 - 2**-0.5), abs=1e-5)
    assert scores_by_key["c"] == pytest.approx(0.5, abs=1e-5)


def test_k_limits_what_a_vector_finds(index: ContractIndex) -> None:
    body = index.search(vectorQueries=[query([1, 0, 0], k=2)], count=True)

    assert list(scores(body)) == ["a", "b"]
    assert body["@odata.count"] == 2


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_ranks_by_nearness(make_index: Callable[..., ContractIndex], metric: str) -> None:
    index = make_index([vector_field("v", metric)], vectorSearch=VECTOR_SEARCH)
    index.put({"id": "near", "v": [0.9, 0.1, 0]}, {"id": "mid", "v": [0.5, 0.5, 0]}, {"id": "far", "v": [-1, 0, 0]})

    scores_by_key = scores(index.search(vectorQueries=[query([1, 0, 0])]))

    assert list(scores_by_key) == ["near", "mid", "far"]
    assert all(0 <= score <= 1 for score in scores_by_key.values())


def test_prefilter_looks_for_k_among_the_allowed_and_postfilter_after(index: ContractIndex) -> None:
    body = {"vectorQueries": [query([1, 0, 0], k=2)], "filter": "group eq 'y'"}

    assert index.keys(**body) == ["c"]
    assert index.keys(**body, vectorFilterMode="preFilter") == ["c"]
    assert index.keys(**body, vectorFilterMode="postFilter") == []


def test_two_ranked_lists_are_fused_by_reciprocal_ranks_from_zero(index: ContractIndex) -> None:
    scores_by_key = scores(index.search(search="bike", vectorQueries=[query([1, 0, 0], k=2)]))

    assert scores_by_key["a"] == pytest.approx(0.03333333507180214)
    assert scores_by_key["c"] == pytest.approx(1 / 61)
    assert scores_by_key["b"] == pytest.approx(1 / 61)


def test_every_query_and_field_is_a_ranked_list_with_its_own_weight(index: ContractIndex) -> None:
    weighted = scores(index.search(vectorQueries=[query([1, 0, 0], k=1, weight=2.0), query([0, 1, 0], k=1)]))
    both = scores(index.search(vectorQueries=[query([1, 0, 0], fields="v,w", k=1)]))

    assert weighted == {"a": pytest.approx(2 / 60), "c": pytest.approx(1 / 60)}
    assert both == {"a": pytest.approx(1 / 60), "c": pytest.approx(1 / 60)}


def test_the_scores_before_fusion_are_told_on_request(index: ContractIndex) -> None:
    vector = VectorizedQuery(vector=[1, 0, 0], fields="v", k_nearest_neighbors=2)
    hits = index.client.search("bike", vector_queries=[vector], debug="vector")

    info = {hit["id"]: hit["@search.document_debug_info"].vectors.subscores for hit in hits}

    assert {key: each.text is not None for key, each in info.items()} == {"a": True, "b": False, "c": True}
    assert all(each.text.search_score > 0 for each in info.values() if each.text)
    [a], [b], [c] = (info[key].vectors for key in "abc")
    assert (a["v"].vector_similarity, a["v"].search_score) == (pytest.approx(1.0), pytest.approx(1.0))
    assert b["v"].vector_similarity == pytest.approx(2**-0.5, abs=1e-5)
    assert not c


def test_each_vector_query_has_scores_of_its_own_by_field(index: ContractIndex) -> None:
    vectors = [query([1, 0, 0], fields="v,w", k=1), query([0, 0, 1], fields="w", k=1)]
    hits = index.search(search="car", vectorQueries=vectors, debug="semantic|vector")["value"]

    subscores = {hit["id"]: hit["@search.documentDebugInfo"]["vectors"]["subscores"]["vectors"] for hit in hits}
    assert [set(each) for each in subscores["a"]] == [{"v"}, {"w"}]
    assert [set(each) for each in subscores["b"]] == [set(), set()]
    assert [set(each) for each in subscores["c"]] == [{"w"}, set()]


@pytest.mark.parametrize("debug", [None, "disabled", "semantic"])
def test_no_scores_are_told_unasked(index: ContractIndex, debug: str | None) -> None:
    hits = index.search(search="bike", vectorQueries=[query([1, 0, 0])], debug=debug)["value"]

    assert hits
    assert not any("@search.documentDebugInfo" in hit for hit in hits)


def test_an_unknown_mode_of_debugging_is_refused(index: ContractIndex) -> None:
    assert "debug" in index.error_message(search="bike", debug="vectors")


def test_counts_and_facets_of_a_hybrid_search_cover_keywords_and_vectors(index: ContractIndex) -> None:
    body = index.search(search="car", vectorQueries=[query([0, 1, 0], k=1)], count=True, facets=["group"], top=1)

    assert body["@odata.count"] == 2
    assert body["@search.facets"]["group"] == [{"value": "x", "count": 1}, {"value": "y", "count": 1}]


def test_vectors_come_back_when_retrievable(index: ContractIndex) -> None:
    document = index.client.get_document("b")

    assert document["v"] == [1.0, 1.0, 0.0]
    assert "w" not in document


def test_a_vector_can_be_replaced_and_removed(index: ContractIndex) -> None:
    index.client.merge_documents([{"id": "c", "v": [1, 0, 0.01]}, {"id": "a", "v": None}])

    assert index.keys(vectorQueries=[query([1, 0, 0])]) == ["c", "b"]
    assert index.client.get_document("a")["v"] == []


def test_the_sdk_speaks_the_same(index: ContractIndex) -> None:
    vector = VectorizedQuery(vector=[1.0, 0.0, 0.0], k_nearest_neighbors=1, fields="v", exhaustive=True, weight=1.0)

    assert [hit["id"] for hit in index.client.search(None, vector_queries=[vector])] == ["a"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (query([1, 0]), "vector length of '2'"),
        (query([1, 0, 0], fields="text"), "text"),
        (query([1, 0, 0], fields="nope"), "nope"),
        (query([1, 0, "x"]), "Edm.Single"),
        (query([1, 0, 0], k=0), "k"),
        ({"kind": "text", "text": "bike", "fields": "v"}, "vectorizer"),
        ({"kind": "vector", "vector": [1, 0, 0]}, "fields"),
        (query([1, 0, 0], weight=-1), "weight"),
    ],
    ids=str,
)
def test_a_wrong_vector_query_is_refused(index: ContractIndex, wrong: dict[str, Any], reason: str) -> None:
    assert reason in index.error_message(vectorQueries=[wrong])


def test_a_document_with_a_vector_of_another_length_is_refused(index: ContractIndex) -> None:
    response = index.send("POST", "/docs/search.index", {"value": [{"id": "x", "v": [1, 2, 3, 4]}]})

    assert response.status_code == 400
    assert "There's a mismatch in vector dimensions" in response.json()["error"]["message"]
    assert "expects a length of '3'" in response.json()["error"]["message"]
