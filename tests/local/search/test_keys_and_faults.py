"""What only the stand-in has: its keys, faults on demand, a lag, a tier without semantic ranking, one process."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.search.documents import SearchClient
from azure.search.documents.aio import SearchClient as AsyncSearchClient

from tests.local.search.server import ADMIN_KEY, QUERY_KEY, VERSION, SearchServer, running_server
from tests.machine import ROOT, eventually, free_port

FIELDS = [
    {"name": "id", "type": "Edm.String", "key": True},
    {"name": "text", "type": "Edm.String"},
]


def create_index(server: SearchServer) -> str:
    """Create an index with one document and return its name."""
    name = f"i-{uuid.uuid4().hex[:12]}"
    server.request("POST", "/indexes", {"name": name, "fields": FIELDS}).raise_for_status()
    server.client(name).upload_documents([{"id": "1", "text": "hello"}])
    return name


@pytest.fixture
def index(server: SearchServer) -> Iterator[str]:
    name = create_index(server)
    yield name
    httpx.delete(f"{server.endpoint}/__faults")
    server.request("DELETE", f"/indexes/{name}")


def test_health_needs_no_key(server: SearchServer) -> None:
    assert httpx.get(f"{server.endpoint}/__health").json() == {"status": "ok"}


def test_no_key_is_401_and_a_wrong_one_403(server: SearchServer, index: str) -> None:
    address = f"{server.endpoint}/indexes/{index}/docs/$count"

    assert httpx.get(address, params=VERSION).status_code == 401
    assert httpx.get(address, params=VERSION, headers={"api-key": "wrong"}).status_code == 403


def test_a_query_key_reads_documents_and_nothing_else(server: SearchServer, index: str) -> None:
    reader = server.client(index, QUERY_KEY)

    assert [hit["id"] for hit in reader.search("hello")] == ["1"]
    assert reader.get_document("1")["text"] == "hello"
    assert reader.get_document_count() == 1
    with pytest.raises(HttpResponseError) as error:
        reader.upload_documents([{"id": "2"}])
    assert error.value.status_code == 403
    for path in (f"/indexes/{index}", "/indexes", "/servicestats", f"/indexes/{index}/search.stats"):
        assert server.request("GET", path, key=QUERY_KEY).status_code == 403


def test_the_api_version_is_needed_and_checked(server: SearchServer) -> None:
    headers = {"api-key": ADMIN_KEY}

    assert httpx.get(f"{server.endpoint}/indexes", headers=headers).status_code == 400
    wrong = httpx.get(f"{server.endpoint}/indexes", headers=headers, params={"api-version": "1999-01-01"})
    assert wrong.status_code == 400
    old = httpx.get(f"{server.endpoint}/indexes", headers=headers, params={"api-version": "2024-07-01"})
    assert old.status_code == 200


def test_other_resources_are_listed_empty_and_cannot_be_created(server: SearchServer) -> None:
    for kind in ("synonymmaps", "aliases", "indexers", "datasources", "skillsets"):
        assert server.request("GET", f"/{kind}").json() == {"value": []}
        assert server.request("GET", f"/{kind}('x')").status_code == 404
        assert server.request("PUT", f"/{kind}('x')", {"name": "x"}).status_code == 501


def test_an_unknown_address_is_404_in_the_usual_shape(server: SearchServer) -> None:
    response = server.request("GET", "/nothing")

    assert response.status_code == 404
    assert set(response.json()["error"]) == {"code", "message"}


def test_a_fault_affects_as_many_requests_as_it_says(server: SearchServer, index: str) -> None:
    server.fault(status=503, count=2, match="docs/search.post.search", headers={"Retry-After": "7"})
    address = f"/indexes('{index}')/docs/search.post.search"

    responses = [server.request("POST", address, {"search": "*"}) for _ in range(3)]

    assert [response.status_code for response in responses] == [503, 503, 200]
    assert responses[0].headers["retry-after"] == "7"
    assert httpx.get(f"{server.endpoint}/__faults").json() == {"value": []}


def test_a_fault_leaves_other_requests_alone(server: SearchServer, index: str) -> None:
    server.fault(status=429, match="search.index", count=0)

    assert server.client(index).get_document_count() == 1
    with pytest.raises(HttpResponseError) as error:
        server.client(index).upload_documents([{"id": "2"}])
    assert error.value.status_code == 429


def test_the_sdk_retries_a_busy_service_by_itself(server: SearchServer, index: str) -> None:
    server.fault(status=503, count=1, match="docs/search.post.search")
    client = SearchClient(
        server.endpoint, index, AzureKeyCredential(ADMIN_KEY), retry_total=2, retry_backoff_factor=0.01
    )

    assert [hit["id"] for hit in client.search("hello")] == ["1"]


def test_single_documents_of_a_batch_can_fail(server: SearchServer, index: str) -> None:
    server.fault(match="search.index", documents={"status": 503, "every": 2})

    results = server.client(index).upload_documents([{"id": str(number)} for number in range(4)])

    assert [result.status_code for result in results] == [201, 503, 201, 503]
    assert "too busy" in str(results[1].error_message)
    assert server.client(index).get_document_count() == 3


def test_a_connection_can_be_cut(server: SearchServer, index: str) -> None:
    server.fault(reset=True, match="$count")

    with pytest.raises((ServiceResponseError, ServiceRequestError, HttpResponseError)):
        server.client(index).get_document_count()
    assert server.client(index).get_document_count() == 1


def test_a_response_can_be_late(server: SearchServer, index: str) -> None:
    server.fault(delay=0.5, match="$count")

    started = time.monotonic()
    assert server.client(index).get_document_count() == 1

    assert time.monotonic() - started >= 0.5


def test_a_wrong_fault_is_refused(server: SearchServer) -> None:
    assert httpx.post(f"{server.endpoint}/__faults", json={"stauts": 503}).status_code == 400


async def test_the_async_sdk_works_the_same(server: SearchServer, index: str) -> None:
    async with AsyncSearchClient(server.endpoint, index, AzureKeyCredential(ADMIN_KEY)) as client:
        await client.upload_documents([{"id": "2", "text": "hello again"}])
        keys = [hit["id"] async for hit in await client.search("again")]

    assert keys == ["2"]


def test_older_api_versions_show_vectors_unless_hidden(server: SearchServer) -> None:
    field = {"name": "v", "type": "Collection(Edm.Single)", "dimensions": 2, "vectorSearchProfile": "p"}
    search = {"algorithms": [{"name": "a", "kind": "hnsw"}], "profiles": [{"name": "p", "algorithm": "a"}]}
    retrievable = {}
    for version in ("2024-07-01", "2026-04-01"):
        name = f"i-{uuid.uuid4().hex[:12]}"
        body = {"name": name, "fields": [*FIELDS, field], "vectorSearch": search}
        headers = {"api-key": ADMIN_KEY}
        response = httpx.post(f"{server.endpoint}/indexes", params={"api-version": version}, headers=headers, json=body)
        retrievable[version] = response.json()["fields"][2]["retrievable"]
        server.request("DELETE", f"/indexes/{name}")

    assert retrievable == {"2024-07-01": True, "2026-04-01": False}


def test_with_a_lag_writes_are_stored_at_once_and_found_later() -> None:
    with running_server("--lag", "1.5") as server:
        client = server.client(create_index(server))

        assert client.get_document("1")["text"] == "hello"
        assert list(client.search("hello")) == []
        assert client.get_document_count() == 0

        def searchable() -> None:
            assert [hit["id"] for hit in client.search("hello")] == ["1"]

        eventually(searchable)


def test_the_lag_can_be_changed_while_it_runs() -> None:
    with running_server() as server:
        url, name = f"{server.endpoint}/__options", create_index(server)
        client = server.client(name)
        assert client.get_document_count() == 1

        assert httpx.post(url, json={"lag": 600}).json() == {"lag": 600}
        client.upload_documents([{"id": "2", "text": "late"}])
        assert client.get_document("2")["text"] == "late"
        assert client.get_document_count() == 1

        assert httpx.post(url, json={"lag": 0}).json() == {"lag": 0}
        assert client.get_document_count() == 2
        assert httpx.post(url, json={"lag": -1}).status_code == 400
        assert httpx.get(url).json() == {"lag": 0}


def test_a_tier_without_semantic_ranking_refuses_it() -> None:
    with running_server("--no-semantic") as server:
        name = create_index(server)
        body = {"search": "hello", "queryType": "semantic", "semanticConfiguration": "x"}

        response = server.request("POST", f"/indexes/{name}/docs/search", body)

    assert response.status_code == 400
    assert "Semantic search is not enabled for this service." in response.json()["error"]["message"]


def test_a_second_process_on_the_same_folder_is_told_so(server: SearchServer) -> None:
    command = [sys.executable, "-m", "local.search", "--port", str(free_port()), "--data", str(server.folder)]

    second = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "SEARCH_KEY": "k"}, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert "already served by another process" in second.stderr


def test_the_key_is_taken_from_the_environment_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.search", "--data", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != "SEARCH_KEY"}

    for arguments in ([], ["--key", "k"]):
        refused = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert refused.returncode == 2
        assert "SEARCH_KEY" in refused.stderr or "--key" in refused.stderr
