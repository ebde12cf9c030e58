"""Bodies that are too large, too deep, too many or no text, and numbers that no machine can hold."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any
from urllib.parse import quote

from tests.attacks.attack import Attack, Check
from tests.attacks.origins import BODIES, address
from tests.attacks.target import JSON, Target
from web.routes import ROUTES, Route

MB = 1_000_000
BLOCK = b"a" * 65_536
HUGE = 200 * MB
TOO_MUCH = (0, 400, 401, 403, 413, 415, 422)
LOST = b'"\\ud800"'
QUESTION = b'{"messages": [{"role": "user", "content": %s}]%s}'
CHAT_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"hello"',
    "a number": b"1",
    "no messages": b'{"messages": []}',
    "messages that are an object": b'{"messages": {}}',
    "100,000 lists in each other": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects in each other": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 lists in a message": QUESTION % (b"[" * 100_000 + b"]" * 100_000, b""),
    "100,000 lists in an unknown field": QUESTION % (b"[]", b', "x": ' + b"[" * 100_000 + b"]" * 100_000),
    "100,000 lists that never end": b"[" * 100_000,
    "half a surrogate pair in a question": QUESTION % (LOST, b""),
    "half a surrogate pair in a stop word": QUESTION % (b'"a"', b', "stop": [' + LOST + b"]"),
    "half a surrogate pair in a user": QUESTION % (b'"a"', b', "user": ' + LOST),
    "half a surrogate pair in a model": QUESTION % (b'"a"', b', "model": ' + LOST),
    "half a surrogate pair in a role": b'{"messages": [{"role": ' + LOST + b', "content": "a"}]}',
    "half a surrogate pair in a name": QUESTION % (b'"a"', b", " + LOST + b": 1"),
    "half a surrogate pair in an earlier context": b'{"messages": [{"role": "user", "content": "a"}, {"role": '
    b'"assistant", "content": "b", "context": {"photos": [{"id": ' + LOST + b'}]}}, {"role": "user", "content": '
    b'"c"}]}',
    "surrogates as bytes": QUESTION % (b'"\xed\xa0\x80"', b""),
    "bytes that are no UTF-8": QUESTION % (b'"\xff\xfe"', b""),
    "UTF-16": (QUESTION % (b'"a"', b"")).decode().encode("utf-16"),
    "UTF-32": (QUESTION % (b'"a"', b"")).decode().encode("utf-32"),
    "a temperature of 5,000 digits": QUESTION % (b'"a"', b', "temperature": ' + b"9" * 5000),
    "a limit of 5,000 digits": QUESTION % (b'"a"', b', "max_tokens": ' + b"9" * 5000),
    "an unknown number of 5,000 digits": QUESTION % (b'"a"', b', "x": ' + b"9" * 5000),
    "1e999": QUESTION % (b'"a"', b', "temperature": 1e999'),
    "NaN": QUESTION % (b'"a"', b', "temperature": NaN'),
    "minus infinity": QUESTION % (b'"a"', b', "top_p": -Infinity'),
    "a limit beyond 64 bits": QUESTION % (b'"a"', b', "max_tokens": 18446744073709551616'),
    "a million characters too many": QUESTION % (b'"' + b"a" * 2 * MB + b'"', b""),
    "a million messages": b'{"messages": [' + b",".join([b"{}"] * MB) + b"]}",
    "a million lists": QUESTION % (b"[" + b",".join([b"[]"] * MB) + b"]", b""),
    "a million names": b"{" + b",".join(b'"%d": 1' % n for n in range(MB)) + b"}",
    "gzip that is a bomb": gzip.compress(b" " * 50 * MB),
    "a picture that is none": b'{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": '
    b'{"url": "data:text/html;base64,AAAA"}}]}]}',
    "a picture elsewhere": b'{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": '
    b'{"url": "http://169.254.169.254/metadata/instance"}}]}]}',
    "a picture in a file": b'{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": '
    b'{"url": "file:///etc/passwd"}}]}]}',
}
NUMBERS = (
    "9" * 5000, "-" + "9" * 5000, "1" + "0" * 400, "-1", "+1", "1e400", "1e5", "NaN", "nan", "inf", "-inf", "0x10",
    "1_0", "\u0663", "\u00b2", "\uff11", "1.5", "1.0", "true", "null", "[]", "{}", "9223372036854775808",
    "18446744073709551616", "2147483648", "1" + " " * 1000, "1\0", "%", "1;drop", "-0", "00", "1e-400", "0b1",
)  # fmt: skip
NUMERIC = {
    "/api/search": (
        "top", "skip", "people", "rating", "max_rating", "min_relevance", "near", "taken_in", "taken_after",
        "taken_before", "fold", "facets", "dated", "has_text",
    ),
    "/api/failures": ("top", "skip"),
}  # fmt: skip


def attacks() -> Iterator[Attack]:
    for route in ROUTES:
        if route.method != "GET":
            yield Attack("huge body", f"{route.function} told of {HUGE:,} bytes", _declared(route))
            yield Attack("huge body", f"{route.function} sent chunks of {HUGE:,} bytes", _streamed(route))
    yield Attack("huge body", "four chats of 15.9 MB at once", _four_chats(15_900_000))
    yield Attack("huge body", "four chats of 95 MB at once", _four_chats(95 * MB))
    for name, body in CHAT_BODIES.items():
        yield Attack("chat body", name, _chat(name, body))
    yield Attack("links body", "ids that are none, too many or too deep", _links)
    for path, names in NUMERIC.items():
        for name in names:
            yield Attack("number", f"{len(NUMBERS)} of them as {name} of {path}", _numbers(path, name))
    yield Attack("number", "as top of the similar photos", _similar)


def _declared(route: Route) -> Check:
    def check(target: Target) -> None:
        for length in (str(HUGE), "9" * 17, "9" * 30):
            reply = target.send(route.method, _path(route, target), JSON | {"Content-Length": length}, BLOCK)
            assert reply.status in TOO_MUCH, f"{length} bytes: {reply}"

    return check


def _streamed(route: Route) -> Check:
    def check(target: Target) -> None:
        body = repeat(BLOCK, HUGE // len(BLOCK))
        reads = route.function in {*BODIES, "upload"}  # the others answer without it
        target.send(route.method, _path(route, target), JSON, body, status=TOO_MUCH if reads else (*TOO_MUCH, 202, 404))

    return check


def _path(route: Route, target: Target) -> str:
    """Of an upload, a path that is not taken; of the others, one that is nothing's, as they would succeed."""
    if route.function == "upload":
        return f"/api/photos/{quote(target.folder)}/huge.jpg"
    return address(route, Target(target.url, folder=target.folder)).replace("first.jpg", "none.jpg")


def _four_chats(size: int) -> Check:
    def check(target: Target) -> None:
        body = QUESTION % (b'"' + b"a" * size + b'"', b"")

        def send(_: int) -> int:
            return target.send("POST", "/v1/chat/completions", JSON, body).status

        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(send, range(4)))
        assert set(statuses) <= set(TOO_MUCH), str(statuses)

    return check


def _chat(name: str, body: bytes) -> Check:
    def check(target: Target) -> None:
        headers = JSON | ({"Content-Encoding": "gzip"} if name.startswith("gzip") else {})
        for stream in (False, True):
            changed = body[:-1] + b', "stream": true}' if stream and body.endswith(b"]}") else body
            reply = target.send("POST", "/v1/chat/completions", headers, changed)
            assert reply.status in {400, 401, 413, 415}, f"{reply}"

    return check


def _links(target: Target) -> None:
    ids: Any
    for ids in ([], ["../../etc/passwd"], ["0" * 33], ["\ud800"], [1], [None], "x", {}, ["0" * 32] * 201, [[]], [""]):
        body = json.dumps({"ids": ids}).encode()
        target.send("POST", "/api/links", JSON, body, status=(400, 401))
    extra: dict[str, Any]
    for extra in ({"size": "../original"}, {"minutes": 10_000}, {"size": None}, {"__proto__": {}}):
        body = json.dumps({"ids": ["0" * 32], **extra}).encode()
        target.send("POST", "/api/links", JSON, body, status=(400, 401))
    target.send("POST", "/api/links", JSON, b"[" * 30_000 + b"]" * 30_000, status=(400, 401))


def _numbers(path: str, name: str) -> Check:
    def check(target: Target) -> None:
        for number in NUMBERS:
            target.send("GET", f"{path}?{name}={quote(number)}", status=(200, 400, 401))

    return check


def _similar(target: Target) -> None:
    id_ = next(iter(target.photos.values()), "0" * 32)
    for number in NUMBERS:
        target.send("GET", f"/api/photos/{id_}/similar?top={quote(number)}", status=(200, 400, 401, 404))
