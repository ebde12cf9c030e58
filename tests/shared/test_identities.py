"""Whose tokens the app sends, from whom it gets them, and for which audience."""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AzureAuthorityHosts

from shared import identities
from shared.clouds import CLOUDS
from shared.errors import Outage, SettingsError
from shared.services import Services
from shared.settings import load
from tests.machine import patch_sleep
from tests.shared.scripted_server import Answer, ScriptedServer, scripted_server
from tests.shared.test_settings import GOOD

CLIENT_ID = "AZURE_CLIENT_ID"
PHOTOS, HOST = "PhotoStorage", "AzureWebJobsStorage"
KEYLESS = {name: value for name, value in GOOD.items() if name not in {"PhotoStorage", "OPENAI_API_KEY"}} | {
    "PhotoStorage__blobServiceUri": "https://a.blob.core.windows.net",
    "PhotoStorage__queueServiceUri": "https://a.queue.core.windows.net",
    "AzureWebJobsStorage__queueServiceUri": "https://h.queue.core.windows.net",
    "AZURE_SEARCH_ENDPOINT": "https://s.search.windows.net",
    "OPENAI_BASE_URL": "https://m.openai.azure.com/openai/v1",
}


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedServer]:
    """The platform's endpoint for managed identities, as App Service has one."""
    token = {"access_token": "t", "expires_on": str(int(time.time()) + 3600), "resource": "r", "token_type": "Bearer"}
    for name in (CLIENT_ID, "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST"):
        monkeypatch.delenv(name, raising=False)
    async with scripted_server(Answer(body=token)) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        yield server


async def client_id_of(credential: Any, endpoint: ScriptedServer, resource: str) -> str | None:
    """Which user-assigned identity a credential asks the platform for; None for the system's own."""
    endpoint.requests.clear()
    await credential.get_token(f"https://{resource}.example/.default")  # another each time, as tokens are kept
    [request] = endpoint.requests
    query = parse_qs(urlsplit(request.target).query)
    assert query["resource"] == [f"https://{resource}.example"]
    return query.get("client_id", [None])[0]


MANAGED = {"PhotoStorage__credential": "managedidentity"}
HOST_MANAGED = {"AzureWebJobsStorage__credential": "ManagedIdentity"}


@pytest.mark.parametrize(
    ("names", "photos", "host", "app"),
    [
        ({}, None, None, None),
        ({CLIENT_ID: "c"}, "c", "c", "c"),
        ({"PhotoStorage__clientId": "p"}, "p", "p", "p"),
        ({"PhotoStorage__clientId": "p", CLIENT_ID: "c"}, "p", "p", "p"),
        ({"AzureWebJobsStorage__clientId": "h", CLIENT_ID: "c"}, "c", "h", "c"),
        (MANAGED | {"PhotoStorage__clientId": "p"}, "p", "p", "p"),
        (
            MANAGED | {CLIENT_ID: "c"},
            None,
            "c",
            "c",
        ),  # a connection that names none is the system's own, as in the host
        (MANAGED | HOST_MANAGED | {"PhotoStorage__clientId": "p", "AzureWebJobsStorage__clientId": "h"}, "p", "h", "p"),
    ],
)
async def test_each_connection_has_the_identity_that_the_host_gives_it(
    names: dict[str, str], photos: str | None, host: str | None, app: str | None, endpoint: ScriptedServer
) -> None:
    services = Services(load(KEYLESS | names))
    blobs, queues = services._accounts
    host_queues = services._host_account
    assert host_queues

    assert queues.credential is blobs.credential
    assert await client_id_of(blobs.credential, endpoint, "photos") == photos
    assert await client_id_of(host_queues.credential, endpoint, "host") == host
    assert await client_id_of(services._identity, endpoint, "app") == app
    await services.close()


class Recording:
    """An identity that gets no token, and remembers for what it was asked."""

    def __init__(self) -> None:
        self.scopes: set[str] = set()

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.scopes |= set(scopes)
        raise ClientAuthenticationError("no token")

    async def get_token_info(self, *scopes: str, **options: object) -> AccessToken:
        return await self.get_token(*scopes)

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("names", "models", "search"),
    [
        ({}, "https://cognitiveservices.azure.com/.default", "https://search.azure.com/.default"),
        ({"MODEL_TOKEN_SCOPE": "https://ai.azure.com/.default"}, "https://ai.azure.com/.default", None),
        (
            {"AZURE_CLOUD": "AzureUSGovernment"},
            "https://cognitiveservices.azure.us/.default",
            "https://search.azure.us/.default",
        ),
        (
            {"AZURE_CLOUD": "AzureChinaCloud"},
            "https://cognitiveservices.azure.cn/.default",
            "https://search.azure.cn/.default",
        ),
        (
            {"AZURE_CLOUD": "AzureChinaCloud", "MODEL_TOKEN_SCOPE": "api://gateway/.default"},
            "api://gateway/.default",
            None,
        ),
    ],
)
async def test_tokens_are_for_the_cloud_of_the_services(
    names: dict[str, str], models: str, search: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(seconds: float) -> None:
        """Storage asks again for a token, after a pause."""

    patch_sleep(monkeypatch, at_once)
    for name, scope in {"models": models, "index": search, "storage": "https://storage.azure.com/.default"}.items():
        services, identity = Services(load(KEYLESS | names)), Recording()
        vars(services)["_identity"] = identity

        with pytest.raises(Outage):
            await getattr(services, name).check()

        of_record = {"https://storage.azure.com/.default"} if name == "index" else set()  # where the library is
        assert scope is None or identity.scopes - of_record == {scope}
        await services.close()


@pytest.mark.parametrize(
    ("cloud", "authority"),
    [
        ("AzureCloud", None),
        ("AzureUSGovernment", AzureAuthorityHosts.AZURE_GOVERNMENT),
        ("AzureChinaCloud", AzureAuthorityHosts.AZURE_CHINA),
    ],
)
async def test_the_cloud_decides_who_gives_out_tokens(
    cloud: str, authority: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[dict[str, Any]] = []
    monkeypatch.setattr(identities, "DefaultAzureCredential", lambda **given: options.append(given))

    identities.app_identity(load(KEYLESS | {"AZURE_CLOUD": cloud}))

    assert options[0].get("authority") == authority  # without one azure-identity reads AZURE_AUTHORITY_HOST
    assert CLOUDS.keys() == {"AzureCloud", "AzureUSGovernment", "AzureChinaCloud"}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("AZURE_CLOUD", "azurecloud", "AZURE_CLOUD: use AzureCloud, AzureUSGovernment, AzureChinaCloud"),
        ("MODEL_TOKEN_SCOPE", "https://ai.azure.com", r"MODEL_TOKEN_SCOPE: use a scope such as https://ai.azure.com/"),
    ],
)
def test_a_cloud_or_scope_that_there_is_none_of_is_refused(name: str, value: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        load(KEYLESS | {name: value})
