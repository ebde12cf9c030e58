"""The wiring: how the clients of Azure get to their services."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from shared.errors import PhotoError
from shared.services import Services, client_options
from shared.settings import load
from tests.shared.test_settings import GOOD

ASKED: dict[str, Callable[[Services], Awaitable[object]]] = {
    "storage": lambda services: services.storage.check(),
    "search": lambda services: services.index.check(),
}


@asynccontextmanager
async def refusing() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that refuses everything: its address, and what it was asked for."""
    asked: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("not_for", ["", "127.0.0.1"])
async def test_the_environment_says_through_which_proxy(
    ask: Callable[[Services], Awaitable[object]], not_for: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with refusing() as (proxy, passed_on), refusing() as (address, asked):
        for name, value in {"HTTP_PROXY": proxy, "NO_PROXY": not_for}.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(name.lower(), value)
        storage = f"AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint={address}/a;QueueEndpoint={address}/a"
        services = Services(
            load(GOOD | {"PhotoStorage": storage, "AZURE_SEARCH_ENDPOINT": address, "AZURE_SEARCH_API_KEY": "k"})
        )
        _ = services.index, services.storage
        monkeypatch.delenv("HTTP_PROXY")
        monkeypatch.delenv("http_proxy")  # it is read when a client is made, not for every request
        with pytest.raises(PhotoError):
            await ask(services)
        await services.close()

        took_it, did_not = (asked, passed_on) if not_for else (passed_on, asked)
        assert took_it
        assert not did_not
        assert all(each.startswith("/" if not_for else address) for each in took_it)


@pytest.mark.parametrize(
    ("address", "not_for", "through"),
    [
        ("http://search.example", "", True),
        ("http://search.example", "search.example", False),
        ("http://account.search.example/a", "example.org,.search.example", False),
        ("http://search.example:8080", "search.example", False),
        ("http://[::1]:9000", "::1", False),
        ("http://search.example", "*", False),
        ("https://search.example", "", False),  # there is a proxy for http alone
    ],
)
def test_some_addresses_need_no_proxy(
    address: str, not_for: str, through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HTTP_PROXY": "http://proxy.example:3128", "NO_PROXY": not_for}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)

    assert bool(client_options(address)["proxies"]) is through
