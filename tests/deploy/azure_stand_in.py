"""
Azure's resource manager, Event Grid and a key vault, as far as postdeploy asks them.

It answers from what it was sent: a deployed subscription is validated by the real handshake with the app's webhook, and
from then on every new blob of the container is delivered there. Names of hosts are looked up in `hosts`.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
from azure.storage.blob import ContainerClient

from deploy.management_endpoints import ManagementEndpoints
from tests.deploy.arm_template import ArmTemplate

GROUP = "/subscriptions/sub/resourceGroups/rg-dev/providers"
TOKEN = "azd's token"
SITE_HOST = "func-dev.azurewebsites.net"

Answer = tuple[int, Any]


@dataclass
class AzureStandIn:
    """One resource group. `faults` counts, by operation, how many of the next requests fail as Azure sometimes does."""

    secrets: Path
    host_url: str
    container: ContainerClient
    vault_secret: str
    faults: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, str]] = field(default_factory=list)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._server.serve_forever, self._deliver)]
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        for each in self._threads:
            each.join()
        self._server.server_close()

    @property
    def cloud(self) -> ManagementEndpoints:
        url = f"http://127.0.0.1:{self._server.server_port}"
        return ManagementEndpoints(url, f"{url}/vaults/{{}}", "https://vault.azure.net/.default")

    # -- what is asked --------------------------------------------------------------------

    def answer(self, method: str, path: str, body: Any) -> Answer:
        """The status and body of an answer."""
        self.requests.append((method, path))
        if path == f"{GROUP}/Microsoft.Web/sites/func-dev/host/default/listKeys" and method == "POST":
            return self._host_keys()
        if path == f"{GROUP}/Microsoft.Web/sites/func-dev/config/configreferences/appsettings/refresh":
            return 200, {}
        if match := re.fullmatch(rf"{GROUP}/Microsoft\.Resources/deployments/([\w-]+)", path):
            return self._deployment(method, match[1], body)
        if match := re.fullmatch(
            rf"{GROUP}/Microsoft\.EventGrid/systemTopics/evgt-dev/eventSubscriptions/([\w-]+)(/getFullUrl)?", path
        ):
            return self._subscription(method, match[1], whole_url=bool(match[2]))
        if path == "/vaults/kv-dev/secrets/api-key" and method == "GET":
            return self._secret()
        return _error(404, "ResourceNotFound", f"The Resource '{path}' was not found.")

    def _fails(self, operation: str) -> bool:
        self.faults[operation] -= 1
        return self.faults[operation] >= 0

    def _host_keys(self) -> Answer:
        if self._fails("host starts"):
            text = "Encountered an error (ServiceUnavailable) from host runtime."
            return 400, {"Code": "BadRequest", "Message": text}
        keys = json.loads((self.secrets / "host.json").read_text(encoding="utf-8"))
        systems = {} if self._fails("no system key") else {each["name"]: each["value"] for each in keys["systemKeys"]}
        functions = {each["name"]: each["value"] for each in keys["functionKeys"]}
        return 200, {"masterKey": keys["masterKey"]["value"], "functionKeys": functions, "systemKeys": systems}

    def _secret(self) -> Answer:
        if self._fails("no role"):
            text = "Caller is not authorized to perform action on resource."
            return 403, {"error": {"code": "Forbidden", "message": text, "innererror": {"code": "ForbiddenByRbac"}}}
        if self._fails("private vault"):
            text = "Public network access is disabled and request is not from a trusted service."
            inner = {"code": "ForbiddenByConnection"}
            return 403, {"error": {"code": "Forbidden", "message": text, "innererror": inner}}
        return 200, {"value": self.vault_secret}

    def _subscription(self, method: str, name: str, *, whole_url: bool) -> Answer:
        resource = self.subscriptions.get(name)
        if resource is None:
            return _error(404, "ResourceNotFound", f"Event subscription {name} doesn't exist")
        url = resource["properties"]["destination"]["properties"]["endpointUrl"]
        if method == "DELETE":
            del self.subscriptions[name]
            return 202, {}
        if whole_url:
            return 200, {"endpointUrl": url}
        destination = {"endpointType": "WebHook", "properties": {"endpointBaseUrl": url.partition("?")[0]}}
        return 200, {"name": name, "properties": {**resource["properties"], "destination": destination}}

    # -- deployments ----------------------------------------------------------------------

    def _deployment(self, method: str, name: str, body: Any) -> Answer:
        if method == "PUT":
            self.deployments[name] = {"provisioningState": "Running"}
            threading.Thread(target=self._deploy, args=(name, body["properties"])).start()
            return 201, {"properties": {"provisioningState": "Accepted"}}
        if name not in self.deployments:
            return _error(404, "DeploymentNotFound", f"Deployment '{name}' could not be found.")
        return 200, {"name": name, "properties": self.deployments[name]}

    def _deploy(self, name: str, properties: Mapping[str, Any]) -> None:
        values = {each: value["value"] for each, value in properties["parameters"].items()}
        try:
            for each in ArmTemplate(properties["template"], values, self._reference).resources():
                self._subscribe(each)
        except ValueError as error:
            code, _, message = str(error).partition(": ")
            details = [{"code": code, "message": message}]
            text = "At least one resource deployment operation failed. Please list deployment operations for details."
            failure = {"code": "DeploymentFailed", "message": text, "details": details}
            self.deployments[name] = {"provisioningState": "Failed", "error": failure}
        else:
            self.deployments[name] = {"provisioningState": "Succeeded"}

    def _reference(self, resource: str) -> Mapping[str, Any]:
        if resource != "Microsoft.Web/sites/func-dev":
            raise ValueError(f"ResourceNotFound: The Resource '{resource}' was not found.")
        return {"defaultHostName": SITE_HOST}

    def _subscribe(self, resource: dict[str, Any]) -> None:
        topic, _, name = resource["name"].rpartition("/")
        if topic != "evgt-dev":
            raise ValueError(f"ParentResourceNotFound: The system topic '{topic}' was not found.")
        url = resource["properties"]["destination"]["properties"]["endpointUrl"]
        present = self.subscriptions.get(name)
        if present and present["properties"]["destination"]["properties"]["endpointUrl"] != url:
            raise ValueError("InvalidRequest: The endpoint of an existing event subscription cannot be changed.")
        self._shake_hands(url)
        resource["properties"]["provisioningState"] = "Succeeded"
        self.subscriptions[name] = resource

    def _shake_hands(self, url: str) -> None:
        """Ask the webhook whether it wants events, as Event Grid does; ValueError if it does not say so."""
        code = str(uuid4())
        data = {"validationCode": code, "validationUrl": "https://rp-westus2.eventgrid.azure.net/eventsubscriptions"}
        event = _event("Microsoft.EventGrid.SubscriptionValidationEvent", "", data)
        if self._fails("handshake"):
            raise ValueError(_handshake_error(url, "Unknown"))
        answer = self._post(url, "SubscriptionValidation", event)
        if answer.status_code != 200 or answer.json().get("validationResponse") != code:
            raise ValueError(_handshake_error(url, answer.reason_phrase))

    # -- delivery -------------------------------------------------------------------------

    def _deliver(self) -> None:
        """Tell every subscription of each blob that was not there before."""
        seen = {(each.name, each.etag) for each in self.container.list_blobs()}
        while not self._stopped.wait(0.2):
            blobs = {(each.name, each.etag) for each in self.container.list_blobs()}
            for name, etag in sorted(blobs - seen):
                for each in list(self.subscriptions.values()):
                    self._tell(each["properties"], name, etag)
            seen = blobs

    def _tell(self, properties: Mapping[str, Any], name: str, etag: str) -> None:
        subject = f"/blobServices/default/containers/{self.container.container_name}/blobs/{name}"
        kind = "Microsoft.Storage.BlobCreated"
        wanted = properties["filter"]
        if kind not in wanted["includedEventTypes"] or not subject.startswith(wanted["subjectBeginsWith"]):
            return
        url = f"{self.container.url}/{quote(name)}"
        data = {"api": "PutBlob", "eTag": etag.strip('"'), "blobType": "BlockBlob", "url": url}
        self._post(properties["destination"]["properties"]["endpointUrl"], "Notification", _event(kind, subject, data))

    def _post(self, url: str, event_type: str, event: dict[str, Any]) -> httpx.Response:
        parts = urlsplit(url)
        if parts.netloc != SITE_HOST:
            raise ValueError(_handshake_error(url, "Unknown"))
        here = f"{self.host_url}{parts.path}?{parts.query}"
        return httpx.post(here, json=[event], headers={"aeg-event-type": event_type}, trust_env=False, timeout=60)


def _event(kind: str, subject: str, data: Mapping[str, Any]) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    common = {"id": str(uuid4()), "topic": f"{GROUP}/Microsoft.Storage/storageAccounts/stdev", "dataVersion": "1"}
    return {**common, "subject": subject, "eventType": kind, "eventTime": now, "data": data}


def _handshake_error(url: str, reason: str) -> str:
    return (
        f"Url validation: Webhook validation handshake failed for {url.partition('?')[0]}. "
        f"Http POST request failed with response code {reason}. For troubleshooting, visit https://aka.ms/esvalidation."
    )


def _error(status: int, code: str, message: str) -> Answer:
    return status, {"error": {"code": code, "message": message}}


def _handler(azure: AzureStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, content = _error(401, "AuthenticationFailed", "Authentication failed.")
            elif "api-version=" not in self.path:
                status, content = _error(400, "MissingApiVersionParameter", "The api-version is required.")
            else:
                status, content = azure.answer(self.command, urlsplit(self.path).path, json.loads(body or b"{}"))
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - the base class calls them so

        def log_message(self, format: str, *arguments: Any) -> None:
            """Stay silent."""

    return Handler
