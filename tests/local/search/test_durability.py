"""What was acknowledged survives any end of the process, whole."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from azure.core.exceptions import AzureError

from tests.local.search.server import SearchServer, running_server

INDEX = {
    "name": "kept",
    "fields": [
        {"name": "id", "type": "Edm.String", "key": True, "filterable": True},
        {"name": "text", "type": "Edm.String"},
        {"name": "tags", "type": "Collection(Edm.String)"},
        {"name": "n", "type": "Edm.Int32", "sortable": True},
        {
            "name": "v",
            "type": "Collection(Edm.Single)",
            "dimensions": 2,
            "vectorSearchProfile": "p",
            "retrievable": True,
        },
    ],
    "vectorSearch": {
        "algorithms": [{"name": "a", "kind": "hnsw"}],
        "profiles": [{"name": "p", "algorithm": "a"}],
    },
}


def document(key: int, version: int) -> dict[str, object]:
    """Every part of a document says the same version, so that a half document shows."""
    words = f"word{version} key{key}"
    return {"id": str(key), "text": words, "tags": [f"v{version}"], "n": version, "v": [1.0, float(version)]}


def versions(stored: Mapping[str, Any]) -> set[int]:
    """The versions a document's parts speak of."""
    word = stored["text"].split()[0].removeprefix("word")
    return {int(word), int(stored["tags"][0].removeprefix("v")), int(stored["v"][1]), stored["n"]}


def write_until_killed(server: SearchServer, acknowledged: dict[int, int], stop: threading.Event) -> None:
    """Write batch after batch, noting the version of every acknowledged document."""
    client = server.client("kept")
    version = 0
    while not stop.is_set():
        version += 1
        keys = range(version % 7, 200, 7)
        try:
            client.upload_documents([document(key, version) for key in keys])
        except AzureError:
            return
        acknowledged.update(dict.fromkeys(keys, version))


@pytest.mark.parametrize("seconds", [0.4, 0.9, 1.7])
def test_every_acknowledged_document_survives_a_kill_and_none_is_half(seconds: float) -> None:
    with running_server() as server:
        server.request("POST", "/indexes", INDEX).raise_for_status()
        acknowledged: dict[int, int] = {}
        stop = threading.Event()
        writer = threading.Thread(target=write_until_killed, args=(server, acknowledged, stop))
        writer.start()
        time.sleep(seconds)
        server.kill()
        stop.set()
        writer.join()

        server.start()

        client = server.client("kept")
        assert acknowledged
        for key, version in acknowledged.items():
            stored = client.get_document(str(key))
            assert len(versions(stored)) == 1
            assert stored["n"] >= version
            hits = list(client.search(f"word{stored['n']}", filter=f"id eq '{key}' and n eq {stored['n']}"))
            assert [hit["id"] for hit in hits] == [str(key)]
        stale = [hit["id"] for hit in client.search("key3", search_fields=["text"])]
        assert stale in ([], ["3"])
        assert client.get_document_count() == len({hit["id"] for hit in client.search("*")})


def test_deletions_survive_a_kill() -> None:
    with running_server() as server:
        server.request("POST", "/indexes", INDEX).raise_for_status()
        client = server.client("kept")
        client.upload_documents([document(key, 1) for key in range(20)])
        assert len(list(client.search("word1"))) == 20
        client.delete_documents([{"id": str(key)} for key in range(10)])
        server.kill()
        server.start()

        assert client.get_document_count() == 10
        assert {hit["id"] for hit in client.search("word1")} == {str(key) for key in range(10, 20)}
        client.upload_documents([document(key, 2) for key in range(5)])
        assert {hit["id"] for hit in client.search("word2")} == {"0", "1", "2", "3", "4"}
        assert client.get_document_count() == 15


def test_an_orderly_restart_keeps_everything_and_a_deleted_index_stays_away() -> None:
    with running_server() as server:
        server.request("POST", "/indexes", INDEX).raise_for_status()
        server.request("POST", "/indexes", {**INDEX, "name": "gone"}).raise_for_status()
        server.client("kept").upload_documents([document(1, 1)])
        etag = server.request("GET", "/indexes/kept").json()["@odata.etag"]
        server.request("DELETE", "/indexes/gone")
        server.stop()
        server.start()

        assert list(server.admin().list_index_names()) == ["kept"]
        assert server.request("GET", "/indexes/kept").json()["@odata.etag"] == etag
        assert [hit["id"] for hit in server.client("kept").search("word1")] == ["1"]
        assert [path.name.startswith("kept-") for path in server.folder.iterdir() if path.is_dir()] == [True]
