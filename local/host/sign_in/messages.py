"""What the sign-in reads of requests and answers them with, whichever part of it they are for."""

from urllib.parse import parse_qs

from aiohttp import web

from local.host.http.responses import RequestBodyTooLarge, raw_target, read_body

NO_STORE = {"Cache-Control": "no-store"}
_FORM_LIMIT = 10_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def query_of(request: web.BaseRequest) -> dict[str, str]:
    """The parameters of a query, each by its first value."""
    return _first_values(raw_target(request).partition("?")[2])


async def form_of(request: web.BaseRequest) -> dict[str, str]:
    """The fields of a form, each by its first value; none where it is too large."""
    try:
        body = await read_body(request, _FORM_LIMIT)
    except RequestBodyTooLarge:
        return {}
    return _first_values(body.decode("utf-8", "replace"))


def page(html: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": _POLICY}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers | NO_STORE)


def see_other(address: str) -> web.Response:
    return web.Response(status=302, headers={"Location": address} | NO_STORE)


def _first_values(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
