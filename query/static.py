"""The files of the web page as a browser may have them: typed, packed, tagged, and nothing outside their folder."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from shared.errors import NotFound

FOLDER = Path(__file__).parents[1] / "web" / "page"
HOME = "index.html"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
PACKED_ALREADY = {".woff2"}
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True)
class File:
    """One file: its bytes, the same packed with gzip (empty where that gains nothing), and its digest."""

    kind: str
    body: bytes
    packed: bytes
    digest: str


@dataclass(frozen=True)
class Reply:
    """What goes over the wire."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def home(request: Mapping[str, str], *, pictures: str) -> Reply:
    """The page; `pictures` is the origin the photos come from, empty when it is not known."""
    file = _home(version())
    headers = SAFE | {
        "Content-Security-Policy": policy(pictures),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": ASK_AGAIN,
    }
    return _reply(file, request, headers)


def asset(path: str, request: Mapping[str, str]) -> Reply:
    """
    One file by `<version>/<name>`, or NotFound.

    The version makes an address change with its contents, so a browser may keep it forever; an old
    version, as a tab from before an update asks for, gets today's file and is told not to keep it.
    """
    asked, _, name = path.partition("/")
    if name not in _names():
        raise NotFound(f"the page has no file {name!r}", param="file")
    cache_control = FOREVER if asked == version() else ASK_AGAIN
    return _reply(_read(name), request, SAFE | {"Cache-Control": cache_control})


def policy(pictures: str) -> str:
    """The content security policy: our own files alone, and pictures from the photo account."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "img-src": f"'self' blob: data: {pictures}".strip(),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "dompurify",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def version() -> str:
    """A short hash of all files: it changes whenever one does."""
    parts = "".join(f"{name} {_read(name).digest}\n" for name in sorted({HOME, *_names()}))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


@cache
def _names() -> frozenset[str]:
    """Every file there is to be had: whatever is asked for is looked up here, so no path leads out of the folder."""
    found = (each for each in FOLDER.rglob("*") if each.suffix in KINDS and "node_modules" not in each.parts)
    return frozenset(each.relative_to(FOLDER).as_posix() for each in found) - {HOME}


def _read(name: str) -> File:
    path = FOLDER / name
    return _file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _file(path: Path, _changed: int) -> File:
    return _made(path.suffix, path.read_bytes())


@lru_cache(maxsize=2)
def _home(current: str) -> File:
    """The page with the version in the addresses of its files."""
    text = (FOLDER / HOME).read_text(encoding="utf-8")
    return _made(".html", text.replace('"/page/', f'"/page/{current}/').encode())


def _made(suffix: str, body: bytes) -> File:
    packed = b"" if suffix in PACKED_ALREADY else gzip.compress(body, 9, mtime=0)
    return File(KINDS[suffix], body, packed, hashlib.sha256(body).hexdigest()[:20])


def _reply(file: File, request: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
    tag = f'W/"{file.digest}"'
    told = {**headers, "ETag": tag, "Vary": "Accept-Encoding", "Content-Type": file.kind}
    if tag in (each.strip() for each in request.get("if-none-match", "").split(",")):
        return Reply(304, b"", told)
    if file.packed and "gzip" in request.get("accept-encoding", ""):
        return Reply(200, file.packed, told | {"Content-Encoding": "gzip"})
    return Reply(200, file.body, told)
