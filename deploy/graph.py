"""
Microsoft Graph, as far as an app registration needs it, with the sign-in of whoever deploys.

Applications are made and changed by a name of our own (learn.microsoft.com/graph/api/application-upsert), so that a
second run finds what the first has made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.arm import AzureRest, describe_error
from deploy.errors import DeployError, NotYet
from shared.errors import SettingsError

FORBIDDEN = {401, 403}
NEW = ("does not exist", "does not reference a valid")  # what was just made, to another copy of the directory
NOT_ALLOWED = (
    "this tenant does not let you {what} ({reason}). Have somebody who may (Application Developer, or Application "
    "Administrator for roles) do it as docs/sign-in.md says, and azd env set AZURE_SIGN_IN_CLIENT_ID CLIENT-ID"
)


@dataclass(frozen=True)
class GraphEndpoints:
    """Those of one cloud: Graph itself, where people sign in, and the audience of what an identity vouches with."""

    graph: str
    login: str
    exchange: str = "api://AzureADTokenExchange"

    @property
    def scope(self) -> str:
        return f"{self.graph}/.default"


GRAPHS = {
    "AzureCloud": GraphEndpoints("https://graph.microsoft.com", "https://login.microsoftonline.com"),
    "AzureUSGovernment": GraphEndpoints(
        "https://graph.microsoft.us", "https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"
    ),
    "AzureChinaCloud": GraphEndpoints(
        "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"
    ),
}


def find_graph(name: str) -> GraphEndpoints:
    """Those of the cloud of this name; SettingsError where there is none."""
    if name not in GRAPHS:
        raise SettingsError(f"AZURE_CLOUD is {name!r}: use one of {', '.join(GRAPHS)}")
    return GRAPHS[name]


class Graph:
    """Applications and who has which of their roles. Raises NotYet for what the directory does not know yet."""

    def __init__(self, rest: AzureRest) -> None:
        self._rest = rest

    def close(self) -> None:
        self._rest.close()

    def ensure_application(self, name: str, body: Mapping[str, Any]) -> None:
        """Make the application of this name, or change it to be so."""
        self._send("PATCH", _application(name), dict(body), what="make an app registration", create=True)

    def application(self, name: str) -> dict[str, Any]:
        """The application of this name."""
        return self._send("GET", _application(name), what="read the app registration")

    def ensure_federated_credential(self, application: str, body: Mapping[str, Any]) -> None:
        """Have an application trust what this identity says, by the name of the credential."""
        path = f"/applications/{application}/federatedIdentityCredentials"
        present = {each["name"]: each for each in self._list(path)}
        match = present.get(body["name"])
        if match is None:
            self._send("POST", path, dict(body), what="let an identity vouch for the app")
        elif any(match.get(key) != value for key, value in body.items()):
            self._send("PATCH", f"{path}/{match['id']}", dict(body), what="let an identity vouch for the app")

    def ensure_service_principal(self, app_id: str) -> str:
        """The object id of the application in this tenant, which people get roles of."""
        path = f"/servicePrincipals(appId='{app_id}')"
        status, content = self._rest.send("GET", f"/v1.0{path}", "")
        if status == 404:
            content = self._send("POST", "/servicePrincipals", {"appId": app_id}, what="add the app to the tenant")
        elif status >= 400:
            raise _error(status, content, "read the app of the tenant")
        return str(content["id"])

    def ensure_role(self, service_principal: str, principal: str, role: str) -> bool:
        """Give somebody a role of an application; whether they had it not."""
        path = f"/servicePrincipals/{service_principal}/appRoleAssignedTo"
        if any((each["principalId"], each["appRoleId"]) == (principal, role) for each in self._list(path)):
            return False
        body = {"principalId": principal, "resourceId": service_principal, "appRoleId": role}
        self._send("POST", path, body, what="give you the role admin")
        return True

    def _list(self, path: str) -> list[dict[str, Any]]:
        return list(self._send("GET", path, what="read the app registration")["value"])

    def _send(self, method: str, path: str, body: object = None, *, what: str, create: bool = False) -> dict[str, Any]:
        headers = {"Prefer": "create-if-missing"} if create else {}
        status, content = self._rest.send(method, f"/v1.0{path}", "", body, headers)
        if status >= 400:
            raise _error(status, content, what)
        return dict(content)


def _application(name: str) -> str:
    return f"/applications(uniqueName='{name}')"


def _error(status: int, content: Any, what: str) -> DeployError:
    reason = describe_error(content)
    if status in FORBIDDEN:
        return DeployError(NOT_ALLOWED.format(what=what, reason=reason))
    if status >= 500 or status in {404, 429} or any(each in reason.lower() for each in NEW):
        return NotYet(f"Entra ID cannot {what} yet (HTTP {status}): {reason}")
    return DeployError(f"Entra ID refuses to {what} (HTTP {status}): {reason}")
