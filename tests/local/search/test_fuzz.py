"""Whatever is sent, the response is never a 500 and never late, and memory stays bounded."""

import json
import os
import string
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.local.search.contract.conftest import HOTEL_FIELDS, HOTELS, KEY_FIELD
from tests.local.search.server import ADMIN_KEY, VERSION, SearchServer, running_server

INDEX = {
    "name": "fuzzed",
    "fields": [
        KEY_FIELD,
        *HOTEL_FIELDS,
        {
            "name": "v",
            "type": "Collection(Edm.Single)",
            "searchable": True,
            "dimensions": 2,
            "vectorSearchProfile": "p",
        },
    ],
    "vectorSearch": {
        "algorithms": [{"name": "a", "kind": "hnsw"}],
        "profiles": [{"name": "p", "algorithm": "a"}],
    },
    "suggesters": [{"name": "sg", "searchMode": "analyzingInfixMatching", "sourceFields": ["name"]}],
    "semantic": {"configurations": [{"name": "c", "prioritizedFields": {"titleField": {"fieldName": "name"}}}]},
}
ALLOWED = {200, 201, 204, 206, 207, 400, 404, 412, 413, 501}
MOST_MEMORY = 600_000_000
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "60")),
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[SearchServer]:
    with running_server() as server:
        server.request("POST", "/indexes", INDEX).raise_for_status()
        server.client("fuzzed").upload_documents([{**hotel, "v": [1, 0]} for hotel in HOTELS])
        yield server
        assert server.process is not None
        assert psutil.Process(server.process.pid).memory_info().rss < MOST_MEMORY


def send(server: SearchServer, tail: str, body: object, method: str = "POST") -> httpx.Response:
    """Send JSON as it is, lone surrogates included, and check the answer's status and shape."""
    content = json.dumps(body).encode()
    headers = {"api-key": ADMIN_KEY, "content-type": "application/json"}
    url = f"{server.endpoint}/indexes('fuzzed'){tail}"
    response = httpx.request(method, url, params=VERSION, content=content, headers=headers, timeout=20)
    assert response.status_code in ALLOWED, (response.status_code, response.text, body)
    if response.status_code >= 400 and response.content:
        assert "message" in response.json()["error"]
    return response


texts = st.text(max_size=60)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
names = st.sampled_from(
    [
        "id",
        "name",
        "rating",
        "price",
        "tags",
        "address/city",
        "rooms",
        "rooms/kind",
        "location",
        "v",
        "renovated",
        "parking",
        "nope",
        "x",
    ]
)

SPELLED = """
eq ne gt ge lt le and or not ( ) , / : null true false any( all( x: x r: r/kind r/rate r/extras
rating price name tags rooms category address/city parking renovated location id
'a' 'it''s' '' 1 -1 2.5 1e3 INF NaN 2020-01-01T00:00:00Z 99999999999999999999999
search.in( search.ismatch( geo.distance( geo.intersects(
"""
WORDS = [
    *SPELLED.split(),
    "geography'POINT(1 2)'",
    "geography'POLYGON((0 0,1 0,1 1,0 0))'",
    "tags/any(t: t eq 'wifi')",
    "rooms/all(r: r/rate gt 1)",
]
filters = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=40)
MARKS = [
    *string.punctuation,
    " ",
    "AND",
    "OR",
    "NOT",
    "pool",
    "ho*",
    "name:",
    "~2",
    "^3",
    '"',
    "/a.*/",
    "(",
    ")",
    "\\",
    "東京",
    "\u0000",
]
queries = st.lists(st.sampled_from(MARKS), max_size=14).map("".join) | st.text(max_size=60)
facets = st.builds(
    lambda name, options: ",".join([name, *options]),
    names,
    st.lists(
        st.sampled_from(
            [
                "count:5",
                "count:0",
                "sort:value",
                "sort:-count",
                "values:1|2",
                "interval:1",
                "interval:day",
                "interval:week",
                "interval:year",
                "timeoffset:+14:00",
                "x",
            ]
        ),
        max_size=3,
    ),
)
orders = st.builds(
    "{} {}".format,
    names | st.sampled_from(["search.score()", "geo.distance(location, geography'POINT(0 0)')"]),
    st.sampled_from(["asc", "desc", ""]),
)
vectors = st.fixed_dictionaries(
    {"kind": st.just("vector"), "vector": st.lists(st.floats(), min_size=1, max_size=3), "fields": names},
    optional={"k": st.integers(-1, 20_000), "weight": st.floats()},
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "search": queries,
        "filter": filters,
        "queryType": st.sampled_from(["simple", "full", "semantic", "x"]),
        "searchMode": st.sampled_from(["any", "all"]),
        "orderby": st.lists(orders, max_size=3).map(",".join),
        "facets": st.lists(facets, max_size=3),
        "highlight": names,
        "searchFields": names,
        "select": names,
        "top": st.integers(-5, 2000),
        "skip": st.integers(-5, 200_000),
        "count": st.booleans(),
        "vectorQueries": st.lists(vectors, max_size=2),
        "semanticConfiguration": st.sampled_from(["c", "nope"]),
        "captions": st.sampled_from(["extractive", "none", "x"]),
        "answers": st.sampled_from(["extractive", "extractive|count-3", "x"]),
    },
)


@FUZZ
@given(text=filters)
def test_any_filter_is_answered_or_refused(fuzzed: SearchServer, text: str) -> None:
    send(fuzzed, "/docs/search.post.search", {"search": "*", "filter": text})


@FUZZ
@given(text=queries, kind=st.sampled_from(["simple", "full"]), mode=st.sampled_from(["any", "all"]))
def test_any_text_is_answered_or_refused(fuzzed: SearchServer, text: str, kind: str, mode: str) -> None:
    body = {"search": text, "queryType": kind, "searchMode": mode, "highlight": "name,description"}
    response = send(fuzzed, "/docs/search.post.search", body)
    if kind == "simple" and response.status_code != 200:
        assert "body is not valid JSON" in response.text


@FUZZ
@given(body=bodies)
def test_any_combination_of_parameters_is_answered_or_refused(fuzzed: SearchServer, body: dict[str, Any]) -> None:
    send(fuzzed, "/docs/search.post.search", body)


@FUZZ
@given(
    body=st.dictionaries(
        st.sampled_from(["search", "filter", "top", "facets", "vectorQueries", "select", "suggesterName", "answers"]),
        anything,
        max_size=4,
    )
    | anything,
    operation=st.sampled_from(["search", "suggest", "autocomplete", "index"]),
)
def test_any_json_is_answered_or_refused(fuzzed: SearchServer, body: object, operation: str) -> None:
    tail = "/docs/search.index" if operation == "index" else f"/docs/search.post.{operation}"
    send(fuzzed, tail, body)


FIELD_NAMES = [*(field["name"] for field in HOTEL_FIELDS), "v", "nope"]
documents = st.dictionaries(st.sampled_from(FIELD_NAMES), anything, max_size=4)


@FUZZ
@given(
    lines=st.lists(documents, min_size=1, max_size=4),
    action=st.sampled_from(["upload", "merge", "mergeOrUpload", "delete"]),
)
def test_any_document_is_stored_whole_or_refused(
    fuzzed: SearchServer, lines: list[dict[str, Any]], action: str
) -> None:
    value = [{"@search.action": action, **line, "id": f"fuzz{number}"} for number, line in enumerate(lines)]

    is_stored = send(fuzzed, "/docs/search.index", {"value": value}).status_code in (200, 207)

    search = send(fuzzed, "/docs/search.post.search", {"search": "*", "facets": ["tags", "renovated,interval:month"]})
    assert search.status_code == 200
    if is_stored and action == "upload":
        assert send(fuzzed, "/docs('fuzz0')", None, method="GET").status_code == 200


@FUZZ
@given(name=texts, parts=st.dictionaries(st.sampled_from(list(INDEX)), anything, max_size=3))
def test_any_definition_is_accepted_or_refused(fuzzed: SearchServer, name: str, parts: dict[str, Any]) -> None:
    send(fuzzed, "", {**INDEX, "name": "fuzzed", **parts}, method="PUT")
    response = httpx.get(f"{fuzzed.endpoint}/indexes('fuzzed')", params=VERSION, headers={"api-key": ADMIN_KEY})
    assert response.status_code == 200


HARD = {
    "nested filter": {"filter": "not (" * 3000 + "parking" + ")" * 3000},
    "long filter": {"filter": " and ".join(["rating eq 1"] * 20_000)},
    "long in": {"filter": f"search.in(category, '{','.join(map(str, range(50_000)))}')"},
    "long path": {"filter": "/".join(["a"] * 5000) + " eq 1"},
    "nested query": {"search": "(" * 5000, "queryType": "full"},
    "nested simple query": {"search": "(" * 5000},
    "many words": {"search": "pool " * 1000},
    "too many words": {"search": "pool " * 15_000},
    "long word": {"search": "x" * 90_000},
    "long text": {"search": "x" * 100_001},
    "wild regex": {"search": "/(a|b|.*)*(c{1,50}){1,50}/", "queryType": "full"},
    "many stars": {"search": "a" + "*b" * 200, "queryType": "full", "highlight": "description"},
    "long quotes": {"search": '"' + "pool " * 5000 + '"'},
    "many brackets in order": {"orderby": "(" * 10_000},
}


@pytest.mark.parametrize("case", HARD)
def test_hard_requests_are_answered_in_time(fuzzed: SearchServer, case: str) -> None:
    send(fuzzed, "/docs/search.post.search", HARD[case])


def test_bodies_that_are_not_json_are_refused(fuzzed: SearchServer) -> None:
    headers = {"api-key": ADMIN_KEY, "content-type": "application/json"}
    url = f"{fuzzed.endpoint}/indexes('fuzzed')/docs/search.post.search"
    for content in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"search": NaN}', b'{"search": "\\ud800"}', b"null"):
        response = httpx.post(url, params=VERSION, content=content, headers=headers, timeout=20)
        assert response.status_code == 400, content[:20]
