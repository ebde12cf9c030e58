"""Takes every HTTP request: functions by route, the host's own endpoints, and the home page if no function has it."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from aiohttp import web

from local.foreign_requests import refusal
from local.host.function_metadata import FunctionMetadata
from local.host.http.admin import AdminEndpoints
from local.host.http.cors import CorsPolicy
from local.host.http.event_grid_webhooks import EventGridWebhooks
from local.host.http.function_keys import FunctionKeys
from local.host.http.instance_concurrency import InstanceConcurrency
from local.host.http.responses import RequestBodyTooSlow, body_too_slow_response, error_response, raw_path
from local.host.http.route_table import RouteMatch, RouteTable
from local.host.sign_in.platform import InvalidToken, SignInPlatform

log = logging.getLogger(__name__)

_HostEndpoint = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class FunctionRequestHandler(Protocol):
    """How requests reach functions: streamed or buffered."""

    async def handle(
        self,
        request: web.BaseRequest,
        function: FunctionMetadata,
        route_values: Mapping[str, str],
        extra_headers: Mapping[str, str],
    ) -> web.StreamResponse: ...


class RequestDispatcher:
    """Passes every request to whatever answers it."""

    def __init__(
        self,
        route_table: RouteTable,
        function_handler: FunctionRequestHandler,
        admin: AdminEndpoints,
        webhooks: EventGridWebhooks,
        cors: CorsPolicy,
        home_page: bool,
        allowed_hosts: Collection[str] = (),
        keys: FunctionKeys | None = None,
        concurrency: int | None = None,
        sign_in: SignInPlatform | None = None,
    ) -> None:
        self._route_table = route_table
        self._function_handler = function_handler
        self._host_endpoints: dict[str, _HostEndpoint] = {"admin": admin.handle, "runtime": webhooks.handle}
        self._cors = cors
        self._home_page = home_page
        self._allowed_hosts = allowed_hosts
        self._keys = keys
        self._concurrency = InstanceConcurrency(concurrency)
        self._sign_in = sign_in

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Raises only ConnectionError, for a client that has left."""
        try:
            return await self._dispatch(request)
        except ConnectionError:
            raise
        except RequestBodyTooSlow:
            return body_too_slow_response()
        except Exception:
            log.exception("could not answer %s %s", request.method, request.path)
            return error_response(500, "The host failed to answer; its log says why.")

    async def _dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        path = raw_path(request)
        if not path.startswith("/"):  # of CONNECT and OPTIONS *
            return error_response(400, "The request must name a path.")
        preflight = self._cors.preflight(request)
        if preflight is not None:
            return preflight
        if self._sign_in is not None:
            if self._sign_in.answers(path):
                return await self._sign_in.handle(request)
            try:
                request = self._sign_in.identify(request)
            except InvalidToken:
                return self._sign_in.refuse_token(request)
        host_endpoint = self._host_endpoints.get(path.split("/")[1].casefold())
        if host_endpoint is not None:
            # Without keys, these are open to whoever reaches them; functions decide for themselves whom they answer.
            reason = None if self._cors.headers(request) else refusal(request.headers, self._allowed_hosts)
            if reason:
                return error_response(403, reason)
            if self._keys and not self._keys.admits_to_host(request):
                return web.Response(status=401)
            return await host_endpoint(request)
        match = self._route_table.match(request.method, path)
        if match is None:
            return self._no_route(request, path)
        if match.function is None:
            return _wrong_method(request, match)
        headers = self._cors.headers(request)
        if self._keys and not self._keys.admits_to_function(request, match.function):
            return web.Response(status=401, headers=headers)
        async with self._concurrency.place():
            return await self._function_handler.handle(request, match.function, match.values, headers)

    def _no_route(self, request: web.BaseRequest, path: str) -> web.Response:
        if path == "/" and self._home_page and request.method in {"GET", "HEAD"}:
            return web.Response(text="Your functions are up and running.\n")
        return error_response(404, f"No function has the path {request.path}.")


def _wrong_method(request: web.BaseRequest, match: RouteMatch) -> web.Response:
    allow = {"Allow": ", ".join(match.allowed)}
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=allow)
    return error_response(405, f"{request.path} does not take {request.method}, but {allow['Allow']}.", allow)
