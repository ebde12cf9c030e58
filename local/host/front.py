"""The host's HTTP door: functions by route, the host's own paths, and the home page where nobody else has it."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from aiohttp import web

from .admin import Admin
from .cors import Cors
from .functions import Function
from .replies import error_reply, raw_path
from .routes import Match, Routes
from .webhooks import Webhooks

log = logging.getLogger(__name__)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Answering(Protocol):
    """How requests reach functions: streamed or whole."""

    async def answer(
        self, request: web.BaseRequest, function: Function, values: Mapping[str, str], extra: Mapping[str, str]
    ) -> web.StreamResponse: ...


class Front:
    """Takes every request and finds who answers it."""

    def __init__(
        self, routes: Routes, answering: Answering, admin: Admin, webhooks: Webhooks, cors: Cors, home_page: bool
    ) -> None:
        self._routes = routes
        self._answering = answering
        self._own: dict[str, Handler] = {"admin": admin.answer, "runtime": webhooks.answer}
        self._cors = cors
        self._home_page = home_page

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Never raises but for a client that left."""
        try:
            return await self._answer(request)
        except ConnectionError:
            raise
        except Exception:
            log.exception("could not answer %s %s", request.method, request.path)
            return error_reply(500, "The host failed to answer; its log says why.")

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = raw_path(request)
        preflight = self._cors.preflight(request)
        if preflight is not None:
            return preflight
        own = self._own.get(path.split("/")[1].casefold())
        if own is not None:
            return await own(request)
        match = self._routes.match(request.method, path)
        if match is None:
            return self._nobody(request, path)
        if match.function is None:
            return _wrong_method(request, match)
        return await self._answering.answer(request, match.function, match.values, self._cors.headers(request))

    def _nobody(self, request: web.BaseRequest, path: str) -> web.Response:
        if path == "/" and self._home_page and request.method in {"GET", "HEAD"}:
            return web.Response(text="Your functions are up and running.\n")
        return error_reply(404, f"No function has the path {request.path}.")


def _wrong_method(request: web.BaseRequest, match: Match) -> web.Response:
    allow = {"Allow": ", ".join(match.allowed)}
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=allow)
    return error_reply(405, f"{request.path} does not take {request.method}.", allow)
