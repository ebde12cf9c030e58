"""A program, and a person with a browser beside it, who sign in to the photos by OAuth as this host plays it."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from local.host.sign_in.registration import METADATA_SCOPES, TENANT
from tests.local.host.conftest import HostSandbox
from tests.machine import ROOT

ENTRA = f"/.auth/local/{TENANT}"
AUTHORIZE, TOKEN = f"{ENTRA}/oauth2/v2.0/authorize", f"{ENTRA}/oauth2/v2.0/token"
CALLBACK = "http://localhost:43117/callback"  # whoever registered it left the port open
CONNECTOR_CALLBACK = "https://connector.example/api/mcp/auth_callback"
SECRET = "the connector's"
ACCEPT = {"Accept": "application/json, text/event-stream"}
CLIENTS = [
    {"id": "agent", "name": "Agent", "redirect_uris": ["http://localhost/callback"]},
    {"id": "connector", "name": "Connector", "redirect_uris": [CONNECTOR_CALLBACK], "secret": SECRET},
]

PEOPLE = {
    "people": [
        {"id": "ed", "name": "Ed", "email": "ed@x", "roles": ["editor"]},
        {"id": "vic", "name": "Vic", "email": "vic@x", "roles": ["viewer"]},
        {"id": "nora", "name": "Nora", "email": "nora@x"},
    ],
    "apps": [{"id": "robot", "name": "Robot", "roles": ["viewer"]}],
    "clients": CLIENTS,
}
KEY = "k" * 40
METADATA = f"{ENTRA}/v2.0/.well-known/openid-configuration"


def form_fields(page: str) -> dict[str, str]:
    """What a browser sends along from a page, whichever of its buttons is chosen."""
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)}


def choose(address: str, person: str) -> httpx.Response:
    """Where somebody is sent who was led to this address and chose who to be."""
    parts = urlsplit(address)
    with httpx.Client(base_url=f"{parts.scheme}://{parts.netloc}", timeout=60, trust_env=False) as browser:
        page = browser.get(address, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
        if page.status_code != 200:
            return page
        return browser.post(parts.path, data=form_fields(page.text) | {"person": person})


def returned(response: httpx.Response) -> dict[str, str]:
    """What the client is told in the address that somebody is sent back to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


@dataclass
class Program:
    """A client that keeps to the standard; a test changes what it sends."""

    url: str
    id: str = "agent"
    secret: str = ""
    callback: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def question(self, **changes: str | None) -> dict[str, str]:
        """The parameters with which somebody is led to the sign-in; None leaves one out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.callback,
            "state": "s&1",
            "scope": METADATA_SCOPES,
            "resource": f"{self.url}/mcp",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def authorize(self, person: str, **changes: str | None) -> httpx.Response:
        return choose(str(httpx.URL(self.url + AUTHORIZE, params=self.question(**changes))), person)

    def ask_token(self, **fields: str) -> httpx.Response:
        own = {"client_id": self.id, "resource": f"{self.url}/mcp"}
        secret = {"client_secret": self.secret} if self.secret else {}
        return httpx.post(self.url + TOKEN, data=own | secret | fields, timeout=60)

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback}
        return self.ask_token(**(grant | {"code_verifier": self.verifier} | changes))

    def sign_in(self, person: str, **changes: str | None) -> dict[str, Any]:
        """The tokens that somebody lets the program have."""
        answer = self.redeem(returned(self.authorize(person, **changes))["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class Memory:
    """Where the SDK keeps tokens, for a client that was registered before."""

    client: OAuthClientInformationFull
    tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError(f"{client_info.client_id} was registered, which Entra ID does not offer")


class ConsentingPerson:
    """A person whom the SDK leads to the sign-in, and from there back to the program."""

    def __init__(self, person: str) -> None:
        self._person = person
        self.sent_to = ""
        self._back: dict[str, str] = {}

    async def go(self, address: str) -> None:
        self.sent_to = address
        self._back = returned(await asyncio.to_thread(choose, address, self._person))

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self._back.get("code", ""), state=self._back.get("state"))


def sdk_client(url: str, visitor: ConsentingPerson, *, secret: str = "") -> tuple[httpx2.AsyncClient, Memory]:
    """The SDK's HTTP client, which signs somebody in when it is asked to."""
    callback = CONNECTOR_CALLBACK if secret else CALLBACK
    method = "client_secret_post" if secret else "none"
    shape = {"redirect_uris": [callback], "token_endpoint_auth_method": method}
    known = {"client_id": "connector" if secret else "agent", "client_secret": secret or None}
    memory = Memory(OAuthClientInformationFull.model_validate(shape | known))
    metadata = OAuthClientMetadata.model_validate(shape)
    provider = OAuthClientProvider(f"{url}/mcp", metadata, memory, visitor.go, visitor.come_back)
    return httpx2.AsyncClient(auth=provider, timeout=60, trust_env=False), memory


def ask_mcp(url: str, method: str = "tools/list", **headers: str) -> httpx.Response:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
    return httpx.post(f"{url}/mcp", json=message, headers=ACCEPT | headers, timeout=60)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def start(sandbox: HostSandbox, **more: str) -> str:
    """The address of the whole app, where these people sign in and these clients are registered."""
    file: Path = sandbox.folder / "people.json"
    file.write_text(json.dumps(PEOPLE))
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    storage = dict.fromkeys(("AzureWebJobsStorage", "PhotoStorage"), sandbox.azurite.connection_string)
    settings = {
        **sample,
        **storage,
        "PHOTO_CONTAINER": sandbox.name,
        "HTTP_AUTH": "platform",
        "API_KEYS": f"key:full:{KEY}",
        "ACCESS_CONTACT": "ann@x",
        **more,
    }
    return sandbox.start(ROOT, "--people", str(file), **settings).url
