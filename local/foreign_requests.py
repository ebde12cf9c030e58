"""
Which requests the stand-ins and the host's own endpoints refuse: those that a web page makes a browser send.

The real services ask for keys that no page has. Here everything is open to whoever can reach it, so a page of another
origin, or one whose name was pointed at this machine (DNS rebinding), must not reach it through its visitor's browser.
"""

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def refusal(headers: Mapping[str, str], allowed_hosts: Collection[str]) -> str | None:
    """Why a request must be refused; None if it comes from this machine, or by a name of `allowed_hosts`."""
    host = headers.get("host", "")
    for name in (host, *_forwarded_hosts(headers)):
        if set("/?#@\\") & set(name) or not is_own_name(hostname(f"//{name}"), allowed_hosts):
            return f"The host {name[:200]!r} is not allowed here."
    origin = headers.get("origin")
    if origin is not None and origin.partition("//")[2] != host:
        return f"A page of {origin[:200]!r} is not allowed to do this."
    if origin is None and headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return "A page of another site is not allowed to do this."
    return None


def _forwarded_hosts(headers: Mapping[str, str]) -> list[str]:
    """What a reverse proxy on this machine was asked for: to us, all the network comes from here then."""
    return [each.strip() for each in headers.get("x-forwarded-host", "").split(",") if each.strip()]


def is_own_name(name: str, allowed_hosts: Collection[str]) -> bool:
    """Whether a name or address means this machine, or is allowed."""
    if not name:  # which a setting that is empty, split at its commas, seems to allow
        return False
    try:
        return name == "localhost" or name in allowed_hosts or ip_address(name).is_loopback
    except ValueError:
        return False


def hostname(url: str) -> str:
    """The host in a URL, in lower case; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class ForeignRequestFilter:
    """Refuses such requests before an ASGI application sees them."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] = ()) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = refusal(Request(scope).headers, self._allowed_hosts) if scope["type"] == "http" else None
        app = JSONResponse({"error": {"code": "Forbidden", "message": reason}}, 403) if reason else self._app
        await app(scope, receive, send)
