"""Addresses of pictures that the app signs (PICTURES=proxy): each opens one picture, for minutes, and nothing else."""

import time
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.library import jpeg, link_to, upload, wait_for
from tests.attacks.originals import HEADER_NAMES, assert_harmless, needs_photos
from tests.attacks.reply import Reply
from tests.attacks.target import Target

ROUTE = "/api/pictures/"
FAR = str(int(time.time()) + 10**8)
SIZES = ("thumbnail", "preview", "original")
CHANGES: dict[str, dict[str, str | None]] = {
    "that is to expire later": {"expires": FAR},
    "that never expires": {"expires": None},
    "that expires in no number": {"expires": "Infinity"},
    "that expires in a very long number": {"expires": "9" * 3000},
    "without a signature": {"signature": None},
    "with an empty signature": {"signature": ""},
    "with another signature": {"signature": "A" * 43},
    "with a signature of bytes that are no text": {"signature": "\udcff\udcfe"},
    "with a header in its expiry": {"expires": f"{FAR}\r\nX-Injected: yes"},
    "with a header in its signature": {"signature": "A\r\nX-Injected: yes\r\n\r\n<script>"},
}
PATHS = (
    "original/{id}/..", "original/../{id}", "original/..%2f{id}", "../photos/{id}/original", "preview/%2e%2e/{id}",
    "original/first.jpg", "original/photos%2ffirst.jpg", "huge/{id}", "Original/{id}", "original/{id}%00",
    "original/{id}.jpg", "original//{id}", "original/{id}%0d%0aX-Injected:%20yes", "photo-failures/{id}",
    "original/..%5c..%5cphoto-settings%5clink-secrets.json", "original/photo-settings/link-secrets.json",
    "original/%252e%252e%252f{id}", "original/\u00e4", "original/{id};{other}", "original/{id}?x={other}/",
)  # fmt: skip
RANGES = (
    "bytes=0-99999999999999999999999999", "bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes=-0",
    "bytes=0-0," + ",".join(f"{n}-" for n in range(1000)), "bytes=" + "9" * 4000 + "-", "bytes=5-1", "bytes=--1",
    "bytes=0-1\tX", "bytes=\xb2-\xb3", "chars=0-1", "bytes", "",
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    yield Attack("signed picture", "opens without a key, as what it is", _opens)
    for name, change in CHANGES.items():
        yield Attack("signed picture", name, _changed(change))
    yield Attack("signed picture", "of another photo, or in another size", _others)
    yield Attack("signed picture", f"{len(PATHS)} paths that lead elsewhere", _paths)
    yield Attack("signed picture", f"{len(RANGES)} ranges, and conditions", _ranges)
    yield Attack("signed picture", f"{len(HEADER_NAMES)} names that would end a header", _header_names)
    yield Attack("signed picture", "writes and deletes nothing", _only_reads)
    yield Attack("signed picture", "opens no other route", _other_routes)
    yield Attack("signed picture", "leads nowhere else, whatever a request says of hosts", _hosts)


def _address(target: Target, size: str = "original", name: str = "first.jpg") -> str:
    """Path and query of a picture of ours."""
    needs_photos(target)
    parts = urlsplit(link_to(target, target.photos[name], size))
    path = parts.path.removeprefix(target.base)
    if not path.startswith(ROUTE):
        raise NotApplicable("pictures come from storage (PICTURES=links)")
    return f"{path}?{parts.query}"


def _send(target: Target, address: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
    return target.send(method, address, headers or {}, key=None)


def _refused(target: Target, address: str) -> None:
    reply = _send(target, address)
    assert reply.status in {400, 403, 404}, f"{address[:200]}: {reply.status}"
    assert "x-injected" not in reply.names, f"{address[:200]} became a header"


def _opens(target: Target) -> None:
    for size in SIZES:
        reply = _send(target, _address(target, size))
        assert reply.status == 200, f"{size}: {reply}"
        assert reply.body[:2] == b"\xff\xd8" or reply.body[8:12] == b"WEBP", f"{size} is something else"
        kind = "image/webp" if reply.body[8:12] == b"WEBP" else "image/jpeg"
        assert reply.header("content-type") == kind, f"{size} is {reply.header('content-type')}"
        assert reply.header("x-content-type-options") == "nosniff", f"{size} may be sniffed"
        assert reply.header("cache-control").startswith("private"), f"{size} may be kept by others"
        assert (size == "original") == reply.header("content-disposition").startswith("attachment"), size


def _changed(change: dict[str, str | None]) -> Check:
    def check(target: Target) -> None:
        path, _, query = _address(target).partition("?")
        values = {name: value for name, value in (dict(parse_qsl(query)) | change).items() if value is not None}
        _refused(target, f"{path}?{urlencode(values, errors='surrogateescape')}")
        for name, value in values.items():
            _refused(target, f"{path}?{query}&{urlencode({name: value}, errors='surrogateescape')}")

    return check


def _others(target: Target) -> None:
    query = _address(target).partition("?")[2]
    for size in SIZES:
        for name, id_ in target.photos.items():
            if (size, name) != ("original", "first.jpg"):
                _refused(target, f"{ROUTE}{size}/{id_}?{query}")


def _paths(target: Target) -> None:
    query = _address(target).partition("?")[2]
    first, other = target.photos["first.jpg"], target.photos["second.jpg"]
    for path in PATHS:
        filled = path.format(id=other, other=first).encode().decode("latin-1")
        reply = _send(target, f"{ROUTE}{filled}{'&' if '?' in filled else '?'}{query}")
        assert reply.status in {400, 401, 403, 404}, f"{path}: {reply.status}"
        assert "x-injected" not in reply.names, f"{path} became a header"


def _ranges(target: Target) -> None:
    address = _address(target)
    whole = _send(target, address).body
    for range_ in RANGES:
        reply = _send(target, address, {"Range": range_})
        assert reply.status in {200, 206, 400, 416}, f"{range_[:80]}: {reply.status}"
        assert reply.status == 416 or reply.body in whole, f"{range_[:80]} made up bytes"
    for tag in ('"' + "a" * 5000 + '"', "*", "W/" * 100, ",".join(f'"{n}"' for n in range(500)), '"\xff"'):
        reply = _send(target, address, {"If-None-Match": tag, "If-Range": tag, "Range": "bytes=1-2"})
        assert reply.status in {200, 206, 304, 400, 431}, f"{tag[:80]}: {reply.status}"


def _header_names(target: Target) -> None:
    _address(target)
    ids = {name: upload(target, f"signed/{name}", jpeg(8000 + seed)) for seed, name in enumerate(HEADER_NAMES)}
    states = wait_for(target, set(ids.values()))
    for name, id_ in ids.items():
        assert states.get(id_) == "indexed", f"{name!r} is {states.get(id_)}"
        parts = urlsplit(link_to(target, id_))
        assert_harmless(_send(target, f"{parts.path.removeprefix(target.base)}?{parts.query}"), name)


def _only_reads(target: Target) -> None:
    address = _address(target)
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        reply = _send(target, address, method=method)
        assert reply.status in {401, 403, 404, 405, 415}, f"{method}: {reply.status}"
    assert _send(target, address).body[:2] == b"\xff\xd8", "the original has changed"


def _other_routes(target: Target) -> None:
    if not target.needs_key:
        raise NotApplicable("the app asks for no key")
    query = _address(target).partition("?")[2]
    for path in ("/api/status", "/api/search", f"/api/photos/{target.photos['first.jpg']}", "/api/failures"):
        reply = _send(target, f"{path}?{query}")
        assert reply.status == 401, f"{path}: {reply.status}"


def _hosts(target: Target) -> None:
    _address(target)
    for headers in ({"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Proto": "ftp"}, {"Forwarded": "host=evil"}):
        reply = target.send("GET", f"/api/photos/{target.photos['first.jpg']}/preview", headers)
        location = urlsplit(reply.header("location"))
        assert reply.status == 421 or location.netloc in {"", target.host}, f"{headers} leads to {location.netloc}"
