"""Azure's resource manager and key vault, over REST, with the sign-in of azd or else of az."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
from azure.core.rest import HttpRequest
from azure.identity import AzureCliCredential, AzureDeveloperCliCredential, ChainedTokenCredential

from deploy.errors import DeployError, NotYet, Unreachable
from deploy.management_endpoints import ManagementEndpoints

SITES, TOPICS, DEPLOYMENTS = "2024-04-01", "2025-02-15", "2025-04-01"  # API versions
SECRETS = "7.4"
NO_SIGN_IN = "azd has no sign-in for this: run azd auth login"
GONE, CONFLICT = {404}, 409
OUTSIDE = {"ForbiddenByFirewall", "ForbiddenByConnection"}
# What the host's keys are refused with while it starts (Azure/azure-cli#11176).
STARTING = ("host runtime", "serviceunavailable", "bad gateway")


class AzureRest:
    """One service of Azure by REST: JSON in, JSON out, each request with a token."""

    def __init__(self, base: str, scope: str, credential: TokenCredential) -> None:
        tokens = BearerTokenCredentialPolicy(credential, scope)
        self._is_secure = base.startswith(
            "https:"
        )  # a test's stand-in has no certificate, and gets a token of no worth
        self._client: PipelineClient[Any, Any] = PipelineClient(base, policies=[RetryPolicy(), tokens])

    def send(
        self,
        method: str,
        path: str,
        version: str,
        body: object = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer, whatever the status; DeployError where nobody answers."""
        params = {"api-version": version} if version else {}
        request = HttpRequest(method, self._client.format_url(path), params=params, json=body, headers=dict(headers))
        try:
            response = self._client.send_request(request, enforce_https=self._is_secure)
        except ClientAuthenticationError as error:
            raise DeployError(f"{NO_SIGN_IN} ({_of_azd(error)})") from error
        except AzureError as error:
            raise NotYet(f"{method} {path}: {_first_line(error)}") from error
        return response.status_code, _parse(response.text())

    def close(self) -> None:
        self._client.close()


class ResourceGroup:
    """A resource group, as far as postdeploy needs it."""

    def __init__(self, rest: AzureRest, subscription: str, name: str) -> None:
        self._rest = rest
        self._path = f"/subscriptions/{subscription}/resourceGroups/{name}/providers"

    def host_keys(self, app: str) -> dict[str, Any]:
        """The keys of a function app's host; NotYet while it starts."""
        path = f"{self._path}/Microsoft.Web/sites/{app}/host/default/listKeys"
        status, body = self._rest.send("POST", path, SITES)
        if status == 200:
            return dict(body)
        text = describe_error(body)
        if status >= 500 or any(each in text.lower() for each in STARTING):
            raise NotYet(f"the host's keys cannot be read yet: {text}")
        raise DeployError(f"the host's keys cannot be read (HTTP {status}): {text}")

    def refresh_secrets(self, app: str) -> None:
        """Have an app read its secrets from the key vault again: while its role is new it may have got none."""
        path = f"{self._path}/Microsoft.Web/sites/{app}/config/configreferences/appsettings/refresh"
        status, body = self._rest.send("POST", path, SITES)
        _check(status, body, "the app's references to the key vault cannot be refreshed")

    def subscription(self, topic: str, name: str) -> dict[str, Any] | None:
        """An event subscription of a system topic, with the whole address it sends to; None where there is none."""
        path = self._event_path(topic, name)
        status, body = self._rest.send("GET", path, TOPICS)
        if status in GONE:
            return None
        _check(status, body, f"the event subscription {name} cannot be read")
        status, url = self._rest.send("POST", f"{path}/getFullUrl", TOPICS)
        return {**body, "endpointUrl": url.get("endpointUrl", "") if status == 200 else ""}

    def delete_subscription(self, topic: str, name: str) -> None:
        """Start to delete an event subscription; `subscription` tells when it is gone."""
        status, body = self._rest.send("DELETE", self._event_path(topic, name), TOPICS)
        if status not in GONE:
            _check(status, body, f"the event subscription {name} cannot be deleted")

    def deploy(self, name: str, template: dict[str, Any], parameters: dict[str, str]) -> None:
        """Start a deployment; NotYet while one of this name runs already."""
        values = {each: {"value": value} for each, value in parameters.items()}
        properties = {"mode": "Incremental", "template": template, "parameters": values}
        status, body = self._rest.send("PUT", self._deployment_path(name), DEPLOYMENTS, {"properties": properties})
        if status == CONFLICT:
            raise NotYet(describe_error(body))
        _check(status, body, f"the deployment {name} was refused")

    def deployment(self, name: str) -> dict[str, Any]:
        """The state of a deployment: its `provisioningState` and its `error`; empty where there is none."""
        status, body = self._rest.send("GET", self._deployment_path(name), DEPLOYMENTS)
        if status in GONE:
            return {}
        _check(status, body, f"the deployment {name} cannot be read")
        return dict(body["properties"])

    def _event_path(self, topic: str, name: str) -> str:
        return f"{self._path}/Microsoft.EventGrid/systemTopics/{topic}/eventSubscriptions/{name}"

    def _deployment_path(self, name: str) -> str:
        return f"{self._path}/Microsoft.Resources/deployments/{name}"


class Azure:
    """What postdeploy asks of Azure beside the app; `vault_scope` has no place for a name."""

    def __init__(self, cloud: ManagementEndpoints, *, tenant: str = "") -> None:
        self._endpoints = cloud
        options: dict[str, Any] = {"process_timeout": 60, **({"tenant_id": tenant} if tenant else {})}
        self._credential = ChainedTokenCredential(AzureDeveloperCliCredential(**options), AzureCliCredential(**options))

    @cached_property
    def manager(self) -> AzureRest:
        return AzureRest(self._endpoints.resource_manager, self._endpoints.manager_scope, self._credential)

    def rest(self, base: str, scope: str) -> AzureRest:
        """Another service, asked with the same sign-in; whoever asks for it closes it."""
        return AzureRest(base, scope, self._credential)

    def secret(self, vault: str, name: str) -> str:
        """A secret of a key vault; NotYet where the right to read it does not work yet."""
        base = self._endpoints.vault.format(vault)
        rest = AzureRest(base, self._endpoints.vault_scope, self._credential)
        try:
            status, body = rest.send("GET", f"/secrets/{name}", SECRETS)
        finally:
            rest.close()
        if status == 403 and _inner_code(body) in OUTSIDE:
            raise Unreachable(f"the key vault {vault} does not answer from here: {describe_error(body)}")
        if status in {401, 403}:
            raise NotYet(f"the key vault {vault} refuses us: {describe_error(body)}")
        _check(status, body, f"the secret {name} of {vault} cannot be read")
        return str(body["value"])

    def close(self) -> None:
        if "manager" in vars(self):
            self.manager.close()
        self._credential.close()


def describe_error(body: Any) -> str:
    """All that an error of Azure says, with the details that have the true reason."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    return "; ".join(dict.fromkeys(_messages(error))) or (json.dumps(body)[:300] if body else "no reason was given")


def _messages(error: Any) -> Iterator[str]:
    """The messages of an error and of its details, the innermost last."""
    if not isinstance(error, dict):
        return
    code = error.get("code") or error.get("Code")
    message = error.get("message") or error.get("Message")
    if code or message:
        yield ": ".join(str(each) for each in (code, message) if each)
    for detail in error.get("details") or ():
        yield from _messages(detail)


def _inner_code(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    inner = error.get("innererror") if isinstance(error, dict) else None
    return str(inner.get("code", "")) if isinstance(inner, dict) else ""


def _check(status: int, body: Any, what: str) -> None:
    if status >= 500 or status == 429:
        raise NotYet(f"{what} yet (HTTP {status}): {describe_error(body)}")
    if status >= 400:
        raise DeployError(f"{what} (HTTP {status}): {describe_error(body)}")


def _parse(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {"message": text[:300]}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _of_azd(error: Exception) -> str:
    """What azd said, of all the ways to sign in that were tried."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((each for each in lines if each.startswith("AzureDeveloperCliCredential:")), lines[0])
