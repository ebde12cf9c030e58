"""The address of the page as the client knows it."""

from starlette.requests import Request

from shared.public_address import public_address
from web.request_origin import host_of
from web.security_headers import is_https


def page_address(request: Request) -> str:
    """The absolute address of the page: as it is set, or by the host that was asked for; without a query or a key."""
    public = public_address()
    if public.origin:
        return f"{public.url}/"
    scheme = "https" if is_https(request) or request.scope.get("scheme") == "https" else "http"
    return f"{scheme}://{host_of(request.headers)}{public.base_path}/"
