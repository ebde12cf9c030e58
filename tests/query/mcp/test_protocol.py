"""`/mcp` as the SDK's own client meets it, in both versions of the protocol."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference

from shared.photo import photo_id
from tests.machine import eventually
from tests.query.scripted_model import Round, ScriptedModel, calls, chunk, says
from tests.world import World

BICYCLE = "2023/summer/IMG_1001.jpg"
HANDSHAKE, MODERN = "2025-11-25", "2026-07-28"
ACCEPT = {"Accept": "application/json, text/event-stream"}
MODES = {HANDSHAKE: "legacy", MODERN: "auto"}


@pytest.fixture(params=MODES)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _is_imported(world: World) -> None:
    """The app imports the SDK for its first request. A client asking for the version waits less long."""
    assert ping(world).status_code == 200


@asynccontextmanager
async def connected(world: World, protocol: str = MODERN) -> AsyncIterator[Client]:
    async with Client(f"{world.http.base_url}/mcp", mode=MODES[protocol]) as client:
        yield client


async def call(client: Client, name: str, /, **arguments: Any) -> Any:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
    return result.structured_content


async def test_both_versions_of_the_protocol_are_spoken(world: World, protocol: str) -> None:
    async with connected(world, protocol) as client:
        assert client.protocol_version == protocol
        tools = {each.name: each for each in (await client.list_tools()).tools}

        assert {"search", "fetch", "search_photos", "count_photos", "ask_photos", "view_photo"} <= tools.keys()
        assert all(each.annotations and each.description for each in tools.values())
        assert {name for name, each in tools.items() if not each.output_schema} == {"view_photo"}
        assert {name for name, each in tools.items() if not each.annotations.read_only_hint} == {  # type: ignore[union-attr]
            "propose_edit",
            "propose_collection",
        }


async def test_photos_are_found_looked_at_and_linked(world: World, protocol: str) -> None:
    async with connected(world, protocol) as client:
        found = await call(client, "search_photos", q="bicycle", top=3)
        photo = found["photos"][0]
        assert photo["path"] == BICYCLE
        assert photo["url"] == f"{world.http.base_url}/?photo={photo['id']}"

        seen = await client.call_tool("view_photo", {"id": photo["id"], "size": "thumbnail"})
        assert [each.type for each in seen.content] == ["text", "image"]
        assert seen.content[1].mime_type == "image/jpeg"  # type: ignore[union-attr]
        assert b64decode(seen.content[1].data).startswith(b"\xff\xd8")  # type: ignore[union-attr]
        assert json.loads(seen.content[0].text)["path"] == BICYCLE  # type: ignore[union-attr]
        assert seen.structured_content is None  # beside it, clients show models no picture
        similar = await call(client, "similar_photos", id=photo["id"], top=2)
        assert photo["id"] not in {each["id"] for each in similar["photos"]}


async def test_a_connector_searches_and_fetches(world: World) -> None:
    async with connected(world) as client:
        [first, *_] = (await call(client, "search", query="bicycle"))["results"]
        document = await call(client, "fetch", id=first["id"])

    assert first.keys() == {"id", "title", "url"}
    assert document.keys() == {"id", "title", "text", "url", "metadata"}
    assert (document["id"], document["url"]) == (first["id"], first["url"])
    assert "bicycle" in document["text"]


async def test_pages_follow_one_another_without_gaps(world: World) -> None:
    async with connected(world) as client:
        whole = await call(client, "search_photos", top=12)
        pages: list[Any] = []
        skip: int | None = 0
        while skip is not None and len(pages) < 12:
            page = await call(client, "search_photos", top=5, skip=skip)
            pages += page["photos"]
            skip = page.get("next_skip")

    assert [each["id"] for each in pages][:12] == [each["id"] for each in whole["photos"]]


async def test_filters_are_those_of_the_search_and_no_others(world: World) -> None:
    async with connected(world) as client:
        tools = {each.name: each for each in (await client.list_tools()).tools}
        names = set(tools["search_photos"].input_schema["properties"])
        assert {"taken_in", "folder", "tags", "place", "near", "creators", "rating", "fields", "collection"} <= names
        assert not {"in_collection", "exact", "about_year"} & names

        narrowed = await call(client, "search_photos", folder="2024/may/invoices")
        counted = await call(client, "count_photos", folder="2024/may/invoices", by="folder")
        refused = await client.call_tool("search_photos", {"in_collection": "x"})
        mistyped = await client.call_tool("search_photos", {"taken_in": "last year"})
        unknown = await client.call_tool("search_photos", {"colour": "red"})

    assert narrowed["total"] == counted["total"] == counted["by"]["folder"]["2024/may/invoices"]
    assert "no argument in_collection" in refused.content[0].text  # type: ignore[union-attr]
    assert mistyped.is_error
    assert "taken_in" in mistyped.content[0].text  # type: ignore[union-attr]
    assert "colour" in unknown.content[0].text  # type: ignore[union-attr]


async def test_the_library_says_what_there_is_to_ask_for(world: World) -> None:
    async with connected(world) as client:
        described = await call(client, "describe_library")

    assert described["total"] == world.get("/api/search", top=0)["total"]
    assert described["values"]["folder"]["2024/may/invoices"]
    assert described["values"]["tags"]


async def test_an_answer_cites_photos_with_their_addresses(world: World, model: ScriptedModel) -> None:
    model.script(says("It is red [1]."))
    async with connected(world) as client:
        answer = await call(client, "ask_photos", question="What colour is the bicycle?")

    assert answer["answer"] == "It is red [1]."
    assert [each["url"] for each in answer["photos"]] == [f"{world.http.base_url}/?photo={photo_id(BICYCLE)}"]


async def test_asking_proposes_nothing(world: World, model: ScriptedModel) -> None:
    model.script(calls(("propose_edit", json.dumps({"ids": ["1"], "add_tags": ["x"]}))), says("Done."))
    async with connected(world) as client:
        await call(client, "ask_photos", question="Tag the bicycle as x")

    assert "there is no tool propose_edit" in json.dumps(model.requests[1]["messages"])


async def test_a_proposal_waits_for_a_person(world: World) -> None:
    id_ = photo_id(BICYCLE)
    before = world.get(f"/api/photos/{id_}")["tags"]
    async with connected(world) as client:
        proposal = await call(client, "propose_edit", ids=[id_], add_tags=["for sale"])
        collection = await call(client, "propose_collection", name="Bicycles", ids=[id_])
        missing = await client.call_tool("propose_collection", {"name": "x", "ids": [id_, "0" * 32]})

    assert proposal["url"] == f"{world.http.base_url}/?view=review&proposal={proposal['proposal']}"
    assert proposal["changes"] == [
        {"id": id_, "path": BICYCLE, "field": "tags", "old": before, "new": [*before, "for sale"]}
    ]
    assert collection["photos"] == [id_]
    assert missing.is_error
    assert world.get(f"/api/photos/{id_}")["tags"] == before
    kept = world.get(f"/api/proposals/{proposal['proposal']}")
    assert kept["changes"][0]["new"] == [*before, "for sale"]


@pytest.fixture
def wheels(world: World) -> Iterator[str]:
    """The id of a collection of one photo."""
    made = world.http.post("/api/collections", json={"name": "Wheels", "ids": [photo_id(BICYCLE)]}).json()
    yield made["id"]
    world.http.delete(f"/api/collections/{made['id']}")


async def test_photos_and_collections_are_resources(world: World, wheels: str) -> None:
    id_ = photo_id(BICYCLE)
    async with connected(world) as client:
        listed = {each.uri: each.name for each in (await client.list_resources()).resources}
        collection = await client.read_resource(f"photos://collection/{wheels}")
        text, picture = (await client.read_resource(f"photos://photo/{id_}")).contents
        with pytest.raises(MCPError, match="there is no photo"):
            await client.read_resource("photos://photo/" + "0" * 32)

    assert listed[f"photos://collection/{wheels}"] == "Wheels"
    facts = json.loads(collection.contents[0].text)  # type: ignore[union-attr]
    assert [each["id"] for each in facts["photos"]] == [id_]
    assert json.loads(text.text)["path"] == BICYCLE  # type: ignore[union-attr]
    assert picture.mime_type == "image/jpeg"


async def test_prompts_are_filled_and_folders_completed(world: World) -> None:
    async with connected(world) as client:
        reference = PromptReference(type="ref/prompt", name="write_alt_texts")
        completed = await client.complete(reference, {"name": "folder", "value": "2024/MAY"})
        prompts = {each.name for each in (await client.list_prompts()).prompts}
        filled = await client.get_prompt("write_alt_texts", {"folder": "2024/may"})
        with pytest.raises(MCPError, match="needs the argument folder"):
            await client.get_prompt("write_alt_texts", {})

    assert "2024/may/invoices" in completed.completion.values
    assert prompts == {"write_alt_texts", "make_collection", "tidy_tags"}
    assert "“2024/may”" in filled.messages[0].content.text  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_are_no_streams_and_no_sessions(world: World, method: str) -> None:
    answer = world.http.request(method, "/mcp")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def ping(world: World, **headers: str) -> httpx.Response:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {}}
    return world.http.post("/mcp", json=message, headers=ACCEPT | {"MCP-Protocol-Version": HANDSHAKE} | headers)


def test_pages_of_elsewhere_are_refused(world: World) -> None:
    assert ping(world).status_code == 200
    assert ping(world, Origin=str(world.http.base_url).rstrip("/")).status_code == 200
    assert ping(world, Origin="https://elsewhere.example").status_code == 403


def test_the_notice_of_a_cancelled_call_is_accepted(world: World) -> None:
    notice = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    headers = ACCEPT | {"MCP-Protocol-Version": HANDSHAKE}

    assert world.http.post("/mcp", json=notice, headers=headers).status_code == 202


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b'"x"', b'{"jsonrpc": "2.0"}', b"\xff"])
def test_what_is_no_message_is_an_error_of_the_client(world: World, body: bytes) -> None:
    headers = ACCEPT | {"Content-Type": "application/json"}
    for protocol in MODES:
        answer = world.http.post("/mcp", content=body, headers=headers | {"MCP-Protocol-Version": protocol})
        assert answer.status_code == 400
        assert "error" in answer.json()
        assert "pydantic.dev" not in answer.text


async def test_a_call_whose_client_leaves_ends(world: World, model: ScriptedModel, protocol: str) -> None:
    meta = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": "ask_photos", "arguments": {"question": "boats?"}, "_meta": meta if protocol == MODERN else {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": "ask_photos"} if protocol == MODERN else {}
    model.script(Round([chunk(content="word ")] * 3600, pause=0.05))
    async with httpx.AsyncClient(base_url=world.http.base_url, trust_env=False, timeout=60) as http:
        sent = http.post("/mcp", json=message, headers=ACCEPT | {"MCP-Protocol-Version": protocol} | headers)
        asking = asyncio.ensure_future(sent)

        async def is_asked() -> None:
            assert model.requests

        await eventually(is_asked)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    async def has_ended() -> None:
        assert model.abandoned == 1

    await eventually(has_ended)
