"""
The identity endpoint of App Service, which gives an app tokens of its managed identities, and what controls the rules.

Its address is in IDENTITY_ENDPOINT, and its secret, which no web page knows, in IDENTITY_HEADER. All else, below `/__`,
is the stand-in's own and asks for the secret as well.
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta

from aiohttp import web

from local.foreign_requests import refusal
from local.identity.doors import IdentityRules
from local.identity.roles import Principal, parse_assignments

PATH = "/msi/token"
API_VERSION = "2019-08-01"
NOT_FOUND = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
NO_SYSTEM_IDENTITY = "Unable to load the proper Managed Identity."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class IdentityEndpoint:
    """Gives tokens of the app's identity, which is user-assigned: there is none without its client id."""

    def __init__(self, rules: IdentityRules, secret: str) -> None:
        self._rules = rules
        self._secret = secret

    def app(self) -> web.Application:
        """The application; everything but `/__health` asks for the secret."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/__health", self._health)
        app.router.add_get(PATH, self._token)
        app.router.add_get("/__token", self._token_of_anybody)
        app.router.add_get("/__assignments", self._get_assignments)
        app.router.add_put("/__assignments", self._put_assignments)
        app.router.add_put("/__clock", self._put_clock)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if reason := refusal(request.headers, ()):
            return _error(403, reason)
        given = request.headers.get("X-IDENTITY-HEADER", "")
        if request.path != "/__health" and not hmac.compare_digest(given.encode(), self._secret.encode()):
            return _error(401, "The X-IDENTITY-HEADER header is missing or wrong.")
        return await handler(request)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _token(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("api-version") != API_VERSION or not query.get("resource"):
            return _error(400, f"Use api-version={API_VERSION} and name a resource.")
        if "client_id" not in query:
            return _error(400, NO_SYSTEM_IDENTITY)
        if (principal := self._rules.directory.by_client_id(query["client_id"])) is None or principal.name != "app":
            return _error(400, NOT_FOUND)
        return self._token_response(principal, query["resource"])

    async def _token_of_anybody(self, request: web.Request) -> web.Response:
        """A token of any principal, for stand-ins of others than the app."""
        principal = self._rules.directory.principals.get(request.query.get("principal", ""))
        if principal is None:
            return _error(400, "There is no such principal.")
        return self._token_response(principal, request.query.get("resource", ""))

    def _token_response(self, principal: Principal, resource: str) -> web.Response:
        token, expires = self._rules.authority.issue(principal, resource)
        body = {
            "access_token": token,
            "client_id": principal.client_id.upper(),
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
        }
        return web.json_response(body)

    async def _get_assignments(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(each) for each in self._rules.access.assignments])

    async def _put_assignments(self, request: web.Request) -> web.Response:
        """Put other assignments in force: a list of principal, role and scope."""
        try:
            self._rules.access.replace(parse_assignments(await request.json()))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return _error(400, f"These are no assignments: {error}")
        return await self._get_assignments(request)

    async def _put_clock(self, request: web.Request) -> web.Response:
        """Let the clock of storage differ from ours: `{"offset": seconds}`."""
        self._rules.offset = timedelta(seconds=float((await request.json())["offset"]))
        return web.json_response({"offset": self._rules.offset.total_seconds()})


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
