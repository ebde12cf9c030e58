"""Ways in without a key, with one that is none, and with one that may only read."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

from shared.access.roles import Role
from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.origins import address, content_type
from tests.attacks.target import JSON, Target
from web.routes import ROUTES, Route

# Headers by which proxies and the platform tell who somebody is: anybody can write them.
CLAIMS: tuple[dict[str, str], ...] = (
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"X-MS-CLIENT-PRINCIPAL-ID": "1", "X-MS-CLIENT-PRINCIPAL-NAME": "admin"},
    {
        "X-MS-CLIENT-PRINCIPAL": base64.b64encode(
            b'{"auth_typ":"aad","claims":[{"typ":"roles","val":"admin"}]}'
        ).decode()
    },
    {"X-MS-TOKEN-AAD-ID-TOKEN": "x", "X-ZUMO-AUTH": "x"},
    {"Cookie": "AppServiceAuthSession=x; code=x; x-functions-key=x"},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"X-Original-URL": "/api/health"},
    {"x-ms-invocation-id": "00000000-0000-0000-0000-000000000000"},
)
ADMIN = (
    b'{"auth_typ":"aad","name_typ":"name","role_typ":"roles","claims":[{"typ":"oid","val":"1"},'
    b'{"typ":"name","val":"admin"},{"typ":"roles","val":"admin"},{"typ":"groups","val":"admin"}]}'
)
IDENTITIES: tuple[dict[str, str], ...] = (
    {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(ADMIN).decode()},
    {"x-ms-client-principal": base64.urlsafe_b64encode(ADMIN).decode().rstrip("=")},
    {"X-MS-CLIENT-PRINCIPAL": ADMIN.decode()},
    {"X-MS-CLIENT-PRINCIPAL": ""},
    {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(b"[" * 10_000).decode()},
    {"X-MS-CLIENT-PRINCIPAL-ID": "1", "X-MS-CLIENT-PRINCIPAL-NAME": "admin", "X-MS-CLIENT-PRINCIPAL-IDP": "aad"},
    {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(ADMIN).decode(), "Cookie": "AppServiceAuthSession=x"},
)
GUESSES = (
    "", " ", "a", "null", "undefined", "true", "*", "%", "master", "default", "_master", "full", "read", "test-key",
    "' or '1'='1", "\xff", "a" * 5000, "Bearer", "0", "[]", "{}", "A" * 54 + "==", "..", "\t",
)  # fmt: skip
BEARERS = ("Authorization", "api-key", "x-functions-key", "code")


def attacks() -> Iterator[Attack]:
    for route in ROUTES:
        if not route.anonymous:
            yield Attack("forged sign-in", route.function, _forged(route))
            yield Attack("key", f"{route.function} without one", _without(route))
            yield Attack("key", f"{route.function} with {len(GUESSES)} guesses in each place", _guesses(route))
            yield Attack("key", f"{route.function} with a revoked one", _revoked(route))
            if route.role > Role.VIEWER:
                yield Attack("key", f"{route.function} with one that may only read", _read_only(route))
    yield Attack("key", "nearly the right one", _nearly)
    yield Attack("key", "spellings of a path that need none", _spellings)
    yield Attack("key", "the host's own addresses", _host_addresses)


def _needs_key(target: Target) -> None:
    if not target.needs_key:
        raise NotApplicable("the app asks for no key")


def _places(key: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A key in each place where one may be: what to add to the query, and the headers."""
    for place in BEARERS:
        if place == "code":
            yield f"?code={quote(key.encode('latin-1'))}", {}
        else:
            yield "", {place: f"Bearer {key}" if place == "Authorization" else key}


def _send(target: Target, route: Route, query: str, headers: dict[str, str], status: tuple[int, ...]) -> None:
    body = b"{}" if route.method == "POST" else b""
    target.send(
        route.method, address(route, target) + query, content_type(route) | headers, body, key=None, status=status
    )


def _without(route: Route) -> Check:
    def check(target: Target) -> None:
        _needs_key(target)
        for headers in ({}, *CLAIMS):
            _send(target, route, "", headers, (401, 403))

    return check


def _forged(route: Route) -> Check:
    """Whoever asks for no key may ask for this all the more: such a header is taken away, or refused."""

    def check(target: Target) -> None:
        for headers in IDENTITIES:
            _send(target, route, "", headers, (401, 403))

    return check


def _guesses(route: Route) -> Check:
    def check(target: Target) -> None:
        _needs_key(target)
        for guess in GUESSES:
            for query, headers in _places(guess):
                _send(target, route, query, headers, (400, 401, 403))

    return check


def _revoked(route: Route) -> Check:
    def check(target: Target) -> None:
        _needs_key(target)
        if not target.revoked_key:
            raise NotApplicable("ATTACK_REVOKED_KEY is none")
        for query, headers in _places(target.revoked_key):
            _send(target, route, query, headers, (401,))

    return check


def _read_only(route: Route) -> Check:
    def check(target: Target) -> None:
        _needs_key(target)
        if not target.read_key:
            raise NotApplicable("ATTACK_READ_KEY is none")
        for query, headers in _places(target.read_key):
            _send(target, route, query, headers, (403,))

    return check


def _nearly(target: Target) -> None:
    _needs_key(target)
    if not target.key:
        raise NotApplicable("ATTACK_KEY is none")
    key = target.key
    for wrong in (key[:-1], key + "a", key[1:], key.swapcase(), key[::-1], f"{key}\0", f"{key},{key}", f"a{key}"):
        for query, headers in _places(wrong):
            if wrong != key:
                target.send("GET", f"/api/status{query}", headers, key=None, status=(0, 400, 401, 403))


def _spellings(target: Target) -> None:
    _needs_key(target)
    for path in (
        "/api/status/", "/API/STATUS", "//api/status", "/api//status", "/./api/status", "/page/../api/status",
        "/api/status;x", "/api/status%00", "/api/status%20", "/api/%73tatus", "/api/status?code",
        "/api/health/../status",
        "/api/status%2f", "/api/status.json", "/api/status#", "/page/%2e%2e/api/status", "/api/health%2f..%2fstatus",
    ):  # fmt: skip
        target.send("GET", path, key=None, status=(400, 401, 403, 404))


def _host_addresses(target: Target) -> None:
    _needs_key(target)
    for method, path in (
        ("GET", "/admin/host/status"), ("GET", "/admin/functions"), ("POST", "/admin/functions/reconcile"),
        ("GET", "/admin/host/keys"), ("GET", "/admin/functions/search/keys"), ("GET", "/admin/vfs/"),
        ("POST", "/admin/host/synctriggers"), ("POST",
        "/runtime/webhooks/blobs?functionName=Host.Functions.photo_arrived"),
        ("POST", "/runtime/webhooks/eventgrid?functionName=photo_deleted"), ("GET", "/.auth/me"),
    ):  # fmt: skip
        for query in ("", "&code=guess" if "?" in path else "?code=guess"):
            target.send(
                method, path + query, JSON, b"{}" if method == "POST" else b"", key=None, status=(400, 401, 403, 404)
            )
