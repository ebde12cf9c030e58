"""Microsoft Graph, as far as an app registration needs it: a directory in memory, by its rules for names and ids."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from deploy.graph import GraphEndpoints

Json = dict[str, Any]
READ_ONLY = {"id", "appId", "uniqueName"}


@dataclass
class GraphStandIn:
    """`faults` counts, by operation, how many of the next requests fail; `forbidden` are those that never may."""

    token: str
    applications: dict[str, Json] = field(default_factory=dict)
    principals: dict[str, Json] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    forbidden: set[str] = field(default_factory=set)

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoints(self) -> GraphEndpoints:
        return GraphEndpoints(f"http://127.0.0.1:{self._server.server_port}", "https://login.microsoftonline.com")

    def answer(self, method: str, path: str, body: Json, headers: Any) -> tuple[int, Any]:
        routes: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
            ("GET", r"/applications\(uniqueName='([^']+)'\)", self._read),
            ("PATCH", r"/applications\(uniqueName='([^']+)'\)", self._upsert),
            ("(?:GET|POST)", r"/applications/([^/]+)/federatedIdentityCredentials", self._credentials),
            ("PATCH", r"/applications/([^/]+)/federatedIdentityCredentials/([^/]+)", self._change_credential),
            ("GET", r"/servicePrincipals\(appId='([^']+)'\)", self._principal),
            ("POST", r"/servicePrincipals", self._add_principal),
            ("(?:GET|POST)", r"/servicePrincipals/([^/]+)/appRoleAssignedTo", self._assignments),
        ]
        for methods, pattern, handle in routes:
            match = re.fullmatch(f"/v1.0{pattern}", path)
            if match and re.fullmatch(methods, method):
                if handle.__name__ in self.forbidden and method != "GET":
                    return _error(
                        403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
                    )
                self.faults[handle.__name__] -= 1
                if self.faults[handle.__name__] >= 0:
                    return _error(404, "Request_ResourceNotFound", "Resource does not exist or is being replicated.")
                if method != "GET":
                    self.writes.append(f"{method} {handle.__name__}")
                return handle(*match.groups(), method=method, body=body, headers=headers)
        return _error(400, "BadRequest", f"Resource not found for the segment {path!r}.")

    def _read(self, name: str, **_: Any) -> tuple[int, Any]:
        application = self.applications.get(name)
        return (200, application) if application else _error(404, "Request_ResourceNotFound", f"{name} does not exist.")

    def _upsert(self, name: str, *, body: Json, headers: Any, **_: Any) -> tuple[int, Any]:
        if not body.get("displayName"):
            return _error(400, "Request_BadRequest", "displayName is required.")
        if READ_ONLY & body.keys():
            return _error(400, "Request_BadRequest", "Property is read-only and cannot be set.")
        if fault := _fault(self.applications.get(name, {}), body):
            return _error(400, "Request_BadRequest", fault)
        if name in self.applications:
            self.applications[name] |= body
            return 204, None
        if headers.get("Prefer") != "create-if-missing":
            return _error(404, "Request_ResourceNotFound", f"{name} does not exist.")
        made = {"id": str(uuid4()), "appId": str(uuid4()), "uniqueName": name, "credentials": [], **body}
        self.applications[name] = made
        return 201, made

    def _credentials(self, id_: str, *, method: str, body: Json, **_: Any) -> tuple[int, Any]:
        [application] = [each for each in self.applications.values() if each["id"] == id_]
        if method == "GET":
            return 200, {"value": application["credentials"]}
        if any(each["name"] == body["name"] for each in application["credentials"]):
            return _error(409, "Request_MultipleObjectsWithSameKeyValue", "FederatedIdentityCredential exists already.")
        application["credentials"].append({"id": str(uuid4()), **body})
        return 201, body

    def _change_credential(self, id_: str, credential: str, *, body: Json, **_: Any) -> tuple[int, Any]:
        [application] = [each for each in self.applications.values() if each["id"] == id_]
        [match] = [each for each in application["credentials"] if each["id"] == credential]
        match.update(body)
        return 204, None

    def _principal(self, app_id: str, **_: Any) -> tuple[int, Any]:
        principal = self.principals.get(app_id)
        return (200, principal) if principal else _error(404, "Request_ResourceNotFound", f"{app_id} does not exist.")

    def _add_principal(self, *, body: Json, **_: Any) -> tuple[int, Any]:
        if body["appId"] not in {each["appId"] for each in self.applications.values()}:
            return _error(400, "Request_BadRequest", "The appId does not reference a valid application object.")
        made = {"id": str(uuid4()), "appId": body["appId"], "assignments": []}
        self.principals[body["appId"]] = made
        return 201, made

    def _assignments(self, id_: str, *, method: str, body: Json, **_: Any) -> tuple[int, Any]:
        [principal] = [each for each in self.principals.values() if each["id"] == id_]
        if method == "GET":
            return 200, {"value": principal["assignments"]}
        [application] = [each for each in self.applications.values() if each["appId"] == principal["appId"]]
        if body["appRoleId"] not in {each["id"] for each in application["appRoles"]}:
            return _error(400, "Request_BadRequest", "Permission being assigned was not found on application.")
        if body in principal["assignments"]:
            return _error(400, "Request_BadRequest", "Permission being assigned already exists on the object.")
        principal["assignments"].append(body)
        return 201, body


def _fault(present: Json, body: Json) -> str:
    """Why an application cannot be made so: what Entra ID asks of its names and of clients that need no consent."""
    is_new_version = present.get("api", {}).get("requestedAccessTokenVersion") == 2
    if not is_new_version and any(each.startswith("https:") for each in body.get("identifierUris", ())):
        return "Values of identifierUris property must use a verified domain of the organization or its subdomain."
    api = body.get("api", {})
    scopes = {each["id"] for each in api.get("oauth2PermissionScopes", ())}
    asked = {each for client in api.get("preAuthorizedApplications", ()) for each in client["delegatedPermissionIds"]}
    return "" if asked <= scopes else "Property api.preAuthorizedApplications has a permission that does not exist."


def _error(status: int, code: str, message: str) -> tuple[int, Any]:
    return status, {"error": {"code": code, "message": message}}


def _handler(graph: GraphStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {graph.token}":
                status, content = _error(401, "InvalidAuthenticationToken", "Access token validation failure.")
            else:
                path = unquote(urlsplit(self.path).path)
                status, content = graph.answer(self.command, path, json.loads(body or b"{}"), self.headers)
            data = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PATCH = do_POST = _answer  # noqa: N815 - the base class calls them so

        def log_message(self, format: str, *arguments: Any) -> None:
            """Stay silent."""

    return Handler
