"""
The service under test: ours, or the one that the environment names.

    SEARCH_CONTRACT_ENDPOINT=https://... SEARCH_CONTRACT_KEY=... pytest tests/local/search/contract
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient

from tests.local.search.server import ADMIN_KEY, VERSION, SearchServer
from tests.machine import eventually


@dataclass(frozen=True)
class SearchEndpoint:
    """An AI Search endpoint with its admin key; `patience` is how long a write may take to become searchable."""

    endpoint: str
    key: str
    patience: float

    def admin(self) -> SearchIndexClient:
        return SearchIndexClient(self.endpoint, AzureKeyCredential(self.key))

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send one plain HTTP request."""
        all_headers = {"api-key": self.key, "accept": "application/json;odata.metadata=none", **headers}
        url = f"{self.endpoint}{path}"
        return httpx.request(method, url, params=VERSION, json=body, headers=all_headers, timeout=60)


@dataclass(frozen=True)
class ContractIndex:
    """One index of the service, thrown away after the test."""

    service: SearchEndpoint
    name: str

    @property
    def path(self) -> str:
        return f"/indexes('{self.name}')"

    @property
    def client(self) -> SearchClient:
        return SearchClient(self.service.endpoint, self.name, AzureKeyCredential(self.service.key))

    def put(self, *documents: dict[str, Any]) -> None:
        """Upload documents and wait until searches see them."""
        before = self.client.get_document_count()
        lines = [{"@search.action": "upload", **document} for document in documents]
        response = self.send("POST", "/docs/search.index", {"value": lines})
        assert response.status_code == 200, response.text

        def visible() -> None:
            assert self.client.get_document_count() == before + len(documents)

        eventually(visible, timeout=self.service.patience)

    def send(self, method: str, tail: str, body: object = None) -> httpx.Response:
        return self.service.send(method, f"{self.path}{tail}", body)

    def search(self, **body: Any) -> dict[str, Any]:
        """Search and return the whole response body."""
        response = self.send("POST", "/docs/search.post.search", body)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def keys(self, **body: Any) -> list[str]:
        """Search and return the keys of the hits, in order."""
        return [hit["id"] for hit in self.search(**body)["value"]]

    def error_message(self, **body: Any) -> str:
        """Search, expect a 400 and return its message."""
        response = self.send("POST", "/docs/search.post.search", body)
        assert response.status_code == 400, response.text
        return str(response.json()["error"]["message"])


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> SearchEndpoint:
    endpoint = os.environ.get("SEARCH_CONTRACT_ENDPOINT")
    if endpoint:
        return SearchEndpoint(endpoint.rstrip("/"), os.environ["SEARCH_CONTRACT_KEY"], patience=60)
    server: SearchServer = request.getfixturevalue("server")
    return SearchEndpoint(server.endpoint, ADMIN_KEY, patience=15)


@contextmanager
def index_factory(service: SearchEndpoint) -> Iterator[Callable[..., ContractIndex]]:
    """Create indexes from fields and other parts of a definition; they are deleted at the end."""
    created: list[str] = []

    def make(fields: list[dict[str, Any]], **rest: Any) -> ContractIndex:
        name = f"contract-{uuid.uuid4().hex[:12]}"
        body = {"name": name, "fields": [KEY_FIELD, *fields], **rest}
        response = service.send("POST", "/indexes", body)
        assert response.status_code == 201, response.text
        created.append(name)
        return ContractIndex(service, name)

    try:
        yield make
    finally:
        for name in created:
            service.send("DELETE", f"/indexes('{name}')")


@pytest.fixture
def make_index(service: SearchEndpoint) -> Iterator[Callable[..., ContractIndex]]:
    with index_factory(service) as make:
        yield make


KEY_FIELD = {"name": "id", "type": "Edm.String", "key": True, "filterable": True, "sortable": True}
HOTEL_FIELDS: list[dict[str, Any]] = [
    {"name": "name", "type": "Edm.String", "sortable": True},
    {"name": "description", "type": "Edm.String", "analyzer": "en.lucene", "filterable": False},
    {"name": "category", "type": "Edm.String", "searchable": False},
    {"name": "tags", "type": "Collection(Edm.String)"},
    {"name": "rating", "type": "Edm.Int32"},
    {"name": "rooms_total", "type": "Edm.Int64"},
    {"name": "price", "type": "Edm.Double"},
    {"name": "parking", "type": "Edm.Boolean"},
    {"name": "renovated", "type": "Edm.DateTimeOffset"},
    {"name": "location", "type": "Edm.GeographyPoint"},
    {"name": "secret", "type": "Edm.String", "retrievable": False, "filterable": False, "sortable": False},
    {
        "name": "address",
        "type": "Edm.ComplexType",
        "fields": [
            {"name": "city", "type": "Edm.String"},
            {"name": "zip", "type": "Edm.String", "searchable": False},
        ],
    },
    {
        "name": "rooms",
        "type": "Collection(Edm.ComplexType)",
        "fields": [
            {"name": "kind", "type": "Edm.String"},
            {"name": "rate", "type": "Edm.Double"},
            {"name": "extras", "type": "Collection(Edm.String)"},
        ],
    },
]


def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


HOTELS: list[dict[str, Any]] = [
    {
        "id": "1",
        "name": "Harbour House",
        "description": "A quiet hotel on the harbour. Guests were walking to the beach.",
        "category": "Boutique",
        "tags": ["view", "wifi", "harbour"],
        "rating": 5,
        "rooms_total": 2**40,
        "price": 120.5,
        "parking": True,
        "renovated": "2019-03-01T00:00:00-05:00",
        "location": point(-122.12, 47.67),
        "secret": "password",
        "address": {"city": "Seattle", "zip": "98101"},
        "rooms": [
            {"kind": "suite", "rate": 300.0, "extras": ["bath", "view"]},
            {"kind": "single", "rate": 80.0, "extras": []},
        ],
    },
    {
        "id": "2",
        "name": "City Stay",
        "description": "A cheap motel near the airport, with parking and a pool.",
        "category": "Budget",
        "tags": ["wifi", "pool"],
        "rating": 3,
        "price": 45.0,
        "parking": True,
        "renovated": "2010-06-15T12:30:00.250Z",
        "location": point(-73.99, 40.72),
        "address": {"city": "New York", "zip": "10001"},
        "rooms": [{"kind": "suite", "rate": 90.0, "extras": ["fridge"]}],
    },
    {
        "id": "3",
        "name": "It's Alpine",
        "description": "Hotel hotel hotel: a mountain lodge with a pool and skiing.",
        "category": "Boutique",
        "tags": [],
        "rating": None,
        "price": 200.0,
        "parking": False,
        "renovated": None,
        "location": None,
        "address": None,
        "rooms": [],
    },
    {"id": "4", "name": "Bare"},
]


@pytest.fixture(scope="session")
def hotels(service: SearchEndpoint) -> Iterator[ContractIndex]:
    """Four hotels to read: two full ones, one with nulls and empty collections, and one that is almost empty."""
    with index_factory(service) as make:
        index = make(HOTEL_FIELDS)
        index.put(*HOTELS)
        yield index


@pytest.fixture
def own_hotels(make_index: Callable[..., ContractIndex]) -> ContractIndex:
    """The same hotels, to be changed by one test."""
    index = make_index(HOTEL_FIELDS)
    index.put(*HOTELS)
    return index
