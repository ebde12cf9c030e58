"""
The files of the web page: typed, gzipped, tagged, and none from outside their folder.

They are the bundle of `make bundle` where there is one, else its sources, which need no build.
"""

import gzip
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import NotFound, SettingsError
from shared.map_tiles import tile_origin
from shared.public_address import public_address
from shared.services import Services, services
from web.security_headers import PERMISSIONS_POLICY
from web.service_worker import SERVICE_WORKER, worker_headers, worker_script
from web.upload_rules import upload_rules

FOLDER = Path(__file__).with_name("page")
BUNDLE = "dist"  # the folder of the bundle in it
BUNDLED_SOURCES = "sources"  # a file of the bundle: the version of what it was built from
BUNDLE_VERSION = "bundle"  # in addresses: the names of its files change with their contents
CONTENT_HASH = re.compile(r"-[A-Za-z0-9]{8}(?=\.)")
INDEX_PAGE, SHARE_PAGE = "index.html", "share.html"
UPLOAD_RULES = 'name="upload-rules" content="{}"'
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
ALREADY_COMPRESSED = {".png", ".woff2"}
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StaticFile:
    """One file: its bytes, its bytes gzipped (empty where that gains nothing), and its digest."""

    content_type: str
    body: bytes
    gzipped: bytes
    digest: str


async def page(request: Request) -> Response:
    """The web page. It is served even when the settings are wrong, so that it can say so."""
    clients = _services()
    settings = clients.settings if clients else None
    tiles = tile_origin(settings.map_tiles) if settings else ""
    origins = " ".join(filter(None, (_picture_origin(clients), tiles)))
    return home(request.headers, picture_origin=origins, rules=upload_rules(settings))


def _services() -> Services | None:
    """None where the settings are wrong."""
    try:
        return services()
    except SettingsError:
        return None


def _picture_origin(clients: Services | None) -> str:
    """Where pictures come from: the storage account, or ourselves, under the address that people use."""
    if clients is None:
        return ""
    return public_address().origin if clients.settings.pictures == "proxy" else clients.storage.origin


async def share_page(request: Request) -> Response:
    """The page of a share, which is the same for every token: the page itself asks what it may show."""
    response = home(request.headers, picture_origin=_picture_origin(_services()), rules={}, name=SHARE_PAGE)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


async def page_file(request: Request) -> Response:
    """A file of the web page; what follows the version is its name."""
    path = request.path_params["file"]
    if path.partition("/")[2] == SERVICE_WORKER:
        return service_worker(request.headers, _services())
    return asset(path, request.headers)


def service_worker(request: Mapping[str, str], clients: Services | None) -> Response:
    """The service worker for the files that are served, and for the page as it is now."""
    folder, base_path = _folder(), public_address().base_path
    rules = json.dumps(upload_rules(clients.settings if clients else None))
    page = _home(_read(folder / INDEX_PAGE).body, _version(folder), rules, base_path)
    script = worker_script(_read(folder / SERVICE_WORKER).body, _names(folder), _version(folder), page.digest)
    return _file_response(_static_file(".js", script), request, worker_headers(base_path, _picture_origin(clients)))


def home(
    request: Mapping[str, str], *, picture_origin: str, rules: Mapping[str, Any], name: str = INDEX_PAGE
) -> Response:
    """
    The page; `picture_origin` is where photos, and tiles of the map, come from, empty if that is not known; `rules` for
    uploads.
    """
    folder = _folder()
    file = _home(_read(folder / name).body, _version(folder), json.dumps(rules), public_address().base_path)
    headers = {
        "Content-Security-Policy": policy(picture_origin),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cache-Control": REVALIDATE,
    }
    pictures = picture_origin.partition(" ")[0]
    if pictures and pictures != public_address().origin:
        headers["Link"] = f"<{pictures}>; rel=preconnect"  # connected by the time that pictures are asked for
    return _file_response(file, request, headers)


def asset(path: str, request: Mapping[str, str]) -> Response:
    """
    One file by `<version>/<name>`, or NotFound.

    The version, or the hash in a bundled name, makes a URL change with the contents, so a browser may cache it
    forever. A tab from before an update asks for an old one: it gets today's file, to be revalidated each time.
    """
    folder = _folder()
    requested_version, _, name = path.partition("/")
    current_name = _current_name(folder, name)
    if current_name is None:
        raise NotFound(f"the page has no file {name!r}", param="file")
    is_current = requested_version == _version(folder) and name == current_name
    return _file_response(
        _read(folder / current_name), request, {"Cache-Control": IMMUTABLE if is_current else REVALIDATE}
    )


def policy(picture_origin: str) -> str:
    """The content security policy: only our own files, and pictures from the photo account."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "img-src": f"'self' blob: data: {picture_origin}".strip(),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "dompurify service-worker",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def version() -> str:
    """What stands for the contents of all files in their addresses: it changes whenever one does."""
    return _version(_folder())


def _version(folder: Path) -> str:
    return version_of_sources() if folder == FOLDER else BUNDLE_VERSION


def version_of_sources() -> str:
    """A short hash of all sources; `web/bundle/build.mjs` makes the same one."""
    names = sorted({INDEX_PAGE, *_names(FOLDER)})
    parts = "".join(f"{name} {_read(FOLDER / name).digest}\n" for name in names)
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _folder() -> Path:
    """Where the page is served from. A bundle of other sources than those beside it is not used."""
    bundle = FOLDER / BUNDLE
    if not (bundle / INDEX_PAGE).exists():
        return FOLDER
    if (FOLDER / INDEX_PAGE).exists() and (bundle / BUNDLED_SOURCES).read_text().strip() != version_of_sources():
        _warn_of_old_bundle()
        return FOLDER
    return bundle


@cache
def _warn_of_old_bundle() -> None:
    logger.warning("the page has changed since it was bundled, so its sources are served; `make bundle` renews it")


def _current_name(folder: Path, name: str) -> str | None:
    """The file itself, or the one that has another hash in its name today; None if there is neither."""
    names = _names(folder)
    if name in names:
        return name
    same = [each for each in names if CONTENT_HASH.sub("", each) == CONTENT_HASH.sub("", name)]
    return same[0] if len(same) == 1 and same[0] != name and CONTENT_HASH.search(name) else None


def _names(folder: Path) -> frozenset[str]:
    """Every file the page may ask for. Requests are looked up here, so no path leads out of the folder."""
    return _list(folder, (folder / INDEX_PAGE).stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _list(folder: Path, _modified: int) -> frozenset[str]:
    files = (each.relative_to(folder) for each in folder.rglob("*") if each.suffix in CONTENT_TYPES)
    return frozenset(each.as_posix() for each in files if not {BUNDLE, "node_modules"} & {*each.parts}) - {INDEX_PAGE}


def _read(path: Path) -> StaticFile:
    return _file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _file(path: Path, _modified: int) -> StaticFile:
    return _static_file(path.suffix, path.read_bytes())


@lru_cache(maxsize=4)
def _home(index_page: bytes, current: str, rules: str, base_path: str) -> StaticFile:
    """The page with base path and version in the URLs of its files, and with the rules for uploads as JSON."""
    text = index_page.decode().replace('"/page/', f'"{base_path}/page/{current}/')
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
