"""Azure's identity rules before the parts of a world: certificate, tokens and roles instead of keys and http."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx

from local.identity.roles import read_directory
from tests.certificate import certify
from tests.machine import ACCOUNT, KEY, Azurite, free_port

SECRET = "secret-of-the-identity-endpoint"
SERVICES = ("blobs", "queues", "search", "models")
CONNECTIONS = ("AzureWebJobsStorage", "PhotoStorage")


@dataclass
class IdentityFront:
    """Where the services are found in that world, and who may do what there."""

    folder: Path
    azurite: Azurite
    search_url: str
    models_url: str
    search_key: str
    port: int = field(default_factory=free_port)
    ports: Mapping[str, int] = field(default_factory=lambda: {name: free_port() for name in SERVICES})

    def __post_init__(self) -> None:
        self.certificate, self.certificate_key = certify(self.folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def arguments(self) -> list[str]:
        """The command line of `python -m local.identity`."""
        upstreams = {
            "blobs": f"http://127.0.0.1:{self.azurite.blob_port}",
            "queues": f"http://127.0.0.1:{self.azurite.queue_port}",
            "search": self.search_url,
            "models": self.models_url,
        }
        services = [word for name in SERVICES for word in (f"--{name}", str(self.ports[name]), upstreams[name])]
        certificate = ["--certificate", str(self.certificate), "--certificate-key", str(self.certificate_key)]
        return ["--port", str(self.port), *certificate, *services]

    @property
    def secrets(self) -> dict[str, str]:
        return {"IDENTITY_HEADER": SECRET, "STORAGE_KEY": KEY, "SEARCH_KEY": self.search_key}

    def service(self, name: str) -> str:
        return f"https://127.0.0.1:{self.ports[name]}"

    @property
    def settings(self) -> dict[str, str]:
        """The app settings and the environment as in Azure: addresses and an identity, and no key at all."""
        identity = {"credential": "managedidentity", "clientId": read_directory().principals["app"].client_id}
        uris = {
            "blobServiceUri": f"{self.service('blobs')}/{ACCOUNT}",
            "queueServiceUri": f"{self.service('queues')}/{ACCOUNT}",
        }
        return {
            **dict.fromkeys((*CONNECTIONS, "OPENAI_API_KEY", "AZURE_SEARCH_API_KEY"), ""),
            **{f"{each}__{part}": value for each in CONNECTIONS for part, value in {**uris, **identity}.items()},
            "OPENAI_BASE_URL": f"{self.service('models')}/openai/v1",
            "AZURE_SEARCH_ENDPOINT": self.service("search"),
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": SECRET,
            "SSL_CERT_FILE": str(self.certificate),
        }

    def tls(self) -> ssl.SSLContext:
        """For clients of the services, which trust their certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    # -- control --------------------------------------------------------------------------

    def assignments(self) -> list[dict[str, str]]:
        return cast(list[dict[str, str]], self._control("GET", "/__assignments"))

    def assign(self, assignments: list[dict[str, str]]) -> None:
        self._control("PUT", "/__assignments", json=assignments)

    @contextmanager
    def without(self, role: str, principal: str = "app") -> Iterator[None]:
        """Take a role from a principal for the length of the block."""
        before = self.assignments()
        after = [each for each in before if (each["role"], each["principal"]) != (role, principal)]
        assert len(after) < len(before)
        self.assign(after)
        try:
            yield
        finally:
            self.assign(before)

    def set_clock(self, offset: float) -> None:
        """Let the clock of storage differ from ours by so many seconds."""
        self._control("PUT", "/__clock", json={"offset": offset})

    def token(self, resource: str, principal: str = "app") -> str:
        answer = self._control("GET", "/__token", params={"principal": principal, "resource": resource})
        return str(answer["access_token"])

    def _control(self, method: str, path: str, **options: Any) -> Any:
        headers = {"X-IDENTITY-HEADER": SECRET}
        answer = httpx.request(method, f"{self.url}{path}", headers=headers, trust_env=False, **options)
        answer.raise_for_status()
        return answer.json()
