"""The address of the page as the client knows it."""

from starlette.requests import Request

from web.request_origin import host_of


def page_address(request: Request) -> str:
    """The absolute address of the page, by the host and the scheme that were asked for, without a query or a key."""
    scheme = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip() or request.scope.get("scheme")
    return f"{'https' if scheme == 'https' else 'http'}://{host_of(request.headers)}/"
