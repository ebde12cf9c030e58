"""$filter: every rule of the OData subset, and every way to get it wrong."""

import pytest

from tests.local.search.contract.conftest import ContractIndex

RULES = {
    "rating eq 5": "1",
    "5 eq rating": "1",
    "rating ne 5": "234",
    "rating gt 3": "1",
    "3 lt rating": "1",
    "rating ge 3": "12",
    "rating lt 5": "2",
    "rating le 5": "12",
    "rating eq null": "34",
    "rating ne null": "12",
    "price gt 45": "13",
    "price ge 4.5e1": "123",
    "price lt 120.6 and price gt -1": "12",
    "price lt INF": "123",
    "price gt -INF": "123",
    "price eq NaN": "",
    "rooms_total eq 1099511627776": "1",
    "parking": "12",
    "parking eq true": "12",
    "not parking": "34",
    "not (rating eq 5)": "234",
    "parking and rating gt 3 or category eq 'Boutique'": "13",
    "parking and (rating gt 3 or category eq 'Boutique')": "1",
    "category eq 'Boutique'": "13",
    "category eq 'boutique'": "",
    "category ne 'Boutique'": "24",
    "category gt 'Boutique'": "2",
    "name eq 'It''s Alpine'": "3",
    "id eq '2'": "2",
    "renovated ge 2019-03-01T05:00:00Z": "1",
    "renovated gt 2019-03-01T05:00:00Z": "",
    "renovated lt 2010-06-15T14:30:00.251+02:00": "2",
    "renovated eq null": "34",
    "address/city eq 'Seattle'": "1",
    "address/city eq null": "34",
    "tags/any()": "12",
    "not tags/any()": "34",
    "tags/any(t: t eq 'pool')": "2",
    "tags/any(t: t eq 'pool' or t eq 'view')": "12",
    "tags/any(t: search.in(t, 'view,spa'))": "1",
    "tags/all(t: t ne 'pool')": "134",
    "tags/all(t: t ne 'pool' and t ne 'view')": "34",
    "tags/all(t: not search.in(t, 'pool|view', '|'))": "34",
    "rooms/any(r: r/kind eq 'suite')": "12",
    "rooms/any(r: r/kind eq 'suite' and r/rate lt 100)": "2",
    "rooms/any(r: r/kind eq 'single' and r/rate gt 100)": "",
    "rooms/all(r: r/rate lt 100)": "234",
    "rooms/any(r: r/extras/any(e: e eq 'fridge'))": "2",
    "rooms/any(r: r/rate gt 200 and r/extras/any(e: e eq 'bath'))": "1",
    "search.in(category, 'Boutique,Luxury')": "13",
    "search.in(category, 'Boutique|Bud get', '|')": "13",
    "search.in(id, '1 2')": "12",
    "search.in(category, '')": "",
    "search.ismatch('pool')": "23",
    "search.ismatch('pool', 'description')": "23",
    "search.ismatch('pool', 'tags')": "2",
    "search.ismatch('pool AND parking', 'description', 'full', 'any')": "2",
    "search.ismatch('pool parking', 'description', 'simple', 'all')": "2",
    "not search.ismatch('pool')": "14",
    "geo.distance(location, geography'POINT(-122.1 47.6)') lt 20": "1",
    "geo.distance(geography'POINT(-122.1 47.6)', location) ge 20": "2",
    "20 gt geo.distance(location, geography'POINT(-122.1 47.6)')": "1",
    "geo.intersects(location, geography'POLYGON((-123 47, -122 47, -122 48, -123 48, -123 47))')": "1",
    "location eq null": "34",
}


def test_filters_select_the_right_documents(hotels: ContractIndex) -> None:
    keys = {text: "".join(sorted(hotels.keys(search="*", filter=text))) for text in RULES}

    assert keys == RULES


REFUSED = {
    "nope eq 1": "Could not find a property named 'nope'",
    "address/nope eq 1": "Could not find a property named 'address/nope'",
    "rating eq": "Syntax error at position",
    "rating eq 'x": "Syntax error at position",
    "rating == 5": "Syntax error at position",
    "(rating eq 5": "Syntax error at position",
    "rating EQ 5": "Syntax error at position",
    "rating eq 'five'": "incompatible types",
    "category eq 5": "incompatible types",
    "parking eq 1": "incompatible types",
    "renovated gt '2010-01-01T00:00:00Z'": "incompatible types",
    "renovated gt 2010-01-01": "incompatible types",
    "not rating gt 5": "Found operand type 'Edm.Int32' for operator kind 'Not'",
    "rating gt null": "null",
    "rating eq price": "Comparison must be between a field",
    "1 eq 1": "Comparison must be between a field",
    "rating": "Boolean",
    "description eq 'x'": "'description' is not a filterable field",
    "secret eq 'x'": "'secret' is not a filterable field",
    "tags eq 'pool'": "'tags'",
    "category/any(c: c eq 'x')": "category",
    "rooms/any(r: kind eq 'suite')": "kind",
    "tags/any(t: t ne 'pool')": "any",
    "tags/all(t: t eq 'pool')": "all",
    "tags/any(t: search.ismatch('x'))": "",
    "search.in(rating, '1,2')": "search.in",
    "contains(name, 'x')": "contains",
    "geo.distance(location, geography'POINT(-122.1 47.6)') eq 5": "geo.distance",
    "geo.distance(location, geography'POINT(-222 47.6)') lt 5": "",
    "geo.distance(name, geography'POINT(-122.1 47.6)') lt 5": "name",
    "geo.intersects(location, geography'POLYGON((-123 47, -122 47, -122 48))')": "polygon",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_wrong_filter_is_refused_with_the_reason(hotels: ContractIndex, text: str) -> None:
    message = hotels.error_message(search="*", filter=text)

    assert REFUSED[text] in message
    assert message.endswith("Parameter name: $filter")


def test_a_filter_narrows_keywords_counts_and_facets(hotels: ContractIndex) -> None:
    body = hotels.search(search="hotel motel pool", filter="parking", count=True, facets=["tags"])

    assert {hit["id"] for hit in body["value"]} == {"1", "2"}
    assert body["@odata.count"] == 2
    assert body["@search.facets"]["tags"][0] == {"value": "wifi", "count": 2}


def test_a_long_chain_of_clauses_is_answered(hotels: ContractIndex) -> None:
    text = " or ".join(f"rating eq {number}" for number in range(400))

    assert sorted(hotels.keys(search="*", filter=text)) == ["1", "2"]
