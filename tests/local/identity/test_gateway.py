"""The identity endpoint and the doors before the services, by the SDKs and by plain requests."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ManagedIdentityCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.identity.roles import read_directory
from tests.identity_world import IdentityFront
from tests.machine import ACCOUNT, KEY, Azurite, free_port
from tests.world import Process, python

STORAGE, SEARCH, MODELS = (f"https://{each}.azure.com" for each in ("storage", "search", "cognitiveservices"))
SIGNED = {"x-ms-version": "2024-11-04"}


@pytest.fixture(scope="module")
def front(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityFront]:
    """The rules before Azurite; of search and models there is no more than the door."""
    nobody = f"http://127.0.0.1:{free_port()}"
    front = IdentityFront(tmp_path_factory.mktemp("identity"), azurite, nobody, nobody, "search-key")
    process = Process(
        "identity", python("local.identity", *front.arguments), f"{front.url}/__health", front.folder, front.secrets
    )
    process.start()
    yield front
    process.stop()


class Credential:
    """Tokens of a principal, for whatever resource is asked for."""

    def __init__(self, front: IdentityFront, principal: str = "app", resource: str | None = None) -> None:
        self._front, self._principal, self._resource = front, principal, resource

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        resource = self._resource or scopes[0].removesuffix("/.default")
        return AccessToken(self._front.token(resource, self._principal), int(time.time()) + 3600)


def blobs(front: IdentityFront, **credential: Any) -> BlobServiceClient:
    url = f"{front.service('blobs')}/{ACCOUNT}"
    verify = str(front.certificate)
    return BlobServiceClient(url, Credential(front, **credential), connection_verify=verify, retry_total=0)


def queues(front: IdentityFront, **credential: Any) -> QueueServiceClient:
    url = f"{front.service('queues')}/{ACCOUNT}"
    verify = str(front.certificate)
    return QueueServiceClient(url, Credential(front, **credential), connection_verify=verify, retry_total=0)


def ask(front: IdentityFront, service: str, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    with httpx.Client(verify=front.tls(), trust_env=False) as http:
        return http.request(method, f"{front.service(service)}{path}", **options)


def bearer(front: IdentityFront, resource: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {front.token(resource)}"}


# -- storage ------------------------------------------------------------------------------


def test_blobs_and_messages_pass_as_they_are(front: IdentityFront) -> None:
    container = blobs(front).get_container_client("gateway")
    queue = queues(front).get_queue_client("gateway")
    data = bytes(range(256)) * 40_000
    container.create_container()
    queue.create_queue()

    container.upload_blob("ä/b c+%25.jpg", data, max_concurrency=2)
    queue.send_message("hello")

    assert container.download_blob("ä/b c+%25.jpg").readall() == data
    assert container.download_blob("ä/b c+%25.jpg", offset=3, length=4).readall() == data[3:7]
    assert [each.name for each in container.list_blobs()] == ["ä/b c+%25.jpg"]
    assert [each.content for each in queue.receive_messages()] == ["hello"]


def test_storage_asks_for_a_token_that_is_for_it(front: IdentityFront) -> None:
    path = f"/{ACCOUNT}/photos/a.jpg"
    without = ask(front, "blobs", path, headers=SIGNED)
    anonymous = ask(front, "blobs", path)
    other = ask(front, "queues", f"/{ACCOUNT}?comp=list", headers={**SIGNED, **bearer(front, SEARCH)})

    assert (without.status_code, without.headers["x-ms-error-code"]) == (401, "NoAuthenticationInformation")
    assert without.headers["WWW-Authenticate"].endswith(f"/oauth2/authorize resource_id={STORAGE}")
    assert (anonymous.status_code, anonymous.headers["x-ms-error-code"]) == (409, "PublicAccessNotPermitted")
    assert (other.status_code, other.headers["x-ms-error-code"]) == (401, "InvalidAuthenticationInfo")
    assert "<AuthenticationErrorDetail>Audience validation failed. Audience did not match." in other.text


def test_the_account_takes_no_key(front: IdentityFront) -> None:
    options: Any = {"connection_verify": str(front.certificate), "retry_total": 0}
    by_key = BlobServiceClient(
        f"{front.service('blobs')}/{ACCOUNT}", {"account_name": ACCOUNT, "account_key": KEY}, **options
    )
    signed = ask(front, "blobs", f"/{ACCOUNT}/photos/a.jpg?sp=r&sv=2024-11-04&sr=b&sig=x")

    with pytest.raises(HttpResponseError, match="KeyBasedAuthenticationNotPermitted"):
        list(by_key.list_containers())
    assert signed.headers["x-ms-error-code"] == "KeyBasedAuthenticationNotPermitted"


def test_without_a_role_storage_answers_403(front: IdentityFront) -> None:
    with front.without("Storage Blob Data Owner"):
        with pytest.raises(HttpResponseError) as listed:
            list(blobs(front).list_containers())
        with pytest.raises(HttpResponseError) as read:
            blobs(front).get_blob_client("photos", "a.jpg").get_blob_properties()

    for error in (listed, read):  # the second was a HEAD, whose answer has no body
        assert error.value.status_code == 403
        assert str(getattr(error.value, "error_code", "")).endswith(("AuthorizationPermissionMismatch", "MISMATCH"))
    assert "This request is not authorized to perform this operation using this permission." in str(listed.value)


def test_an_identity_that_may_send_may_not_read(front: IdentityFront) -> None:
    queues(front).create_queue("topic")
    queue = queues(front, principal="topic").get_queue_client("topic")
    queue.send_message("event")

    with pytest.raises(HttpResponseError, match="not authorized"):
        queue.peek_messages()
    with pytest.raises(HttpResponseError, match="not authorized"):
        queue.get_queue_properties()


def test_a_service_that_is_gone_breaks_the_connection(front: IdentityFront) -> None:
    with pytest.raises(httpx.TransportError):
        ask(front, "search", "/indexes?api-version=2026-04-01", headers=bearer(front, SEARCH))


# -- search and models --------------------------------------------------------------------


def test_search_takes_tokens_with_a_role_and_no_key(front: IdentityFront) -> None:
    path = "/indexes('photos')/docs/$count?api-version=2026-04-01"
    key = ask(front, "search", path, headers={"api-key": "search-key"})
    nobody = ask(front, "search", path)
    wrong = ask(front, "search", path, headers=bearer(front, STORAGE))
    with front.without("Search Index Data Contributor"):
        lacking = ask(front, "search", path, headers=bearer(front, SEARCH))

    assert [each.status_code for each in (key, nobody, wrong, lacking)] == [403, 401, 401, 403]
    assert lacking.json() == {"error": {"code": "", "message": "Authorization failed."}}
    assert nobody.headers["WWW-Authenticate"].endswith(f"resource_id={SEARCH}")


def test_models_take_tokens_with_a_role_and_no_key(front: IdentityFront) -> None:
    path = "/openai/v1/chat/completions"
    key = ask(front, "models", path, "POST", headers={"api-key": "k"})
    key_as_token = ask(front, "models", path, "POST", headers={"Authorization": "Bearer k"})
    with front.without("Cognitive Services OpenAI User"):
        lacking = ask(front, "models", path, "POST", headers=bearer(front, MODELS))

    assert (key.status_code, key.json()["error"]["code"]) == (403, "AuthenticationTypeDisabled")
    assert (key_as_token.status_code, key_as_token.json()["statusCode"]) == (401, 401)
    assert (lacking.status_code, lacking.json()["error"]["code"]) == (401, "PermissionDenied")
    action = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
    assert f"lacks the required data action `{action}`" in lacking.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/__calls", "/__faults", "/v1/models"])
def test_what_only_a_stand_in_has_is_not_there(front: IdentityFront, path: str) -> None:
    assert ask(front, "models", path, headers=bearer(front, MODELS)).status_code == 404


# -- the identity endpoint ----------------------------------------------------------------


@pytest.fixture
def as_in_azure(front: IdentityFront, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.setenv(name, front.settings[name])


@pytest.mark.usefixtures("as_in_azure")
def test_the_endpoint_gives_tokens_of_the_user_assigned_identity() -> None:
    with ManagedIdentityCredential(client_id=read_directory().principals["app"].client_id) as credential:
        token = credential.get_token(f"{STORAGE}/.default")

    assert 23 * 3600 < token.expires_on - time.time() <= 24 * 3600


@pytest.mark.usefixtures("as_in_azure")
@pytest.mark.parametrize(
    ("client_id", "words"),
    [
        (None, "Unable to load the proper Managed Identity."),
        ("00000000-0000-4000-8000-000000000000", "No User Assigned or Delegated Managed Identity found"),
        (read_directory().principals["topic"].client_id, "No User Assigned or Delegated Managed Identity found"),
    ],
)
def test_without_its_client_id_there_is_no_token(client_id: str | None, words: str) -> None:
    with (
        ManagedIdentityCredential(client_id=client_id) as credential,
        pytest.raises(ClientAuthenticationError, match=words),
    ):
        credential.get_token(f"{STORAGE}/.default")


@pytest.mark.parametrize(
    "headers", [{}, {"X-IDENTITY-HEADER": "guess"}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}]
)
@pytest.mark.parametrize("path", ["/msi/token", "/__assignments", "/__token"])
def test_the_endpoint_is_for_who_knows_its_secret(front: IdentityFront, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{front.url}{path}", headers=headers, trust_env=False)

    assert answer.status_code in {401, 403}
    assert answer.json()["statusCode"] == answer.status_code


@pytest.mark.parametrize("body", [[{"principal": "app", "role": "King", "scope": "storage"}], [{}], {}, 1])
def test_assignments_that_make_no_sense_are_refused(front: IdentityFront, body: object) -> None:
    before, headers = front.assignments(), {"X-IDENTITY-HEADER": front.secrets["IDENTITY_HEADER"]}

    answer = httpx.put(f"{front.url}/__assignments", content=json.dumps(body), headers=headers, trust_env=False)

    assert (answer.status_code, front.assignments()) == (400, before)


def test_the_secrets_are_asked_for(tmp_path: Path) -> None:
    process = Process("identity", python("local.identity", "--port", "1"), "http://127.0.0.1:1", tmp_path)

    with pytest.raises(pytest.fail.Exception, match="identity ended"):
        process.start()
