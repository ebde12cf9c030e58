"""HTTP functions that take func.HttpRequest: the whole request in, the whole response out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDict

from local.host.function_metadata import FunctionMetadata
from local.host.http.cors import add_cors_headers
from local.host.http.responses import RequestBodyTooLarge, body_too_large_response, raw_target, read_body
from local.host.invoker import Invocation, InvocationResult, Invoker
from local.host.worker_channel import TypedData


class BufferedRequestHandler:
    """Answers each request by invoking its function once."""

    def __init__(self, invoker: Invoker, body_limit: int) -> None:
        self._invoker = invoker
        self._body_limit = body_limit

    async def handle(
        self,
        request: web.BaseRequest,
        function: FunctionMetadata,
        route_values: Mapping[str, str],
        extra_headers: Mapping[str, str],
    ) -> web.StreamResponse:
        try:
            body = await read_body(request, self._body_limit)
        except RequestBodyTooLarge:
            return body_too_large_response()
        data: TypedData = ("http", _rpc_http(request, route_values, body))
        invocation = Invocation(f"{request.method} {request.path}", ((function.trigger.name, data),), {})
        response = _build_response(function, await self._invoker.invoke(function, invocation))
        add_cors_headers(response.headers, extra_headers)
        return response


def _rpc_http(request: web.BaseRequest, route_values: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Header names in lower case and repeated query values joined by commas, as the real host sends them."""
    target = raw_target(request)
    query: dict[str, str] = {}
    for name, value in parse_qsl(target.partition("?")[2], keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return {
        "method": request.method,
        "url": f"{request.scheme}://{request.host}{target}",
        "headers": {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
        "params": dict(route_values),
        "query": query,
        "body": body,
    }


def _build_response(function: FunctionMetadata, result: InvocationResult) -> web.Response:
    if not result.succeeded:
        return web.Response(status=500)
    name = next((binding.name for binding in function.outputs if binding.type == "http"), "$return")
    data = result.value if name == "$return" else (result.outputs or {}).get(name)
    if data is None:
        return web.Response(status=204)
    kind, value = data
    if kind != "http":
        return _response_to_plain_value(kind, value)
    headers = CIMultiDict(value["headers"])
    for cookie in value["cookies"]:
        headers.add("Set-Cookie", _set_cookie_header(cookie))
    return web.Response(status=value["status"], headers=headers, body=_body_bytes(value["body"]))


def _response_to_plain_value(kind: str, value: Any) -> web.Response:
    """For a function that returns a str, bytes or JSON instead of a response."""
    if kind == "bytes":
        return web.Response(body=value, content_type="application/octet-stream")
    return web.Response(text=str(value), content_type="application/json" if kind == "json" else "text/plain")


def _body_bytes(data: TypedData | None) -> bytes:
    value = data[1] if data else b""
    return value.encode() if isinstance(value, str) else bytes(value)


def _set_cookie_header(cookie: Mapping[str, Any]) -> str:
    """A Set-Cookie header from the parts into which the worker split the app's header."""
    parts = [f"{cookie['name']}={cookie['value']}"]
    for key, label in (("domain", "Domain"), ("path", "Path"), ("same_site", "SameSite")):
        if cookie.get(key):
            parts.append(f"{label}={cookie[key]}")
    if cookie.get("expires") is not None:
        expires = datetime.fromtimestamp(cookie["expires"], UTC)
        parts.append(f"Expires={format_datetime(expires, usegmt=True)}")
    if cookie.get("max_age") is not None:
        parts.append(f"Max-Age={int(cookie['max_age'])}")
    parts += [label for key, label in (("secure", "Secure"), ("http_only", "HttpOnly")) if cookie.get(key)]
    return "; ".join(parts)
