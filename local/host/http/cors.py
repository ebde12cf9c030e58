"""Cross-origin rules for browsers, from Host.CORS and Host.CORSCredentials of local.settings.json."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict


@dataclass(frozen=True)
class CorsPolicy:
    """`origins` are exact, or the one word "*"; without any, there are no CORS headers."""

    origins: tuple[str, ...] = ()
    credentials: bool = False

    def headers(self, request: web.BaseRequest) -> dict[str, str]:
        """What to add to the response to this request."""
        origin = request.headers.get("Origin")
        if origin is None or not ({"*", origin} & set(self.origins)):
            return {}
        if self.credentials:
            return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}
        if "*" in self.origins:
            return {"Access-Control-Allow-Origin": "*"}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    def preflight(self, request: web.BaseRequest) -> web.Response | None:
        """The response to a browser's preflight request; None for any other request."""
        method = request.headers.get("Access-Control-Request-Method")
        headers = self.headers(request)
        if request.method != "OPTIONS" or method is None or not headers:
            return None
        headers["Access-Control-Allow-Methods"] = method
        if request_headers := request.headers.get("Access-Control-Request-Headers"):
            headers["Access-Control-Allow-Headers"] = request_headers
        return web.Response(status=204, headers=headers)


def add_cors_headers(headers: CIMultiDict[str], cors: Mapping[str, str]) -> None:
    """Add them to those of a function, which may vary by other things than the origin."""
    for name, value in cors.items():
        if name == "Vary":
            headers.add(name, value)
        else:
            headers[name] = value
