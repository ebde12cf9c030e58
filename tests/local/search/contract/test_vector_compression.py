"""Compressed vectors: what they find and miss, what rescoring mends, and what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.local.search.contract.conftest import ContractIndex

DIMENSIONS, COUNT, QUERIES, K = 64, 1500, 25, 10
NOISE = np.random.default_rng(7)
VECTORS = NOISE.normal(size=(COUNT, DIMENSIONS)).astype(np.float32)
ASKED = NOISE.normal(size=(QUERIES, DIMENSIONS)).astype(np.float32)


def vector_search(**compression: Any) -> dict[str, Any]:
    return {
        "algorithms": [{"name": "hnsw", "kind": "hnsw"}],
        "profiles": [{"name": "p", "algorithm": "hnsw", **({"compression": "c"} if compression else {})}],
        "compressions": [{"name": "c", **compression}] if compression else [],
    }


def fields(dimensions: int = DIMENSIONS) -> list[dict[str, Any]]:
    kind = {"type": "Collection(Edm.Single)", "searchable": True, "retrievable": True}
    return [{"name": "v", **kind, "dimensions": dimensions, "vectorSearchProfile": "p"}]


@pytest.fixture
def make(make_index: Callable[..., ContractIndex]) -> Callable[..., ContractIndex]:
    def made(**compression: Any) -> ContractIndex:
        index = make_index(fields(), vectorSearch=vector_search(**compression))
        documents = [{"id": str(row), "v": vector.tolist()} for row, vector in enumerate(VECTORS)]
        for start in range(0, COUNT, 500):
            index.put(*documents[start : start + 500])
        return index

    return made


def found(index: ContractIndex, vector: np.ndarray[Any, Any], **rest: Any) -> dict[str, float]:
    query = {"kind": "vector", "vector": vector.tolist(), "fields": "v", "k": K, **rest}
    return {hit["id"]: hit["@search.score"] for hit in index.search(vectorQueries=[query])["value"]}


def cosines(vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray((VECTORS @ vector) / (np.linalg.norm(VECTORS, axis=1) * np.linalg.norm(vector)))


def recall(index: ContractIndex, **rest: Any) -> float:
    """The share of the true nearest ten that a search finds."""
    nearest = [{str(row) for row in np.argsort(-cosines(each))[:K]} for each in ASKED]
    hits = sum(len(true & set(found(index, each, **rest))) for true, each in zip(nearest, ASKED, strict=True))
    return hits / (K * QUERIES)


NO_RESCORING = {"rescoringOptions": {"enableRescoring": False}}


def test_single_bits_miss_much_that_rescoring_more_candidates_brings_back(make: Callable[..., ContractIndex]) -> None:
    index = make(kind="binaryQuantization", rescoringOptions={"enableRescoring": True, "defaultOversampling": 4})

    bits, fewer, usual, more = (
        recall(make(kind="binaryQuantization", **NO_RESCORING)),
        recall(index, oversampling=1),
        recall(index),
        recall(index, oversampling=100),
    )

    assert fewer == bits  # the same ten, in another order
    assert 0.05 < bits < 0.5
    assert bits < usual < more
    assert more > 0.95


def test_eight_bits_miss_little(make: Callable[..., ContractIndex]) -> None:
    assert 0.9 < recall(make(kind="scalarQuantization", **NO_RESCORING)) < 1
    assert recall(make(kind="scalarQuantization")) == 1


def test_rescored_hits_have_the_scores_of_the_vectors(make: Callable[..., ContractIndex]) -> None:
    scores = found(make(kind="binaryQuantization"), ASKED[0])
    truth = 1 / (2 - cosines(ASKED[0]))

    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert scores == {row: pytest.approx(truth[int(row)], abs=1e-5) for row in scores}


def test_without_originals_bits_are_rescored_by_the_numbers_of_the_query(make: Callable[..., ContractIndex]) -> None:
    options = {"rescoreStorageMethod": "discardOriginals", "enableRescoring": True}

    without = recall(make(kind="binaryQuantization", rescoringOptions=options))

    assert recall(make(kind="binaryQuantization", **NO_RESCORING)) < without
    assert without < recall(make(kind="binaryQuantization"))


def test_truncated_vectors_are_compared_by_their_first_numbers(make_index: Callable[..., ContractIndex]) -> None:
    compression = {"kind": "scalarQuantization", "truncationDimension": 2, **NO_RESCORING}
    index = make_index(fields(4), vectorSearch=vector_search(**compression))
    index.put({"id": "a", "v": [1.0, 0.0, 1.0, 0.0]}, {"id": "b", "v": [0.0, 1.0, 0.0, 0.0]})

    scores = found(index, np.array([1, 0, -1, 0], dtype=np.float32))

    assert scores["a"] == pytest.approx(1, abs=0.01)  # and 0.5 by all four


def test_a_new_vector_is_found_and_an_index_of_bits_takes_their_bytes(make: Callable[..., ContractIndex]) -> None:
    index = make(kind="binaryQuantization")
    index.put({"id": "new", "v": ASKED[1].tolist()})

    assert next(iter(found(index, ASKED[1]))) == "new"
    assert index.send("GET", "/search.stats").json()["vectorIndexSize"] == (COUNT + 1) * DIMENSIONS / 8


@pytest.mark.parametrize(
    ("compression", "reason"),
    [
        ({"kind": "productQuantization"}, "unknown kind"),
        ({"kind": "scalarQuantization", "scalarQuantizationParameters": {"quantizedDataType": "int4"}}, "int4"),
        ({"kind": "scalarQuantization", "rescoringOptions": {"defaultOversampling": 0.5}}, "at least 1"),
        (
            {
                "kind": "scalarQuantization",
                "rescoringOptions": {"rescoreStorageMethod": "discardOriginals", "enableRescoring": True},
            },
            "discards the original vectors",
        ),
        ({"kind": "scalarQuantization", "rescoringOptions": {"rescoreStorageMethod": "zip"}}, "zip"),
    ],
)
def test_a_wrong_compression_is_refused(
    make_index: Callable[..., ContractIndex], compression: dict[str, Any], reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):  # of the helper, with the answer of the service
        make_index(fields(), vectorSearch=vector_search(**compression))


def test_the_compression_of_an_existing_field_stays(make: Callable[..., ContractIndex]) -> None:
    index = make()

    definition = index.send("GET", "").json() | {"vectorSearch": vector_search(kind="scalarQuantization")}
    answer = index.send("PUT", "", definition)

    assert answer.status_code == 400
    assert "compression" in answer.json()["error"]["message"]
