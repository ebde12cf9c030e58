"""
The app registration by which people sign in (HTTP_AUTH=platform), made with the rights of whoever deploys:

    before provisioning   make it with its roles, as the template needs its id
    after deploying       say where people come back to, have the app's identity vouch for it, and make whoever deploys
                          an admin

A registration that AZURE_SIGN_IN_CLIENT_ID named before is somebody else's: it is left alone.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from deploy.arm import Azure
from deploy.errors import DeployError
from deploy.graph import Graph, GraphEndpoints, find_graph
from deploy.management_endpoints import find_endpoints
from deploy.patience import Patience
from shared.access.role_mapping import ROLES
from shared.azd_environment import AzdEnvironment, read_azd_environment
from shared.errors import SettingsError

T = TypeVar("T")
SCOPE = "user_impersonation"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"  # as Microsoft documents it: it shows nobody a page of consent
CLIENT_ID, MADE_ID = "AZURE_SIGN_IN_CLIENT_ID", "AZURE_SIGN_IN_MADE_ID"
CALLBACK = "/.auth/login/aad/callback"
CREDENTIAL = "app-service"
DESCRIPTIONS = {
    "viewer": "Searches, chats and downloads",
    "contributor": "Uploads as well, and sees to own uploads",
    "editor": "Edits, moves, collects and deletes to the trash as well",
    "admin": "Does everything",
}
THEIRS = (
    "sign-in: the app registration {id} is yours to keep: it needs the redirect URI {uri}, the roles {roles}, and a "
    "federated credential for the identity {identity}"
)
AGENTS = ", and for clients of /mcp the Application ID URI {uris}"


def role_id(name: str) -> str:
    """The id of an app role: the same in every registration, so that a second run changes nothing."""
    return str(uuid5(NAMESPACE_URL, f"urn:photos:role:{name}"))


def registration(display_name: str) -> dict[str, Any]:
    """An application as it must be, but for what depends on its own id and address."""
    roles = [
        {
            "id": role_id(name),
            "value": name,
            "displayName": name.capitalize(),
            "description": DESCRIPTIONS[name],
            "allowedMemberTypes": ["User", "Application"],
            "isEnabled": True,
        }
        for name in ROLES
    ]
    return {
        "displayName": display_name,
        "signInAudience": "AzureADMyOrg",
        "groupMembershipClaims": "SecurityGroup",
        "appRoles": roles,
    }


def api(client_id: str) -> dict[str, Any]:
    """What clients ask a token for: the scope `api://CLIENT-ID/.default`, or `user_impersonation` for a person."""
    scope = {
        "id": role_id(SCOPE),
        "value": SCOPE,
        "type": "User",
        "adminConsentDisplayName": "Use the photos as yourself",
        "adminConsentDescription": "Lets an application use the photos for the person who has signed in.",
        "isEnabled": True,
    }
    return {
        "identifierUris": [f"api://{client_id}"],
        "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope]},
    }


@dataclass
class SignIn:
    """The registration of one azd environment."""

    azd: AzdEnvironment
    graph: Graph
    endpoints: GraphEndpoints
    patience: Patience

    @property
    def _name(self) -> str:
        """What it goes by in the directory; people see another name."""
        return f"photos-{self.azd['AZURE_SUBSCRIPTION_ID']}-{self.azd.name}"

    def prepare(self) -> str | None:
        """The client id of the registration, made if it is missing; None where another one is named."""
        values = self.azd.values
        if values.get(CLIENT_ID) and values[CLIENT_ID] != values.get(MADE_ID):
            return None
        self.graph.ensure_application(self._name, registration(f"Photos ({self.azd.name})"))
        return str(self._application()["appId"])

    def finish(self) -> str:
        """Connect it with the app that is deployed; a line that says what was done."""
        url, identity = self.azd["SERVICE_API_URI"], self.azd["AZURE_SIGN_IN_IDENTITY_ID"]
        client_id = self.azd[CLIENT_ID]
        if client_id != self.azd.values.get(MADE_ID):
            names = AGENTS.format(uris=" and ".join(self._resources)) if self._for_agents else ""
            needs = THEIRS.format(id=client_id, uri=url + CALLBACK, roles=", ".join(ROLES), identity=identity)
            return f"{needs}{names}; see docs/sign-in.md"
        application = self._application()
        self.graph.ensure_application(self._name, self._addresses(application))
        if self._for_agents:
            self._wait(lambda: self.graph.ensure_application(self._name, self._resource(self._application())))
        self._wait(lambda: self.graph.ensure_federated_credential(application["id"], self._credential(identity)))
        return f"sign-in: people come from {self.endpoints.login}; {self._make_admin(client_id)}"

    def _application(self) -> dict[str, Any]:
        return self._wait(lambda: self.graph.application(self._name))

    def _addresses(self, application: Mapping[str, Any]) -> dict[str, Any]:
        """Where people come back to: those that are there already stay."""
        web = application.get("web") or {}
        addresses = [origin + CALLBACK for origin in self._origins]
        return {
            "displayName": application["displayName"],
            "web": {
                "redirectUris": _extended(web.get("redirectUris"), addresses),
                "implicitGrantSettings": {"enableIdTokenIssuance": True, "enableAccessTokenIssuance": False},
            },
            **self._api(application),
        }

    def _api(self, application: Mapping[str, Any]) -> dict[str, Any]:
        """The names and the scope of the app, with those names and clients that somebody has added."""
        body = api(application["appId"])
        names = _extended(application.get("identifierUris"), body["identifierUris"])
        return {"identifierUris": names, "api": {**(application.get("api") or {}), **body["api"]}}

    def _resource(self, application: Mapping[str, Any]) -> dict[str, Any]:
        """
        What clients of `/mcp` need: its address as a name of the app, as they send that for `resource`, and no consent.

        By itself, as Entra ID takes such a name only once tokens of version 2.0 are asked for.
        """
        known = self._api(application)
        allowed = known["api"].get("preAuthorizedApplications") or []
        present = {each["appId"] for each in allowed}
        chosen = [each.strip() for each in self.azd.values.get("MCP_CLIENTS", "").split(",")]
        clients = [each for each in dict.fromkeys((VS_CODE, *chosen)) if each and each not in present]
        added = [{"appId": each, "delegatedPermissionIds": [role_id(SCOPE)]} for each in clients]
        return {
            "displayName": application["displayName"],
            "identifierUris": _extended(known["identifierUris"], self._resources),
            "api": {**known["api"], "preAuthorizedApplications": [*allowed, *added]},
        }

    @property
    def _for_agents(self) -> bool:
        return self.azd.values.get("MCP_OAUTH") == "on"

    @property
    def _resources(self) -> list[str]:
        return [f"{origin}/mcp" for origin in self._origins]

    @property
    def _origins(self) -> list[str]:
        """The addresses of the app, without a slash at their end."""
        origins = (self.azd["SERVICE_API_URI"], self.azd.values.get("PUBLIC_URL", ""))
        return [origin.rstrip("/") for origin in origins if origin]

    def _credential(self, identity: str) -> dict[str, Any]:
        issuer = f"{self.endpoints.login}/{self.azd['AZURE_TENANT_ID']}/v2.0"
        return {"name": CREDENTIAL, "issuer": issuer, "subject": identity, "audiences": [self.endpoints.exchange]}

    def _make_admin(self, client_id: str) -> str:
        deployer = self.azd.values.get("AZURE_DEPLOYER_ID", "")
        app = self._wait(lambda: self.graph.ensure_service_principal(client_id))
        if not deployer:
            return "nobody has a role yet: give somebody the role admin"
        is_new = self._wait(lambda: self.graph.ensure_role(app, deployer, role_id("admin")))
        return "you are an admin now" if is_new else "you are an admin"

    def _wait(self, action: Callable[[], T]) -> T:
        return self.patience.wait_for("Entra ID", action)


def _extended(present: Sequence[str] | None, more: Sequence[str]) -> list[str]:
    """What is there, and behind it what is missing."""
    return [*(present or ()), *(each for each in more if each not in (present or ()))]


@contextmanager
def connected(
    azd: AzdEnvironment, azure: Azure, patience: Patience, endpoints: GraphEndpoints | None = None
) -> Iterator[SignIn]:
    """The registration, over the sign-in that Azure's other services are asked with."""
    endpoints = endpoints or find_graph(azd.values.get("AZURE_CLOUD") or "AzureCloud")
    graph = Graph(azure.rest(endpoints.graph, endpoints.scope))
    try:
        yield SignIn(azd, graph, endpoints, patience)
    finally:
        graph.close()


def remember(client_id: str) -> None:
    """Have azd know the registration, for the template and for the next run."""
    azd = shutil.which("azd") or "azd"
    for name in (CLIENT_ID, MADE_ID):
        subprocess.run([azd, "env", "set", name, client_id], check=True)


def main() -> int:
    """Make the registration where people are to sign in; 0 if there is one."""
    try:
        azd = read_azd_environment()
        azure = Azure(find_endpoints(azd.values.get("AZURE_CLOUD") or "AzureCloud"))
        try:
            with connected(azd, azure, Patience()) as sign_in:
                client_id = sign_in.prepare()
        finally:
            azure.close()
        if client_id and client_id != azd.values.get(CLIENT_ID):
            remember(client_id)
            print(f"sign-in: the app registration {client_id} is there", flush=True)
    except (DeployError, SettingsError, OSError, subprocess.CalledProcessError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
