"""Keywords, order, paging, parameters and scoring profiles."""

from collections.abc import Callable

import pytest

from tests.local.search.contract.conftest import HOTEL_FIELDS, HOTELS, ContractIndex


@pytest.mark.parametrize(
    ("text", "keys"),
    {
        "quiet": "1",
        "walk": "1",
        "motel airport": "2",
        "pool": "23",
        "quiet pool": "123",
        "quiet + pool": "",
        "quiet | airport": "12",
        "pool +parking": "2",
        '"mountain lodge"': "3",
        '"lodge mountain"': "",
        "mount*": "3",
        "(quiet | airport) + parking": "2",
        "QUIET": "1",
        "zzz": "",
        "*": "1234",
        "": "1234",
        "the": "",
    }.items(),
)
def test_simple_syntax(hotels: ContractIndex, text: str, keys: str) -> None:
    assert "".join(sorted(hotels.keys(search=text, searchFields="description"))) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    {
        "quiet AND harbour": "1",
        "quiet OR airport": "12",
        "pool AND NOT airport": "3",
        "pool -airport": "3",
        "+pool !airport": "3",
        "description:lodge": "3",
        "name:city && description:motel": "2",
        "address/city:seattle": "1",
        "rooms/kind:suite": "12",
        "quiat~1": "1",
        "qiuet~": "1",
        '"quiet harbour"~4': "1",
        "mot?l": "2",
        "mo*n": "3",
        "/mot[ei]l/": "2",
        "description:(quiet OR airport)": "12",
        "pool^5 OR quiet": "123",
        "*:*": "1234",
        r"it\'s": "3",
    }.items(),
)
def test_full_syntax(hotels: ContractIndex, text: str, keys: str) -> None:
    assert "".join(sorted(hotels.keys(search=text, queryType="full"))) == keys


@pytest.mark.parametrize(
    "text", ["NOT pool", "(pool", "pool AND", "*ool", "[a TO b]", "nope:x", "rating:5", 'x "y', "/[/"]
)
def test_wrong_full_syntax_is_refused(hotels: ContractIndex, text: str) -> None:
    assert hotels.error_message(search=text, queryType="full")


def test_search_mode_all_needs_every_word(hotels: ContractIndex) -> None:
    assert sorted(hotels.keys(search="pool parking", searchFields="description")) == ["2", "3"]
    assert hotels.keys(search="pool parking", searchFields="description", searchMode="all") == ["2"]


def test_minus_means_or_not_with_any_and_and_not_with_all(hotels: ContractIndex) -> None:
    anyone = hotels.keys(search="pool -airport", searchFields="description")
    everyone = hotels.keys(search="pool -airport", searchFields="description", searchMode="all")

    assert sorted(anyone) == ["1", "2", "3", "4"]
    assert everyone == ["3"]


def test_more_and_rarer_words_rank_higher(hotels: ContractIndex) -> None:
    assert hotels.keys(search="cheap pool", searchFields="description") == ["2", "3"]


def test_scores_are_one_when_everything_matches(hotels: ContractIndex) -> None:
    assert {hit["@search.score"] for hit in hotels.search(search="*")["value"]} == {1.0}


def test_the_response_contains_only_what_was_requested(hotels: ContractIndex) -> None:
    assert set(hotels.search(search="*")) == {"value"}
    body = hotels.search(search="*", count=True, minimumCoverage=50, facets=["rating"])
    assert set(body) == {"value", "@odata.count", "@search.coverage", "@search.facets"}
    assert (body["@odata.count"], body["@search.coverage"]) == (4, 100.0)


@pytest.mark.parametrize(
    ("orderby", "keys"),
    {
        "rating": "3421",
        "rating desc": "1234",
        "price desc,id": "3124",
        "name": "4213",
        "renovated desc": "1234",
        "geo.distance(location, geography'POINT(-74 40)') asc": "3421",
        "search.score() desc,id desc": "4321",
        "address/city": "3421",
    }.items(),
)
def test_orderby_puts_nulls_first_when_ascending_and_last_when_descending(
    hotels: ContractIndex, orderby: str, keys: str
) -> None:
    assert "".join(hotels.keys(search="*", orderby=orderby)) == keys


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("orderby", "tags", "'tags' is not a sortable field"),
        ("orderby", "nope", "Could not find a property named 'nope'"),
        ("orderby", ",".join(["rating"] * 33), "32"),
        ("select", "nope", "Could not find a property named 'nope'"),
        ("select", "secret", "secret"),
        ("highlight", "rating", "Field 'rating' is not marked as 'searchable'"),
        ("searchFields", "rating", "rating"),
        ("facets", ["description2"], "description2"),
        ("facets", ["location"], "location"),
        ("facets", ["tags,count:x"], "count"),
        ("facets", ["rating,interval:0"], "interval"),
        ("facets", ["rating,values:1e20"], "1e20"),
        ("facets", ["category,interval:day"], "interval"),
        ("top", -1, "top"),
        ("top", "5", "top"),
        ("skip", 100_001, "skip"),
        ("filter", 5, "filter"),
        ("queryType", "lucene", "queryType"),
        ("searchMode", "some", "searchMode"),
        ("minimumCoverage", 101, "minimumCoverage"),
        ("nope", 1, "nope"),
        ("scoringProfile", "nope", "nope"),
        ("answers", "QueryAnswerType.EXTRACTIVE", "answers"),
        ("captions", "QueryCaptionType.EXTRACTIVE", "captions"),
        ("answers", "extractive,threshold-0.8", "answers"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    hotels: ContractIndex, parameter: str, value: object, reason: str
) -> None:
    assert reason in hotels.error_message(search="*", **{parameter: value})


def test_select_limits_what_is_shown(hotels: ContractIndex) -> None:
    hit = hotels.search(search="quiet", select="name, address/city,rooms/kind")["value"][0]

    assert hit["name"] == "Harbour House"
    assert hit["address"] == {"city": "Seattle"}
    assert hit["rooms"] == [{"kind": "suite"}, {"kind": "single"}]
    assert set(hit) == {"@search.score", "name", "address", "rooms"}


def test_top_and_skip_walk_through_an_order(hotels: ContractIndex) -> None:
    assert hotels.keys(search="*", orderby="id", top=2, skip=1) == ["2", "3"]
    assert hotels.search(search="*", top=0, count=True) == {"@odata.count": 4, "value": []}


def test_without_top_the_sdk_pages_through_everything(make_index: Callable[..., ContractIndex]) -> None:
    index = make_index([{"name": "n", "type": "Edm.Int32"}])
    index.put(*({"id": str(number), "n": number} for number in range(120)))

    first = index.search(search="*", orderby="n")
    numbers = [hit["n"] for hit in index.client.search("*", order_by=["n"])]

    assert len(first["value"]) == 50
    assert first["@search.nextPageParameters"]["skip"] == 50
    assert "@odata.nextLink" in first
    assert numbers == list(range(120))
    assert "@odata.nextLink" not in index.search(search="*", top=60)


def test_a_weighted_field_counts_more(make_index: Callable[..., ContractIndex]) -> None:
    profile = {"name": "names", "text": {"weights": {"name": 50}}}
    index = make_index(HOTEL_FIELDS, scoringProfiles=[profile])
    index.put({"id": "1", "description": "pool pool"}, {"id": "2", "name": "pool", "description": "a long other text"})

    assert index.keys(search="pool", scoringProfile="names", searchFields="name,description") == ["2", "1"]


def test_scoring_functions_boost_documents(make_index: Callable[..., ContractIndex]) -> None:
    functions = [
        {
            "type": "magnitude",
            "fieldName": "rating",
            "boost": 10,
            "interpolation": "linear",
            "magnitude": {"boostingRangeStart": 0, "boostingRangeEnd": 5},
        },
        {"type": "tag", "fieldName": "tags", "boost": 100, "tag": {"tagsParameter": "mine"}},
        {
            "type": "distance",
            "fieldName": "location",
            "boost": 1000,
            "distance": {"referencePointParameter": "here", "boostingDistance": 10},
        },
    ]
    index = make_index(HOTEL_FIELDS, scoringProfiles=[{"name": "lift", "functions": functions}])
    index.put(*HOTELS)

    keys = index.keys(search="*", scoringProfile="lift", scoringParameters=["mine-pool", "here--122.12,47.67"])

    assert keys[:3] == ["1", "2", "3"]
