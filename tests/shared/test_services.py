"""The wiring: how the clients of Azure and of the models get to their services."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from shared.errors import Outage, PhotoError, SettingsError
from shared.services import Services, client_options, services
from shared.settings import load
from tests.shared.test_settings import GOOD

CALLS: dict[str, Callable[[Services], Awaitable[object]]] = {
    "storage": lambda services: services.storage.check(),
    "models": lambda services: services.models.check(),
    "search": lambda services: services.live_index.at(services.index_record.configured).check(),
}


@asynccontextmanager
async def refusing() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that refuses everything: its address, and the targets of the requests it got."""
    targets: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        targets.append((await reader.readline()).decode().split()[1])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", targets


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("not_for", ["", "127.0.0.1"])
async def test_the_environment_says_through_which_proxy(
    call: Callable[[Services], Awaitable[object]], not_for: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with refusing() as (proxy, by_proxy), refusing() as (address, directly):
        for name, value in {"HTTP_PROXY": proxy, "NO_PROXY": not_for}.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(name.lower(), value)
        storage = f"AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint={address}/a;QueueEndpoint={address}/a"
        search = {"AZURE_SEARCH_ENDPOINT": address, "AZURE_SEARCH_API_KEY": "k"}
        services = Services(load(GOOD | search | {"PhotoStorage": storage, "OPENAI_BASE_URL": f"{address}/v1"}))
        _ = services.live_index.at(services.index_record.configured), services.storage, services.models
        monkeypatch.delenv("HTTP_PROXY")
        monkeypatch.delenv("http_proxy")  # it is read when a client is made, not for every request
        with pytest.raises(PhotoError):
            await call(services)
        await services.close()

        targets, others = (directly, by_proxy) if not_for else (by_proxy, directly)
        assert targets
        assert not others
        assert all(target.startswith("/" if not_for else address) for target in targets)


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


def test_a_bad_connection_string_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="PhotoStorage is not a connection string"):
        _ = Services(load(GOOD | {"PhotoStorage": "nonsense"})).storage


IDENTITY = {
    "PhotoStorage__blobServiceUri": "https://a.blob.core.windows.net/",
    "PhotoStorage__queueServiceUri": "https://a.queue.core.windows.net",
    "PhotoStorage__clientId": "c1",
}


async def test_without_keys_one_identity_serves_everything() -> None:
    without_keys = {name: value for name, value in GOOD.items() if name not in {"PhotoStorage", "OPENAI_API_KEY"}}
    services = Services(load(without_keys | IDENTITY))

    _ = services.index, services.models, services.tickets, services.failures, services.spending, services.descriptions
    blobs, queues = services._accounts

    assert services.storage.origin == "https://a.blob.core.windows.net"
    assert blobs.credential is queues.credential is services._identity
    await services.close()


async def test_an_identity_without_a_token_is_an_outage() -> None:
    class NoIdentity:
        async def get_token(self, *scopes: str, **options: object) -> AccessToken:
            raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")

        get_token_info = get_token

        async def close(self) -> None: ...

    without_keys = {name: value for name, value in GOOD.items() if name not in {"PhotoStorage", "OPENAI_API_KEY"}}
    services = Services(load(without_keys | IDENTITY))
    vars(services)["_identity"] = NoIdentity()

    with pytest.raises(Outage, match="the identity of the app refused our credentials: DefaultAzureCredential failed"):
        await services.models.check()
    await services.close()


async def test_the_settings_reach_the_clients() -> None:
    services = Services(load(GOOD | {"AZURE_SEARCH_API_KEY": "k", "AZURE_SEARCH_INDEX": "other"}))

    models, index = services.models, services.live_index.at(services.index_record.configured)

    assert (models.caption_model, models.chat_model, models.embedding_model) == ("vision", "chat", "embedding")
    assert (models.dimensions, index._dimensions, index._name, index._semantic) == (384, 384, "other", True)
    client = models._client
    assert (str(client.base_url), client.api_key) == ("http://127.0.0.1:7073/v1/", "secret-of-the-model")
    assert (client.timeout, client.max_retries) == (120.0, 0)
    assert services.models is models
    await services.close()


async def test_closing_closes_only_what_was_used() -> None:
    services = Services(load(GOOD))

    await services.close()

    assert set(vars(services)) == {"settings"}


async def test_closing_closes_all_that_was_used() -> None:
    closed = []

    class Client:
        def __init__(self, name: str) -> None:
            self.name = name

        async def close(self) -> None:
            closed.append(self.name)

    services = Services(load(GOOD))
    vars(services).update({name: Client(name) for name in ("live_index", "models", "_identity")})
    vars(services)["_accounts"] = (Client("blobs"), Client("queues"))
    await services.close()

    assert sorted(closed) == ["_identity", "blobs", "live_index", "models", "queues"]


def test_the_services_of_a_process_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    services.cache_clear()
    try:
        assert services() is services()
        assert services().settings.chat_model == "chat"
    finally:
        services.cache_clear()


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ({}, None),
        ({"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, "http://127.0.0.1:10001/devstoreaccount1"),
        ({"AzureWebJobsStorage": "nonsense"}, None),
        ({"AzureWebJobsStorage__accountName": "host"}, "https://host.queue.core.windows.net"),
        ({"AzureWebJobsStorage__queueServiceUri": "https://h.queue.example"}, "https://h.queue.example"),
    ],
)
async def test_the_hosts_own_queues_are_where_the_host_looks(named: dict[str, str], address: str | None) -> None:
    services = Services(load(GOOD | named))

    queues = services.host_queues._queues

    assert (queues.url.rstrip("/") if queues else None) == address
    await services.close()


async def test_batches_that_were_ordered_can_be_taken_though_no_model_for_them_is_named() -> None:
    services = Services(load(GOOD))
    try:
        assert services.model_batches
    finally:
        await services.close()
