"""Suggestions and autocompletion."""

from collections.abc import Callable

import pytest

from tests.local.search.contract.conftest import HOTEL_FIELDS, HOTELS, ContractIndex

SUGGESTER = {"name": "sg", "searchMode": "analyzingInfixMatching", "sourceFields": ["name", "tags"]}


def test_suggestions_are_documents_that_contain_the_typed_text(make_index: Callable[..., ContractIndex]) -> None:
    index = make_index(HOTEL_FIELDS, suggesters=[SUGGESTER])
    index.put(*HOTELS)

    body = {"search": "harb", "suggesterName": "sg"}
    plain = index.send("POST", "/docs/search.post.suggest", body).json()
    chosen = index.client.suggest(
        "city st", "sg", select=["rating"], highlight_pre_tag="<b>", highlight_post_tag="</b>"
    )
    fuzzy = index.client.suggest("alpnie", "sg", use_fuzzy_matching=True)
    filtered = index.client.suggest("harb", "sg", filter="rating lt 5")

    assert plain["value"] == [{"@search.text": "Harbour House", "id": "1"}]
    assert [(hit["@search.text"], hit["rating"]) for hit in chosen] == [("<b>City</b> <b>St</b>ay", 3)]
    assert [hit["id"] for hit in fuzzy] == ["3"]
    assert filtered == []


@pytest.mark.parametrize(
    ("text", "mode", "texts", "with_query"),
    [
        ("ha", "oneTerm", ["harbour"], ["harbour"]),
        ("nice ha", "oneTerm", ["harbour"], ["nice harbour"]),
        ("ha", "twoTerms", ["harbour house"], ["harbour house"]),
        ("city s", "oneTermWithContext", ["city stay"], ["city stay"]),
    ],
)
def test_autocompletion(
    make_index: Callable[..., ContractIndex], text: str, mode: str, texts: list[str], with_query: list[str]
) -> None:
    index = make_index(HOTEL_FIELDS, suggesters=[SUGGESTER])
    index.put(*HOTELS)

    body = {"search": text, "suggesterName": "sg", "autocompleteMode": mode}
    value = index.send("POST", "/docs/search.post.autocomplete", body).json()["value"]

    assert [one["text"] for one in value] == texts
    assert [one["queryPlusText"] for one in value] == with_query


def test_an_unknown_suggester_is_refused(hotels: ContractIndex) -> None:
    for operation in ("suggest", "autocomplete"):
        response = hotels.send("POST", f"/docs/search.post.{operation}", {"search": "x", "suggesterName": "no"})
        assert response.status_code == 400
