"""Requests by the letter: methods, headers, numbers and lengths that a parser may trip over."""

from collections.abc import Iterator

from tests.attacks.attack import Attack, Check
from tests.attacks.origins import address
from tests.attacks.target import JSON, PATIENCE, Target
from web.routes import ROUTES

FINE = (200, 201, 202, 204, 302, 304)
METHODS = (
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "PROPFIND",
    "PURGE",
    "DEBUG",
    "TRACK",
    "QUERY",
    "get",
    "X" * 9000,
)
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")
REWRITES = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path")
LONG_HEADERS = (60_000, 70_000, 1_000_000)
ODD_HEADERS: dict[str, dict[str, str]] = {
    "ranges without end": {"Range": "bytes=" + ",".join(f"{n}-" for n in range(2000))},
    "an encoding that is a bomb": {"Accept-Encoding": ", ".join(["gzip;q=1.0"] * 2000)},
    "etags without end": {"If-None-Match": ", ".join(['W/"x"'] * 4000)},
    "an expectation": {"Expect": "the unexpected"},
    "an upgrade to a socket": {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    },
    "an upgrade to HTTP/2": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"},
    "hop-by-hop headers of ours": {"Connection": "close, x-ms-invocation-id, x-forwarded-host, host, content-length"},
    "an invocation of somebody else": {"x-ms-invocation-id": "00000000-0000-0000-0000-000000000000"},
    "a principal that nobody signed": {
        "X-MS-CLIENT-PRINCIPAL": "eyJjbGFpbXMiOltdfQ==", "X-MS-CLIENT-PRINCIPAL-NAME": "admin",
        "X-MS-CLIENT-PRINCIPAL-ID": "1", "X-Forwarded-For": "127.0.0.1",
    },
}  # fmt: skip
ZONES = (
    "../../../etc/passwd", "/etc/passwd", "Europe", "A" * 60_000, "..", ".", "Europe/../Europe/Zurich",
    "C:\\windows", "tzdata.zi", "zone.tab", "leapseconds", "%00",
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    for route in ROUTES:
        yield Attack("method", f"methods that {route.function} does not have", _methods(route.function))
    yield Attack("method", "a GET or POST that says it is a DELETE", _overrides)
    yield Attack("method", "a path in a header in place of the real one", _rewrites)
    for size in LONG_HEADERS:
        yield Attack("headers", f"a header of {size:,} characters", _long_header(size))
    for count in (200, 10_000):
        yield Attack("headers", f"{count:,} headers", _many_headers(count))
    yield Attack("headers", "10,000 headers of one name", _repeated_headers)
    for name, headers in ODD_HEADERS.items():
        yield Attack("headers", name, _odd_headers(headers))
    yield Attack("headers", "time zones that are paths", _zones)
    for size in (10_000, 60_000, 1_000_000):
        yield Attack("query string", f"{size:,} characters", _long_query(size))
        yield Attack("path", f"{size:,} characters", _long_path(size))
    yield Attack("query string", "10,000 parameters", _many_parameters)


def _methods(function: str) -> Check:
    route = next(each for each in ROUTES if each.function == function)

    def check(target: Target) -> None:
        path = address(route, target)
        taken = {each.method for each in ROUTES if address(each, target) == path}
        for method in METHODS:
            reply = target.send(method, path, {"X-Echo": "echo-me"})
            assert b"echo-me" not in reply.body, f"{method} repeats the request"
            if method in {"TRACE", "CONNECT", "PATCH", "DEBUG"}:
                assert reply.status not in FINE, f"{method} was answered with {reply}"
        for method in {"GET", "POST", "DELETE"} - taken:
            if not path.startswith("/api/photos/"):
                target.send(method, path, JSON, status=(400, 401, 403, 404, 405))

    return check


def _overrides(target: Target) -> None:
    id_ = next(iter(target.photos.values()), "0" * 32)
    for name in OVERRIDES:
        for method in ("GET", "POST"):
            target.send(method, f"/api/photos/{id_}?{name}=DELETE", JSON | {name: "DELETE"})
    if target.photos:
        target.send("GET", f"/api/photos/{id_}", status=[200])


def _rewrites(target: Target) -> None:
    expected = target.send("GET", "/api/health").header("content-type")
    for name in REWRITES:
        reply = target.send("GET", "/", {name: "/api/health"})
        assert "text/html" in reply.header("content-type"), f"{name} leads elsewhere: {reply}"
        reply = target.send("GET", "/api/health", {name: "/api/search"})
        assert reply.header("content-type") == expected, f"{name} leads elsewhere: {reply}"
        assert b"photos" not in reply.body, f"{name} leads elsewhere: {reply}"


def _long_header(size: int) -> Check:
    def check(target: Target) -> None:
        for name in ("X-Long", "Cookie", "x-functions-key", "Authorization", "If-Match", "Origin"):
            reply = target.send("GET", "/api/status", {name: "a" * size})
            assert reply.status < 500, str(reply)

    return check


def _many_headers(count: int) -> Check:
    def check(target: Target) -> None:
        reply = target.send("GET", "/api/status", [(f"X-{number}", "1") for number in range(count)])
        assert count < 1000 or reply.status in {0, 400, 401, 413, 431}, str(reply)

    return check


def _repeated_headers(target: Target) -> None:
    reply = target.send("GET", "/api/status", [("X-Forwarded-For", "1")] * 10_000)
    assert reply.status in {0, 400, 401, 413, 431}, str(reply)


def _odd_headers(headers: dict[str, str]) -> Check:
    def check(target: Target) -> None:
        expected = target.send("GET", "/api/status", key=None).status
        for path in ("/", "/api/status", "/api/search"):
            reply = target.send("GET", path, headers, key=None)
            assert reply.status != 101, "it has changed the protocol"
            if path == "/api/status" and expected == 401:
                assert reply.status in {0, 400, 401, 417}, f"they stand for a key: {reply}"

    return check


def _zones(target: Target) -> None:
    body = b'{"messages": [{"role": "user", "content": "hello"}]}'
    for zone in ZONES:
        target.send("POST", "/v1/chat/completions", JSON | {"X-Timezone": zone}, body, status=(0, 400, 401))


def _long_query(size: int) -> Check:
    def check(target: Target) -> None:
        for path in ("/api/search?q=", "/api/search?folder=", "/api/failures?top=", "/?", "/api/search?"):
            reply = target.send("GET", path + "a" * size)
            assert path.endswith("?") or reply.status in {0, 400, 401, 404, 413, 414, 431}, str(reply)

    return check


def _long_path(size: int) -> Check:
    def check(target: Target) -> None:
        for start in ("/api/photos/", "/page/", "/v1/models/", "/api/originals/", "/"):
            reply = target.send("GET", start + "a" * size)
            assert reply.status in {0, 400, 401, 404, 413, 414, 431}, str(reply)
        reply = target.send("PUT", "/api/photos/" + "a" * size, body=b"x")
        assert reply.status in {0, 400, 401, 413, 414, 431}, str(reply)

    return check


def _many_parameters(target: Target) -> None:
    for name in ("tag", "q", "keyword", "x", "code"):
        query = "&".join([f"{name}=1"] * 10_000)
        reply = target.send("GET", f"/api/search?{query}", status=(0, 200, 400, 401, 414, 431))
        assert reply.seconds < PATIENCE, f"10,000 times {name} took {reply.seconds:.0f} s"
