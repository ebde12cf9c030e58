"""What a web page of somebody else makes its visitor's browser send: foreign hosts, foreign origins, plain bodies."""

import re
from collections.abc import Iterator

from tests.attacks.attack import Attack, Check
from tests.attacks.target import JSON, Target
from web.routes import ROUTES, Access, Route

REFUSALS = (400, 401, 403, 404, 415, 421)
FORWARDED = "forwarded.example"  # which nothing else in a library says
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:7071",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "evil.example#localhost",
    "localhost@evil.example",
    "localhost/evil.example",
    "evil.example, localhost",
    "0.0.0.0",  # noqa: S104 - a name to ask for
    "0",
    "[::]",
    "192.168.1.1",
    "169.254.169.254",
    "",
    "[",
)
FOREIGN_ORIGINS = (
    "https://evil.example",
    "null",
    "http://localhost:1",
    "http://127.0.0.1.evil.example",
    "http://evil.example#{host}",
    "http://evil.example/{host}",
    "http://{host}.evil.example",
    "http://{host}@evil.example",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    "http://[",
    "",
)
FOREIGN_SITES: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
)
# What a browser sends to another origin without asking first, and what a careless parser takes for JSON.
SIMPLE_TYPES = (
    "text/plain",
    "text/plain; charset=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/json",
    "application/json-patch+json",
    "text/plain, application/json",
    "application/jsonx",
    None,
)
BODIES = {
    "chat_completions": b'{"messages": [{"role": "user", "content": "hello"}]}',
    "picture_links": b'{"ids": ["00000000000000000000000000000000"]}',
}


def address(route: Route, target: Target) -> str:
    """A path of the route, about a photo that is there."""
    id_ = next(iter(target.photos.values()), "0" * 32)
    path = route.path.replace("{id}", id_).replace("{*path}", f"{target.folder}/first.jpg")
    return "/" + re.sub(r"\{\*?\w+\}", "x", path).lstrip("/")


def attacks() -> Iterator[Attack]:
    for route in ROUTES:
        yield Attack("host", f"names that are not ours ask for {route.function}", _foreign_hosts(route))
        if route.access is not Access.READ:
            yield Attack("origin", f"a page of another origin asks for {route.function}", _foreign_origins(route))
        if route.method == "POST":
            yield Attack("simple request", f"{route.function} with a body that needs no preflight", _simple(route))
        yield Attack("cors", f"{route.function} lets no other origin read", _cors(route))
    yield Attack("host", "a forwarded host in place of the own one", _forwarded_host)
    yield Attack("host", "a whole URL in place of the path", _absolute_target)
    yield Attack("host", "no Host, or two of them", _odd_hosts)


def _foreign_hosts(route: Route) -> Check:
    def check(target: Target) -> None:
        for host in FOREIGN_HOSTS:
            _send(target, route, {"Host": host}, REFUSALS)

    return check


def _foreign_origins(route: Route) -> Check:
    def check(target: Target) -> None:
        for origin in FOREIGN_ORIGINS:
            _send(target, route, {"Origin": origin.format(host=target.host)}, (401, 403))
        for site in FOREIGN_SITES:
            _send(target, route, site, (401, 403))

    return check


def _simple(route: Route) -> Check:
    def check(target: Target) -> None:
        for type_ in SIMPLE_TYPES:
            body = BODIES.get(route.function, b"{}")
            target.send("POST", address(route, target), {"Content-Type": type_}, body, status=(401, 403, 415))

    return check


def _cors(route: Route) -> Check:
    def check(target: Target) -> None:
        for origin in FOREIGN_ORIGINS:
            preflight = {"Access-Control-Request-Method": route.method, "Access-Control-Request-Headers": "x-any"}
            origin_header = {"Origin": origin.format(host=target.host)}
            for method, headers in ((route.method, content_type(route)), ("OPTIONS", preflight)):
                if method == "GET" or route.access is not Access.READ:
                    reply = target.send(method, address(route, target), headers | origin_header)
                    _assert_closed(reply.header("access-control-allow-origin"), origin)

    return check


def _assert_closed(allowed: str, origin: str) -> None:
    assert not allowed, f"an answer to {origin!r} may be read by {allowed!r}"


def content_type(route: Route) -> dict[str, str]:
    """The header that names what a route takes."""
    return {"Content-Type": route.content_types[0]} if route.content_types else JSON


def _send(target: Target, route: Route, headers: dict[str, str], status: tuple[int, ...]) -> None:
    body = BODIES.get(route.function, b"") if route.method == "POST" else b""
    target.send(route.method, address(route, target), content_type(route) | headers, body, status=status)


def _forwarded_host(target: Target) -> None:
    """Neither may a client choose its host by a proxy's headers, nor may what it says come back."""
    for name in ("X-Forwarded-Host", "X-Original-Host", "X-Host", "Forwarded"):
        value = f"host={target.host}" if name == "Forwarded" else target.host
        target.send("GET", "/api/status", {"Host": FORWARDED, name: value}, status=REFUSALS)
        for path in ("/", "/api/search", "/api/openapi.json"):
            foreign = {name: f"host={FORWARDED}" if name == "Forwarded" else FORWARDED}
            reply = target.send("GET", path, foreign)
            said = f"{reply.headers}" + (reply.body.decode("utf-8", "replace") if reply.status < 400 else "")
            assert FORWARDED not in said, f"{path} repeats what {name} said"


def _absolute_target(target: Target) -> None:
    for authority in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        for host in (authority, target.host):
            request = f"GET http://{authority}/api/search HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            for reply in target.raw(request.encode()):
                assert reply.status >= 400, f"{authority}, {host}: {reply}"


def _odd_hosts(target: Target) -> None:
    for lines in (f"Host: evil.example\r\nHost: {target.host}\r\n", f"Host: {target.host}\r\nHost: evil.example\r\n"):
        for version in ("1.0", "1.1"):
            for reply in target.raw(f"GET /api/search HTTP/{version}\r\n{lines}Connection: close\r\n\r\n".encode()):
                assert reply.status >= 400, f"{lines!r} was answered with {reply}"
    target.raw(b"GET /api/search HTTP/1.1\r\nConnection: close\r\n\r\n")
