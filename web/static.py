"""The files of the web page: typed, gzipped, tagged, and none from outside their folder."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import NotFound, SettingsError
from shared.public_address import public_address
from shared.services import services
from web.security_headers import PERMISSIONS_POLICY
from web.upload_rules import upload_rules

FOLDER = Path(__file__).with_name("page")
INDEX_PAGE = "index.html"
UPLOAD_RULES = 'name="upload-rules" content="{}"'
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
ALREADY_COMPRESSED = {".woff2"}
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


@dataclass(frozen=True)
class StaticFile:
    """One file: its bytes, its bytes gzipped (empty where that gains nothing), and its digest."""

    content_type: str
    body: bytes
    gzipped: bytes
    digest: str


async def page(request: Request) -> Response:
    """The web page. It is served even when the settings are wrong, so that it can say so."""
    try:
        clients = services()
    except SettingsError:
        return home(request.headers, picture_origin="", rules=upload_rules(None))
    return home(request.headers, picture_origin=clients.storage.origin, rules=upload_rules(clients.settings))


async def page_file(request: Request) -> Response:
    """A file of the web page."""
    return asset(request.path_params["file"], request.headers)


def home(request: Mapping[str, str], *, picture_origin: str, rules: Mapping[str, Any]) -> Response:
    """The page; `picture_origin` is where the photos come from, empty if that is not known; `rules` for uploads."""
    file = _home(version(), json.dumps(rules), public_address().base_path)
    headers = {
        "Content-Security-Policy": policy(picture_origin),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cache-Control": REVALIDATE,
    }
    return _file_response(file, request, headers)


def asset(path: str, request: Mapping[str, str]) -> Response:
    """
    One file by `<version>/<name>`, or NotFound.

    The version makes a URL change with the contents, so a browser may cache it forever. A tab from before
    an update asks for an old version: it gets today's file, to be revalidated each time.
    """
    requested_version, _, name = path.partition("/")
    if name not in _names():
        raise NotFound(f"the page has no file {name!r}", param="file")
    cache_control = IMMUTABLE if requested_version == version() else REVALIDATE
    return _file_response(_read(name), request, {"Cache-Control": cache_control})


def policy(picture_origin: str) -> str:
    """The content security policy: only our own files, and pictures from the photo account."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "img-src": f"'self' blob: data: {picture_origin}".strip(),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "dompurify",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def version() -> str:
    """A short hash of all files: it changes whenever one does."""
    parts = "".join(f"{name} {_read(name).digest}\n" for name in sorted({INDEX_PAGE, *_names()}))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


@cache
def _names() -> frozenset[str]:
    """Every file the page may ask for. Requests are looked up here, so no path leads out of the folder."""
    files = (each for each in FOLDER.rglob("*") if each.suffix in CONTENT_TYPES and "node_modules" not in each.parts)
    return frozenset(each.relative_to(FOLDER).as_posix() for each in files) - {INDEX_PAGE}


def _read(name: str) -> StaticFile:
    path = FOLDER / name
    return _file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _file(path: Path, _modified: int) -> StaticFile:
    return _static_file(path.suffix, path.read_bytes())


@lru_cache(maxsize=2)
def _home(current: str, rules: str, base_path: str) -> StaticFile:
    """The page with base path and version in the URLs of its files, and with the rules for uploads as JSON."""
    text = (FOLDER / INDEX_PAGE).read_text(encoding="utf-8").replace('"/page/', f'"{base_path}/page/{current}/')
    text = text.replace('href="/"', f'href="{base_path}/"')
    return _static_file(".html", text.replace(UPLOAD_RULES.format("{}"), UPLOAD_RULES.format(escape(rules))).encode())


def _static_file(suffix: str, body: bytes) -> StaticFile:
    gzipped = b"" if suffix in ALREADY_COMPRESSED else gzip.compress(body, 9, mtime=0)
    return StaticFile(CONTENT_TYPES[suffix], body, gzipped, hashlib.sha256(body).hexdigest()[:20])


def _file_response(file: StaticFile, request: Mapping[str, str], headers: Mapping[str, str]) -> Response:
    tag = f'W/"{file.digest}"'
    headers = {**headers, "ETag": tag, "Vary": "Accept-Encoding", "Content-Type": file.content_type}
    if tag in (each.strip() for each in request.get("if-none-match", "").split(",")):
        return Response(b"", 304, headers)
    if file.gzipped and "gzip" in request.get("accept-encoding", ""):
        return Response(file.gzipped, 200, headers | {"Content-Encoding": "gzip"})
    return Response(file.body, 200, headers)
