"""A wrong request is a 400 that says why; a mistake of our own is a 500, with a traceback in the log."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.search.app import ApiKeys, SearchApp
from local.search.errors import InvalidParameterError, SearchServiceError
from local.search.faults import SearchFaultQueue
from local.search.filters.parser import FilterLexer
from local.search.schema.definition_parser import parse_definition
from local.search.service import SearchService, lock_folder
from tests.local.search.contract.conftest import HOTEL_FIELDS, KEY_FIELD

VERSION = {"api-version": "2026-04-01"}
VECTOR = {"name": "v", "type": "Collection(Edm.Single)", "dimensions": 2, "vectorSearchProfile": "p"}
MISTAKES = [TypeError, AttributeError, KeyError, ValueError]


def definition(*fields: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"name": "hotels", "fields": [KEY_FIELD, *HOTEL_FIELDS, *fields], **parts}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SearchService]:
    service = SearchService(tmp_path)
    yield service
    service.close()


@pytest.fixture
async def http(service: SearchService) -> AsyncIterator[httpx.AsyncClient]:
    app = SearchApp(service, ApiKeys("key"), SearchFaultQueue(), semantic_enabled=True)
    transport = httpx.ASGITransport(app.starlette())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://search", headers={"api-key": "key"}, params=VERSION
    ) as client:
        yield client


def broken(mistake: type[Exception]) -> Any:
    """Return a function that has a bug."""

    def function(*_: object, **__: object) -> None:
        raise mistake("our own mistake")

    return function


@pytest.mark.parametrize("mistake", [*MISTAKES, RecursionError])
@pytest.mark.parametrize(
    "function",
    ["definition_parser.complete_definition", "definition_parser.parse_fields", "references.check_scoring_profile"],
)
async def test_a_mistake_in_reading_a_definition_is_a_500_with_a_traceback(
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    function: str,
    mistake: type[Exception],
) -> None:
    monkeypatch.setattr(f"local.search.schema.{function}", broken(mistake))

    with caplog.at_level(logging.ERROR):
        response = await http.post("/indexes", json=definition(scoringProfiles=[{"name": "s"}]))

    assert response.status_code == 500
    assert "our own mistake" not in response.text
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is mistake


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_in_checking_a_scoring_function_is_a_500(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, mistake: type[Exception]
) -> None:
    monkeypatch.setattr("local.search.schema.scoring_profiles.check_function_field", broken(mistake))

    response = await http.post("/indexes", json=definition(scoringProfiles=[profile(type="tag")]))

    assert response.status_code == 500


@pytest.mark.parametrize("mistake", [AttributeError, TypeError, NotImplementedError])
async def test_a_mistake_in_reading_a_filter_is_a_500(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, mistake: type[Exception]
) -> None:
    await http.post("/indexes", json=definition())
    monkeypatch.setattr(FilterLexer, "tokenize", broken(mistake))

    response = await http.post(
        "/indexes/hotels/docs/search", json={"filter": f"rating eq 1 or name eq '{mistake.__name__}'"}
    )

    assert response.status_code == 500


def test_only_another_process_counts_as_one(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "service.sqlite")
    connection.executescript("CREATE TABLE t (x); CREATE INDEX indexes ON t (x)")
    connection.close()

    with pytest.raises(sqlite3.OperationalError, match="already an index named indexes"):
        lock_folder(tmp_path)


def profile(**function: Any) -> dict[str, Any]:
    return {"name": "s", "functions": [{"fieldName": "rating", "boost": 2, **function}]}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def nested_fields(depth: int) -> dict[str, Any]:
    field: dict[str, Any] = {"name": "x", "type": "Edm.String"}
    for _ in range(depth):
        field = {"name": "x", "type": "Edm.ComplexType", "fields": [field]}
    return field


SEARCH = {"algorithms": [{"name": "a", "kind": "hnsw"}], "profiles": [{"name": "p", "algorithm": "a"}]}
CUSTOM = {"@odata.type": "#Microsoft.Azure.Search.CustomAnalyzer", "name": "own", "tokenizer": "whitespace"}
RANGE = {"boostingRangeStart": 0, "boostingRangeEnd": 5}
MALFORMED: dict[str, Any] = {
    "not an object": [],
    "fields that are a number": {"name": "hotels", "fields": 5},
    "a name that is a list": {"name": [], "fields": [KEY_FIELD]},
    "an analyzer that is a list": definition({"name": "x", "type": "Edm.String", "analyzer": []}),
    "a search analyzer that is a number": definition({"name": "x", "type": "Edm.String", "searchAnalyzer": 5}),
    "a normalizer that is an object": definition({"name": "x", "type": "Edm.String", "normalizer": {}}),
    "a vector profile that is a list": definition({**VECTOR, "vectorSearchProfile": ["p"]}, vectorSearch=SEARCH),
    "an algorithm that is a list": definition(
        VECTOR, vectorSearch={**SEARCH, "profiles": [{"name": "p", "algorithm": []}]}
    ),
    "a kind that is a list": definition(vectorSearch={"algorithms": [{"name": "a", "kind": ["hnsw"]}]}),
    "a metric that is a list": definition(
        vectorSearch={"algorithms": [{"name": "a", "kind": "hnsw", "hnswParameters": {"metric": ["cosine"]}}]}
    ),
    "an algorithm without a name": definition(vectorSearch={"algorithms": [{"kind": "hnsw"}]}),
    "an analyzer without a name": definition(analyzers=[{**CUSTOM, "name": None}]),
    "an analyzer with a list for a name": definition(analyzers=[{**CUSTOM, "name": []}]),
    "token filters that are a number": definition(
        {"name": "x", "type": "Edm.String", "analyzer": "own"}, analyzers=[{**CUSTOM, "tokenFilters": 5}]
    ),
    "a source field that is a list": definition(suggesters=[{"name": "sg", "sourceFields": [["name"]]}]),
    "a title field that is a list": definition(
        semantic={"configurations": [{"name": "c", "prioritizedFields": {"titleField": {"fieldName": []}}}]}
    ),
    "a default configuration that is a list": definition(semantic={"defaultConfiguration": []}),
    "a default profile that is a list": definition(defaultScoringProfile=[]),
    "a profile's text that is a list": definition(scoringProfiles=[{"name": "s", "text": ["name"]}]),
    "weights that are a list": definition(scoringProfiles=[{"name": "s", "text": {"weights": ["name"]}}]),
    "a weight that is a string": definition(scoringProfiles=[{"name": "s", "text": {"weights": {"name": "2"}}}]),
    "a weight beyond every float": definition(scoringProfiles=[{"name": "s", "text": {"weights": {"name": 10**400}}}]),
    "functions that are a number": definition(scoringProfiles=[{"name": "s", "functions": 5}]),
    "a function that is a string": definition(scoringProfiles=[{"name": "s", "functions": ["tag"]}]),
    "a boost that is a list": definition(scoringProfiles=[profile(type="magnitude", boost=[2], magnitude=RANGE)]),
    "a boost that is no number": definition(scoringProfiles=[profile(type="magnitude", boost="x", magnitude=RANGE)]),
    "a boost beyond every float": definition(
        scoringProfiles=[profile(type="magnitude", boost=10**400, magnitude=RANGE)]
    ),
    "a field name that is a list": definition(
        scoringProfiles=[profile(type="magnitude", fieldName=[], magnitude=RANGE)]
    ),
    "settings that are a number": definition(scoringProfiles=[profile(type="magnitude", magnitude=5)]),
    "a range without an end": definition(
        scoringProfiles=[profile(type="magnitude", magnitude={"boostingRangeStart": 0})]
    ),
    "a duration that is none": definition(
        scoringProfiles=[profile(type="freshness", fieldName="renovated", freshness={"boostingDuration": "1 day"})]
    ),
    "a distance without its parameter": definition(
        scoringProfiles=[profile(type="distance", fieldName="location", distance={"boostingDistance": 10})]
    ),
    "a tag parameter that is a list": definition(
        scoringProfiles=[profile(type="tag", fieldName="tags", tag={"tagsParameter": ["x"]})]
    ),
    "a magnitude of many values": definition(
        scoringProfiles=[profile(type="magnitude", fieldName="rooms/rate", magnitude=RANGE)]
    ),
    "fields nested too deep": definition(nested_fields(2000)),
    "anything else nested too deep": definition(other=nested(3000)),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_definition_is_refused(case: str) -> None:
    with pytest.raises(InvalidParameterError) as refusal:
        parse_definition(MALFORMED[case])

    assert refusal.value.message


def test_an_unknown_kind_of_scoring_function_is_refused() -> None:
    for kind in ("magic", ["tag"]):
        with pytest.raises(SearchServiceError) as refusal:
            parse_definition(definition(scoringProfiles=[profile(type=kind)]))
        assert refusal.value.status == 501


async def test_what_a_definition_brings_along_comes_back(http: httpx.AsyncClient) -> None:
    extra = {"large": 2**70, "deep": nested(190)}

    created = await http.post("/indexes", json=definition(**extra))
    listed = await http.get("/indexes")

    assert (created.status_code, listed.status_code) == (201, 200)
    for body in (created.json(), listed.json()["value"][0]):
        assert {name: body[name] for name in extra} == extra


async def test_a_definition_nested_too_deep_leaves_nothing_behind(http: httpx.AsyncClient) -> None:
    refused = await http.post("/indexes", json=definition(similarity={"@odata.type": nested(3000)}))

    assert refused.status_code == 400
    assert (await http.get("/indexes")).json() == {"value": []}


async def test_analyzing_with_a_malformed_analyzer_is_a_400(http: httpx.AsyncClient) -> None:
    await http.post("/indexes", json=definition(analyzers=[{**CUSTOM, "tokenFilters": 5}]))

    response = await http.post("/indexes/hotels/analyze", json={"text": "a dog", "analyzer": "own"})

    assert response.status_code == 400
    assert "tokenFilters" in response.json()["error"]["message"]


@pytest.mark.parametrize("operation", ["docs", "docs/suggest", "docs/autocomplete"])
@pytest.mark.parametrize(
    "query",
    [
        "facet=Category&facets=Rating",
        "facets=Rating&facet=Category",
        "facets=Rating",
        "$facets=Rating&facet=Category",
        "scoringParameter=a-1&scoringParameters=b-2",
        "scoringParameters=b-2&scoringParameter=a-1",
    ],
)
async def test_the_name_a_list_has_in_a_body_is_refused_in_an_address(
    http: httpx.AsyncClient, operation: str, query: str
) -> None:
    await http.post("/indexes", json=definition())

    response = await http.get(f"/indexes/hotels/{operation}", params=httpx.QueryParams(query))

    assert response.status_code == 400
    assert "once for each item" in response.json()["error"]["message"]


LONG_NUMBER = "9" * 5000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"search": f"hotel~{LONG_NUMBER}", "queryType": "full"}, 200),
        ({"search": f'"quiet hotel"~{LONG_NUMBER}', "queryType": "full"}, 200),
        ({"search": f"hotel^{LONG_NUMBER}", "queryType": "full"}, 200),
        ({"search": "hotel", "highlight": f"name-{LONG_NUMBER}"}, 400),
        ({"search": "hotel", "facets": [f"rating,count:{LONG_NUMBER}"]}, 400),
        ({"search": "hotel", "filter": f"rating eq {LONG_NUMBER}"}, 200),
    ],
    ids=["fuzzy", "slop", "boost", "highlight", "facet", "filter"],
)
async def test_a_number_of_any_length_is_read_or_refused(
    http: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    await http.post("/indexes", json=definition())
    await http.post("/indexes/hotels/docs/index", json={"value": [{"id": "1", "name": "Quiet hotel"}]})

    response = await http.post("/indexes/hotels/docs/search", json=body)

    assert response.status_code == status, response.text
