"""Two people, each with an agent that has signed them in: it finds what they see, and nothing else."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.ingest.fakes import jpeg
from tests.local.host.oauth import CLIENTS, ConsentingPerson, Program, bearer, sdk_client
from tests.machine import eventually
from tests.world import World, running_beside

FOLDER = "seen by one"
PEOPLE = {
    "people": [
        {"id": "ada", "name": "Ada", "email": "ada@x", "roles": ["admin"]},
        {"id": "vic", "name": "Vic", "email": "vic@x", "roles": ["viewer"]},
        {"id": "vera", "name": "Vera", "email": "vera@x", "roles": ["viewer"]},
    ],
    "clients": CLIENTS,
}
RULES = [{"folder": "", "see": ["everyone"]}, {"folder": FOLDER, "see": ["person:vic"]}]


@pytest.fixture
def url(world: World, tmp_path: Path) -> Iterator[str]:
    """A second host of the world's app, where people sign in, with a photo that only one of them sees."""
    file = tmp_path / "people.json"
    file.write_text(json.dumps(PEOPLE))
    with running_beside(world, tmp_path, "--people", str(file), settings={"HTTP_AUTH": "platform"}) as app:
        token = Program(app.url).sign_in("ada")["access_token"]
        with httpx.Client(base_url=app.url, headers=bearer(token), timeout=60, trust_env=False) as admin:

            def arrived() -> None:
                assert admin.get("/api/search", params={"folder": FOLDER}).json()["total"] == 1

            photo = admin.put(f"/api/photos/{FOLDER}/photo.jpg", content=jpeg(4711)).json()["id"]
            try:
                eventually(arrived, timeout=90)
                assert admin.put("/api/access", json={"rules": RULES}).status_code == 200
                yield app.url
            finally:
                admin.put("/api/access", json={"rules": []})
                admin.delete(f"/api/photos/{photo}")


async def count(url: str, person: str) -> int:
    """How many photos of the folder the agent of somebody finds."""
    http_client, _ = sdk_client(url, ConsentingPerson(person))
    async with http_client, Client(streamable_http_client(f"{url}/mcp", http_client=http_client)) as client:
        result = await client.call_tool("count_photos", {"folder": FOLDER})
    assert not result.is_error, result.content
    return int((result.structured_content or {})["total"])


async def test_an_agent_sees_what_the_person_sees_who_has_signed_in(url: str) -> None:
    async def each_sees_their_own() -> None:
        assert await asyncio.gather(*(count(url, each) for each in ("ada", "vic", "vera"))) == [1, 1, 0]

    await eventually(each_sees_their_own, timeout=45)
