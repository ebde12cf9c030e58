"""Files of strangers, as they come back to whoever opens one: never shown, never run, and under a safe name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tests.attacks.attack import Attack, Check, NotApplicable
from tests.attacks.library import SCRIPT, jpeg, link_to, upload, wait_for
from tests.attacks.reply import Reply
from tests.attacks.target import Target

HTML = f"--><html><body>{SCRIPT}</body></html><!--".encode()
# Pictures that are something else as well, under names that say so.
POLYGLOTS = (
    "x.html", "x.htm", "x.xhtml", "x.svg", "x.js", "x.mjs", "x.css", "x.pdf", "x.xml", "x.xsl", "x.php", "x.exe",
    "x.lnk",
    "x.bat", "x.jpg.html", "x.html.jpg", "x", ".htaccess", "x.JPG.HTML", "x.jpg%00.html", "x.swf", "x.jar", "x.wasm",
    "x.json", "x.mht", "x.url", "x.hta", "x.appcache",
)  # fmt: skip
# Names that would end a header, or the quotes in one.
HEADER_NAMES = (
    'a"; filename="b.exe.jpg', "a; filename=b.exe.jpg", "a\u2028Set-Cookie: a=b.jpg", "a'b%0d%0aX-Injected: yes.jpg",
    "\u202egpj.exe.jpg", "a%22%3b.jpg", "\u00fc\U0001f4a9.jpg", "a,b=c.jpg", "a?b#c.jpg", "a&rsct=text%2Fhtml.jpg",
    "a\u2066b\u2069.jpg", "%252e%252e.jpg", "UTF-8''evil.jpg", "=?utf-8?b?ZXZpbA==?=.jpg",
)  # fmt: skip
RUNS = ("text/html", "svg", "javascript", "xml", "pdf", "css", "json", "shockwave", "manifest")


def attacks() -> Iterator[Attack]:
    yield Attack("original", f"{len(POLYGLOTS)} pictures that are web pages as well", _polyglots)
    yield Attack("original", f"{len(HEADER_NAMES)} names that would end a header", _header_names)
    yield Attack("original", "without a link", _without_link)
    for name, change in CHANGES.items():
        yield Attack("link", name, _changed(change))
    yield Attack("link", "is for reading, and for minutes", _modest)
    yield Attack("link", "writes, deletes or lists nothing", _only_reads)
    yield Attack("link", "of another photo, another picture or the container", _other_blobs)
    yield Attack("redirect", "every redirect leads to the account of the photos", _redirects)


def needs_photos(target: Target) -> None:
    if not target.photos:
        raise NotApplicable("uploads need a key")


def needs_links(target: Target) -> None:
    """Photos, and links to storage."""
    needs_photos(target)
    if urlsplit(link_to(target, target.photos["first.jpg"])).netloc in {"", target.host}:
        raise NotApplicable("pictures pass through the app (PICTURES=proxy)")


def fetch(target: Target, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
    """Ask storage, as a browser does that was sent there."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return target.send(method, f"{parts.path}{query}", headers, body, url=f"{parts.scheme}://{parts.netloc}")


def _polyglots(target: Target) -> None:
    needs_links(target)
    names = {name: quote(name) for name in POLYGLOTS if "%" not in name}
    ids = {name: upload(target, f"polyglot {seed}/{name}", jpeg(5000 + seed, HTML)) for seed, name in enumerate(names)}
    states = wait_for(target, set(ids.values()))
    for name, id_ in ids.items():
        assert id_ in states, f"{name} is neither searchable nor failed"
        if states[id_] == "indexed":
            for url in (link_to(target, id_), _redirect(target, id_)):
                assert_harmless(fetch(target, url), name)


def _redirect(target: Target, id_: str) -> str:
    return target.send("GET", f"/api/photos/{id_}/original", status=[302]).header("location")


def assert_harmless(reply: Reply, name: str) -> None:
    assert reply.status == 200, f"{name}: {reply.status}"
    type_, disposition = reply.header("content-type"), reply.header("content-disposition")
    assert not any(word in type_ for word in RUNS), f"{name} is served as {type_}"
    assert disposition.startswith("attachment"), f"{name} is shown: {disposition!r}"
    assert "x-injected" not in reply.names, f"{name} became a header"
    saved = unquote(disposition.partition("''")[2])
    assert saved.lower().endswith((".jpg", ".jpeg", ".jpe", ".jfif")), f"{name} is saved as {saved!r}"
    assert not any(mark in saved for mark in '"\r\n/\\;\u202e\u2066' if mark != ";"), f"{name} is saved as {saved!r}"


def _header_names(target: Target) -> None:
    needs_links(target)
    ids = {name: upload(target, name, jpeg(6000 + seed, HTML)) for seed, name in enumerate(HEADER_NAMES)}
    states = wait_for(target, set(ids.values()))
    for name, id_ in ids.items():
        assert states.get(id_) == "indexed", f"{name!r} is {states.get(id_)}"
        assert_harmless(fetch(target, link_to(target, id_)), name)


def _without_link(target: Target) -> None:
    needs_links(target)
    for size in ("original", "preview", "thumbnail"):
        parts = urlsplit(link_to(target, target.photos["first.jpg"], size))
        container = parts.path.rpartition("/")[0]
        base = f"{parts.scheme}://{parts.netloc}"
        for path in (parts.path, f"{container}?restype=container&comp=list", "/?comp=list"):
            reply = fetch(target, base + path)
            assert reply.status in {400, 401, 403, 404, 409}, f"{path} is open: {reply.status}"


def _changed(change: dict[str, str | None]) -> Check:
    def check(target: Target) -> None:
        needs_links(target)
        parts = urlsplit(link_to(target, target.photos["first.jpg"]))
        query = {name: value for name, value in (dict(parse_qsl(parts.query)) | change).items() if value is not None}
        reply = fetch(target, f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(query)}")
        assert reply.status in {400, 401, 403, 404}, f"{reply.status}"

    return check


CHANGES: dict[str, dict[str, str | None]] = {
    "that is to expire later": {"se": "2199-01-01T00:00:00Z"},
    "that has expired": {"st": "2019-01-01T00:00:00Z", "se": "2020-01-01T00:00:00Z"},
    "that may write": {"sp": "rw"},
    "that may delete": {"sp": "rd"},
    "for the whole container": {"sr": "c"},
    "that is shown": {"rscd": "inline"},
    "of another type": {"rsct": "text/html"},
    "without a type": {"rsct": None},
    "without a signature": {"sig": None},
    "with an empty signature": {"sig": ""},
    "with another signature": {"sig": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
}


def _modest(target: Target) -> None:
    needs_links(target)
    for size in ("original", "preview", "thumbnail"):
        query = dict(parse_qsl(urlsplit(link_to(target, target.photos["first.jpg"], size)).query))
        assert query["sp"] == "r", f"it may {query['sp']}"
        assert query["sr"] == "b", f"it is for {query['sr']}"
        assert datetime.fromisoformat(query["se"]) - datetime.now(UTC) < timedelta(hours=25), f"it ends {query['se']}"


def _only_reads(target: Target) -> None:
    needs_links(target)
    url = link_to(target, target.photos["first.jpg"])
    for method, extra in (
        ("PUT", ""),
        ("DELETE", ""),
        ("PUT", "&comp=metadata"),
        ("PUT", "&comp=block&blockid=AAAA"),
        ("PUT", "&comp=tags"),
    ):
        reply = fetch(target, url + extra, method, b"x" if method == "PUT" else b"", **{"x-ms-blob-type": "BlockBlob"})
        assert reply.status in {400, 401, 403, 404, 405, 409, 501}, f"{method} {extra}: {reply.status}"
    assert fetch(target, url).body[:2] == b"\xff\xd8", "the original has changed"


def _other_blobs(target: Target) -> None:
    needs_links(target)
    first, second = (urlsplit(link_to(target, target.photos[name])) for name in ("first.jpg", "second.jpg"))
    preview = urlsplit(link_to(target, target.photos["second.jpg"], "preview"))
    base, container = f"{first.scheme}://{first.netloc}", first.path.split("/" + quote(target.folder))[0]
    paths = (second.path, preview.path, container, f"{first.path}/../second.jpg", f"{first.path}%2f..%2fsecond.jpg")
    for path in paths:
        for extra in ("", "&restype=container&comp=list"):
            reply = fetch(target, f"{base}{path}?{first.query}{extra}")
            assert reply.status in {400, 401, 403, 404}, f"{path}{extra}: {reply.status}"


def _redirects(target: Target) -> None:
    needs_links(target)
    origin = urlsplit(link_to(target, target.photos["first.jpg"])).netloc
    for size in ("original", "preview", "thumbnail"):
        for query in ("", "?url=//evil.example", "?next=https://evil.example", "?size=original"):
            path = f"/api/photos/{target.photos['first.jpg']}/{size}{query}"
            for headers in ({}, {"X-Forwarded-Host": "evil.example"}, {"Referer": "https://evil.example"}):
                reply = target.send("GET", path, headers)
                is_refused = reply.status == 400 and not reply.header("location")
                assert is_refused or urlsplit(reply.header("location")).netloc == origin, (
                    f"{path} leads to {reply.header('location')}"
                )
