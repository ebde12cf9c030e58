"""Facets and highlights."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.local.search.contract.conftest import ContractIndex

FACETS: dict[str, list[dict[str, Any]]] = {
    "category": [{"value": "Boutique", "count": 2}, {"value": "Budget", "count": 1}],
    "tags,count:1": [{"value": "wifi", "count": 2}],
    "tags,sort:-value,count:2": [{"value": "wifi", "count": 2}, {"value": "view", "count": 1}],
    "tags,sort:-count,count:1": [{"value": "harbour", "count": 1}],
    "parking": [{"value": True, "count": 2}, {"value": False, "count": 1}],
    "rating,values:4": [{"to": 4, "count": 1}, {"from": 4, "count": 1}],
    "price,interval:100": [
        {"value": 0.0, "count": 1},
        {"value": 100.0, "count": 1},
        {"value": 200.0, "count": 1},
    ],
    "renovated,interval:year": [
        {"value": "2010-01-01T00:00:00Z", "count": 1},
        {"value": "2019-01-01T00:00:00Z", "count": 1},
    ],
    "renovated,interval:month": [
        {"value": "2010-06-01T00:00:00Z", "count": 1},
        {"value": "2019-03-01T00:00:00Z", "count": 1},
    ],
    "renovated,interval:day,timeoffset:-06:00": [
        {"value": "2010-06-15T06:00:00Z", "count": 1},
        {"value": "2019-02-28T06:00:00Z", "count": 1},
    ],
    "rooms/kind": [{"value": "suite", "count": 2}, {"value": "single", "count": 1}],
    "rooms/extras": [{"value": one, "count": 1} for one in ("bath", "fridge", "view")],
    "address/city": [{"value": "New York", "count": 1}, {"value": "Seattle", "count": 1}],
}


@pytest.mark.parametrize("facet", FACETS)
def test_facets_count_documents_per_bucket(hotels: ContractIndex, facet: str) -> None:
    body = hotels.search(search="*", facets=[facet], top=0)

    assert body["@search.facets"][facet.split(",", maxsplit=1)[0]] == FACETS[facet]


def test_a_document_counts_once_for_values_that_a_normalizer_makes_equal(
    make_index: Callable[..., ContractIndex],
) -> None:
    tags = {"name": "tags", "type": "Collection(Edm.String)", "facetable": True, "normalizer": "lowercase"}
    index = make_index([tags])
    index.put({"id": "1", "tags": ["Beach", "beach", "sea"]}, {"id": "2", "tags": ["BEACH"]})

    body = index.search(search="*", facets=["tags"], top=0)

    assert body["@search.facets"]["tags"] == [{"value": "beach", "count": 2}, {"value": "sea", "count": 1}]


def test_facets_follow_the_search_not_the_page(hotels: ContractIndex) -> None:
    body = hotels.search(search="pool", searchFields="description", facets=["category"], top=1)

    assert body["@search.facets"]["category"] == [
        {"value": "Boutique", "count": 1},
        {"value": "Budget", "count": 1},
    ]


def test_highlights_mark_whole_words_by_their_stems(hotels: ContractIndex) -> None:
    hit = hotels.search(search="walks beach", highlight="description,name-1")["value"][0]

    fragments = hit["@search.highlights"]["description"]
    assert "<em>walking</em>" in " ".join(fragments)
    assert "<em>beach</em>" in " ".join(fragments)
    assert "name" not in hit["@search.highlights"]


def test_highlight_tags_can_be_chosen(hotels: ContractIndex) -> None:
    body = hotels.search(search="quiet", highlight="description", highlightPreTag="[", highlightPostTag="]")

    assert "[quiet]" in body["value"][0]["@search.highlights"]["description"][0]
