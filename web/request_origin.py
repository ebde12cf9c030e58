"""
Which requests a web page of somebody else may make a visitor's browser send to us: almost none.

Every request passes `check_request`. It refuses names that are not ours (so that no foreign name can be pointed at this
address, DNS rebinding), requests of other origins for whatever changes or costs something, and bodies that are not
declared as JSON or, where one is wanted, as a picture: a browser sends some others to another origin without asking.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from shared.errors import ForeignOrigin, MisdirectedRequest, SettingsError, UnsupportedMediaType
from shared.public_address import public_address
from shared.services import services
from web.routes import Access

CONTENT_TYPES = {"POST": ("application/json",), "PATCH": ("application/merge-patch+json", "application/json")}
OWN_SITES = {"same-origin", "none"}  # `none`: the address bar, or a bookmark


def check_request(
    request: Request, access: Access, *, takes_image: bool = False, content_types: Sequence[str] = ()
) -> None:
    """Raise MisdirectedRequest, ForeignOrigin or UnsupportedMediaType for a request that must not be answered."""
    _check_host(request.headers)
    if access is not Access.READ:
        _check_origin(request.headers)
    if request.method in CONTENT_TYPES:
        _check_content_type(request.headers, content_types or CONTENT_TYPES[request.method], takes_image=takes_image)


def _check_host(headers: Mapping[str, str]) -> None:
    host = host_of(headers)
    name = _without_port(host)
    if not is_loopback(name) and name not in _own_names():
        raise MisdirectedRequest(
            f"this app does not answer to the host {host[:200]!r}: add its name to the setting ALLOWED_HOSTS"
        )


def host_of(headers: Mapping[str, str]) -> str:
    """
    The host that the client has asked for.

    The Functions host passes requests on to this process and always puts what it was asked for in `X-Forwarded-Host`,
    whatever the client sent there.
    """
    return headers.get("x-forwarded-host") or headers.get("host", "")


def is_loopback_request(headers: Mapping[str, str]) -> bool:
    """Whether the client has asked for this machine by a name that means this machine everywhere."""
    return is_loopback(_without_port(host_of(headers)))


def _without_port(host: str) -> str:
    """`[::1]` for `[::1]:7071`, in lower case and without the dot that may end a name."""
    name, _, port = host.lower().rpartition(":")
    is_port = port.isdecimal() and (name.endswith("]") or ":" not in name)
    return (name if is_port else host.lower()).removesuffix(".")


def is_loopback(name: str) -> bool:
    """Whether a host name without port means this machine everywhere."""
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _own_names() -> frozenset[str]:
    try:
        names = services().settings.allowed_hosts
    except SettingsError:
        names = ()  # the page has to say so
    return frozenset((*names, public_address().host, _without_port(os.environ.get("WEBSITE_HOSTNAME", "")))) - {""}


def _check_origin(headers: Mapping[str, str]) -> None:
    """An `Origin` decides; without one, what the browser says in `Sec-Fetch-Site`. Other clients send neither."""
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site", "none") not in OWN_SITES:
        raise ForeignOrigin("a page of another site must not do this")
    if origin is not None and not _is_ours(origin, headers) and not {origin, "*"} & cors_origins():
        raise ForeignOrigin(f"a page of {origin[:200]!r} must not do this: only those that CORS allows may")


def _is_ours(origin: str, headers: Mapping[str, str]) -> bool:
    """
    Whether it is that of PUBLIC_URL, or names the host that was asked for.

    Where PUBLIC_URL does not tell the scheme, it may differ, as proxies end TLS.
    """
    public = public_address()
    if public.origin and origin == public.origin:
        return True
    try:
        own, foreign = urlsplit(f"//{host_of(headers)}"), urlsplit(origin)
        is_same = bool(foreign.hostname) and (_address(own) == _address(foreign))
        return is_same and _address(own) != _address(urlsplit(public.origin))
    except ValueError:
        return False


def _address(parts: SplitResult) -> tuple[str, int | None]:
    return (parts.hostname or "").removesuffix("."), None if parts.port in {80, 443} else parts.port


@cache
def cors_origins() -> frozenset[str]:
    """The origins that CORS lets in: the platform's setting in Azure, `Host.CORS` on a laptop."""
    return frozenset(each.strip() for each in os.environ.get("WEBSITE_CORS_ALLOWED_ORIGINS", "").split(",")) - {""}


def _check_content_type(headers: Mapping[str, str], allowed: Sequence[str], *, takes_image: bool) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if takes_image and (kind.startswith("image/") or kind == "application/octet-stream"):
        return
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if kind not in allowed and (kind or has_body):
        raise UnsupportedMediaType(
            f"the Content-Type must be {allowed[0]}, not {kind[:100] or 'missing'}", param="Content-Type"
        )
