"""HTTP functions of the first kind (func.HttpRequest): the whole request in, the whole response out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDict

from .functions import Function
from .invocations import Invoker, Outcome, Start
from .replies import TooLarge, raw_target, read_body, too_large
from .worker import Data


class Classic:
    """Answers requests by one call of the function each."""

    def __init__(self, invoker: Invoker, limit: int) -> None:
        self._invoker = invoker
        self._limit = limit

    async def answer(
        self, request: web.BaseRequest, function: Function, values: Mapping[str, str], extra: Mapping[str, str]
    ) -> web.StreamResponse:
        try:
            body = await read_body(request, self._limit)
        except TooLarge:
            return too_large()
        data: Data = ("http", _describe(request, values, body))
        start = Start(f"{request.method} {request.path}", ((function.trigger.name, data),), {})
        response = _response(function, await self._invoker.invoke(function, start))
        response.headers.update(extra)
        return response


def _describe(request: web.BaseRequest, values: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Header names in lower case and repeated query values joined by commas, as the real host sends them."""
    target = raw_target(request)
    query: dict[str, str] = {}
    for name, value in parse_qsl(target.partition("?")[2], keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return {
        "method": request.method,
        "url": f"{request.scheme}://{request.host}{target}",
        "headers": {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
        "params": dict(values),
        "query": query,
        "body": body,
    }


def _response(function: Function, outcome: Outcome) -> web.Response:
    if not outcome.succeeded:
        return web.Response(status=500)
    name = next((binding.name for binding in function.outputs if binding.type == "http"), "$return")
    data = outcome.value if name == "$return" else (outcome.outputs or {}).get(name)
    if data is None:
        return web.Response(status=204)
    kind, value = data
    if kind != "http":
        return _plain(kind, value)
    headers = CIMultiDict(value["headers"])
    for cookie in value["cookies"]:
        headers.add("Set-Cookie", _cookie(cookie))
    return web.Response(status=value["status"], headers=headers, body=_bytes(value["body"]))


def _plain(kind: str, value: Any) -> web.Response:
    if kind == "bytes":
        return web.Response(body=value, content_type="application/octet-stream")
    return web.Response(text=str(value), content_type="application/json" if kind == "json" else "text/plain")


def _bytes(data: Data | None) -> bytes:
    value = data[1] if data else b""
    return value.encode() if isinstance(value, str) else bytes(value)


def _cookie(cookie: Mapping[str, Any]) -> str:
    """A Set-Cookie header from the parts the worker took the app's header apart into."""
    parts = [f"{cookie['name']}={cookie['value']}"]
    for key, label in (("domain", "Domain"), ("path", "Path"), ("same_site", "SameSite")):
        if cookie.get(key):
            parts.append(f"{label}={cookie[key]}")
    if cookie.get("expires") is not None:
        moment = datetime.fromtimestamp(cookie["expires"], UTC)
        parts.append(f"Expires={format_datetime(moment, usegmt=True)}")
    if cookie.get("max_age") is not None:
        parts.append(f"Max-Age={int(cookie['max_age'])}")
    parts += [label for key, label in (("secure", "Secure"), ("http_only", "HttpOnly")) if cookie.get(key)]
    return "; ".join(parts)
