"""Shares: who has a link sees its photos, and can neither guess, nor widen, nor outlive it."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.attacks.attack import Attack, NotApplicable
from tests.attacks.originals import needs_photos
from tests.attacks.reply import Reply
from tests.attacks.target import JSON, Target

GUESSES = (
    "", " ", "null", "0" * 32, "0" * 64, "A" * 43, "*", "../shares", "%2e%2e", "' or '1'='1", "\xff", "a" * 5000,
    "{}", "[]", ".", "shares/", "\t",
)  # fmt: skip
PLACES = ("", "/photos", "/photos/{id}/original", "/photos?top=1&skip=0")
WIDER = (
    "/photos?top=200&skip=100000", "/photos?q=first", "/photos?filter=id%20ne%20%27%27", "/photos?collection=x",
    "/photos/{other}/original", "/photos/../../photos/{other}/original", "/photos/{other}%00/original",
    "/photos/..%2f{other}/original", "/photos/{other}/../{id}/original", "/pictures/original/{other}",
    "/photos/{id}/../{other}/original", "/photos//original", "/photos/{other}/thumbnail", "/photos/{id}", "/search",
)  # fmt: skip
NEEDED = ("GET", "/api/search"), ("GET", "/api/photos/{id}"), ("POST", "/v1/chat/completions"), ("GET", "/api/shares")


def attacks() -> Iterator[Attack]:
    yield Attack("share", f"{len(GUESSES)} guesses of a token, each answered as the last", _guesses)
    yield Attack("share", f"{len(WIDER)} ways out of a share", _wider)
    yield Attack("share", "its token is no key", _no_key)
    yield Attack("share", "guessing a password", _passwords)
    yield Attack("share", "forged addresses of pictures", _forged)
    yield Attack("share", "its page, by paths that lead elsewhere", _pages)
    yield Attack("share", "unknown tokens take as long as revoked ones", _timing)


def _share(target: Target, **body: Any) -> tuple[str, str]:
    """The token of a new share of one photo, and its id."""
    needs_photos(target)
    content = json.dumps({"ids": [target.photos["first.jpg"]], "name": "attack", **body}).encode()
    reply = target.send("POST", "/api/shares", JSON, content, status=[201, 403])
    if reply.status == 403:
        raise NotApplicable("sharing takes an editor")
    made = json.loads(reply.body)
    return urlsplit(made["url"]).fragment, made["id"]


def _visit(target: Target, path: str, token: str, method: str = "GET", body: bytes = b"", pass_: str = "") -> Reply:
    headers: Mapping[str, str] = {"x-share-token": token} | (dict(JSON) if body else {}) | {"x-share-pass": pass_}
    return target.send(method, f"/api/shared{path}", headers, body, key=None)


def _other(target: Target) -> str:
    return next(id_ for name, id_ in target.photos.items() if name != "first.jpg")


def _guesses(target: Target) -> None:
    needs_photos(target)
    for path in (each.format(id=target.photos["first.jpg"]) for each in PLACES):
        expected = _visit(target, path, secrets.token_urlsafe(32))
        assert expected.status == 404, f"{path}: {expected.status}"
        for guess in GUESSES:
            reply = _visit(target, path, guess)
            assert reply.status in {400, 404}, f"{path} with {guess[:40]!r}: {reply.status}"
            assert reply.status == 400 or reply.body == expected.body, f"{path} with {guess[:40]!r} answers otherwise"


def _wider(target: Target) -> None:
    token, _ = _share(target)
    own, other = target.photos["first.jpg"], _other(target)
    for path in WIDER:
        reply = _visit(target, path.format(id=own, other=other), token)
        assert other.encode() not in reply.body or reply.status != 200, f"{path} shows another photo"
        assert reply.status in {200, 400, 401, 403, 404}, f"{path}: {reply.status}"
        if other in path.format(id=own, other=other):
            assert reply.status != 200, f"{path} opens another photo"


def _no_key(target: Target) -> None:
    if not target.needs_key:
        return
    token, _ = _share(target)
    for method, path in NEEDED:
        for headers in ({"api-key": token}, {"Authorization": f"Bearer {token}"}, {"x-share-token": token}):
            body = b"{}" if method == "POST" else b""
            reply = target.send(method, path.format(id=target.photos["first.jpg"]), {**JSON, **headers}, body, key=None)
            assert reply.status == 401, f"{path}: {reply.status}"


def _passwords(target: Target) -> None:
    token, _ = _share(target, password=secrets.token_hex(8))
    for guess in (json.dumps({"password": each}).encode() for each in ("", "password", "\x00" * 200, "ü" * 100)):
        assert _visit(target, "/pass", token, "POST", guess).status in {400, 403}
    for body in (b"{}", b"[]", b'{"password": null}', b'{"password": ["a"]}', b'{"password": "a", "pass": true}'):
        assert _visit(target, "/pass", token, "POST", body).status == 400
    for given in ("", ".", "9" * 12 + ".", "1.x", "\xff.\xff", "9" * 400 + ".x"):
        assert _visit(target, "/photos", token, pass_=given).status in {400, 403}
    wrong = json.dumps({"password": "a wrong one"}).encode()
    # Twenty are allowed in an hour, and an hour may begin meanwhile.
    statuses = [_visit(target, "/pass", token, "POST", wrong).status for _ in range(42)]
    assert statuses.count(429) > 1, f"42 passwords were tried: {statuses}"


def _forged(target: Target) -> None:
    token, id_ = _share(target)
    own, other = target.photos["first.jpg"], _other(target)
    link = json.loads(_visit(target, f"/photos/{own}/original", token).body)["url"]
    parts = urlsplit(link)
    address = f"{parts.path.removeprefix(target.base)}?{parts.query}"
    assert target.send("GET", address, key=None).status == 200
    forged = (
        address.replace(own, other), address.replace(id_, "0" * 32), address.replace("expires=", "expires=9"),
        address.replace("/original/", "/preview/"), f"{address}&share={id_}", address.partition("&signature")[0],
        address.replace("/shared", ""), address.replace("/original/", "/original/../"), address[:-1],
    )  # fmt: skip
    for each in forged:
        assert target.send("GET", each, key=None).status in {400, 401, 403, 404}, each
    target.send("DELETE", f"/api/shares/{id_}", status=[204])
    assert target.send("GET", address, key=None).status == 404, "a picture of a revoked share"


def _pages(target: Target) -> None:
    for tail in ("", "A" * 43, "../api/search", "..%2fapi%2fsearch", "%00", "<script>", "x" * 3000, "a/b/c"):
        reply = target.send("GET", f"/s/{tail}", key=None)
        assert reply.status in {200, 400, 401, 404, 414, 431}, f"{tail[:40]}: {reply.status}"
        assert b"<script>x" not in reply.body


def _timing(target: Target) -> None:
    token, id_ = _share(target)
    target.send("DELETE", f"/api/shares/{id_}", status=[204])
    took: dict[str, list[float]] = {token: [], secrets.token_urlsafe(32): []}
    for _ in range(20):
        for each, times in took.items():
            began = time.monotonic()
            _visit(target, "/photos", each)
            times.append(time.monotonic() - began)
    one, other = (min(each) for each in took.values())
    assert max(one, other) < 5 * min(one, other) + 0.05, f"{one:.3f} and {other:.3f} seconds"
