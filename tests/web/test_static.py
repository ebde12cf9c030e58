"""The files of the web page."""

import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from shared.errors import NotFound, SettingsError
from tests.bundled_app import bundle
from tests.web.fake_services import SETTINGS, FakeServices
from web import static

GZIP = {"accept-encoding": "br, gzip"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A page of a few files in place of ours."""
    (tmp_path / "js" / "node_modules").mkdir(parents=True)
    (tmp_path / "index.html").write_text('<link href="/page/js/app.js"><a href="/page/x">', encoding="utf-8")
    (tmp_path / "js" / "app.js").write_text("let a = 1;\n" * 50, encoding="utf-8")
    (tmp_path / "js" / "node_modules" / "left.js").write_text("x", encoding="utf-8")
    (tmp_path / "font.woff2").write_bytes(b"font" * 50)
    (tmp_path / "secret.py").write_text("x", encoding="utf-8")
    monkeypatch.setattr(static, "FOLDER", tmp_path)
    clear_caches()
    yield tmp_path
    clear_caches()


def clear_caches() -> None:
    static._list.cache_clear()
    static._file.cache_clear()
    static._home.cache_clear()
    static._warn_of_old_bundle.cache_clear()


def body(response: Response) -> bytes:
    return bytes(response.body)


@pytest.mark.usefixtures("folder")
def test_the_page_names_its_files_by_version() -> None:
    response = static.home({}, picture_origin="https://blobs", rules={"accept": ["image/*"]})

    version = static.version()
    assert body(response).decode() == f'<link href="/page/{version}/js/app.js"><a href="/page/{version}/x">'
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert "img-src 'self' blob: data: https://blobs;" in response.headers["content-security-policy"]
    assert "worker-src 'self';" in response.headers["content-security-policy"]
    assert "camera=()" in response.headers["permissions-policy"]
    assert response.headers["link"] == "<https://blobs>; rel=preconnect"


@pytest.mark.usefixtures("folder")
def test_only_an_origin_of_its_own_is_connected_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://photos.example")
    told = [
        static.home({}, picture_origin=origin, rules={}).headers.get("link")
        for origin in ("", "https://photos.example", "https://blobs https://tiles")
    ]

    assert told == [None, None, "<https://blobs>; rel=preconnect"]


def add_bundle(folder: Path, sources: str) -> None:
    (folder / "dist" / "js").mkdir(parents=True)
    (folder / "dist" / "index.html").write_text('<script src="/page/js/app-ABCDEFGH.js">', encoding="utf-8")
    (folder / "dist" / "js" / "app-ABCDEFGH.js").write_text("bundled", encoding="utf-8")
    (folder / "dist" / "sources").write_text(sources, encoding="utf-8")


def test_a_bundle_is_served_in_place_of_its_sources(folder: Path) -> None:
    add_bundle(folder, static.version_of_sources())

    page = body(static.home({}, picture_origin="", rules={})).decode()

    assert page == '<script src="/page/bundle/js/app-ABCDEFGH.js">'
    current, old = (static.asset(f"bundle/js/app-{hash_}.js", {}) for hash_ in ("ABCDEFGH", "00000000"))
    assert body(current) == body(old) == b"bundled"
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert old.headers["cache-control"] == "no-cache"
    for missing in ("bundle/js/app.js", "bundle/js/other-00000000.js", "bundle/font.woff2", "bundle/sources"):
        with pytest.raises(NotFound):
            static.asset(missing, {})


def test_a_bundle_needs_no_sources_beside_it(folder: Path) -> None:
    add_bundle(folder, "0123456789ab")
    (folder / "index.html").unlink()

    assert b"/page/bundle/" in body(static.home({}, picture_origin="", rules={}))


def test_a_bundle_of_other_sources_is_not_served(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    add_bundle(folder, static.version_of_sources())
    (folder / "js" / "app.js").write_text("edited", encoding="utf-8")
    os.utime(folder / "js" / "app.js", ns=(1, 1))

    pages = [body(static.home({}, picture_origin="", rules={})) for _ in range(2)]

    assert all(b"/js/app.js" in page for page in pages)
    assert [record.message for record in caplog.records] == [
        "the page has changed since it was bundled, so its sources are served; `make bundle` renews it"
    ]


def test_the_bundle_knows_the_version_of_its_sources(tmp_path: Path) -> None:
    clear_caches()
    bundle(tmp_path)

    assert (tmp_path / "sources").read_text() == static.version_of_sources()


def test_the_folder_of_a_bundle_is_meant_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    bundle(Path("here"))

    assert (tmp_path / "here" / "index.html").exists()
    assert any((tmp_path / "here" / "js").iterdir())


def test_every_address_in_the_page_begins_with_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_caches()
    monkeypatch.setenv("BASE_PATH", "/photos")

    page = body(static.home({}, picture_origin="", rules={})).decode()

    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert len(addresses) > 4
    assert "/photos/" in addresses
    assert {each.split("/")[1] for each in addresses} == {"photos"}


def test_no_script_names_an_address_from_the_root() -> None:
    """`api.js` puts the base path before what its callers name; whoever asks without it must do so, too."""
    for path in sorted(static.FOLDER.glob("js/**/*.js")):
        for line in path.read_text(encoding="utf-8").splitlines():
            asks = re.search(r"(?:fetch|open|href|location)\W.*[\"`'](?:/api|/v1|/page|/\?|/[\"`'])", line)
            assert not asks or "basePath" in line, f"{path.name}: {line}"


def test_the_version_changes_with_any_file(folder: Path) -> None:
    versions = {static.version()}
    for number, name in enumerate(("index.html", "js/app.js", "font.woff2"), 1):
        (folder / name).write_text(f"changed {number}", encoding="utf-8")
        os.utime(folder / name, ns=(number, number))
        versions.add(static.version())

    assert len(versions) == 4
    assert all(len(version) == 12 for version in versions)


def test_a_changed_page_is_served_as_it_is_now(folder: Path) -> None:
    before = static.home({}, picture_origin="", rules={})
    (folder / "index.html").write_text("new", encoding="utf-8")
    os.utime(folder / "index.html", ns=(1, 1))

    after = static.home({}, picture_origin="", rules={})

    assert body(after) == b"new"
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.usefixtures("folder")
def test_a_file_of_this_version_may_be_kept_for_ever_and_one_of_another_not() -> None:
    current, old = static.asset(f"{static.version()}/js/app.js", {}), static.asset("0123/js/app.js", {})

    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert old.headers["cache-control"] == "no-cache"
    assert body(current) == body(old) == b"let a = 1;\n" * 50
    assert current.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "content-security-policy" not in current.headers


@pytest.mark.usefixtures("folder")
def test_files_are_compressed_for_browsers_that_accept_it() -> None:
    plain, packed = static.asset("v/js/app.js", {}), static.asset("v/js/app.js", GZIP)

    assert gzip.decompress(body(packed)) == body(plain)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("folder")
def test_fonts_are_compressed_already() -> None:
    font = static.asset("v/font.woff2", GZIP)

    assert "content-encoding" not in font.headers
    assert body(font) == b"font" * 50
    assert font.headers["content-type"] == "font/woff2"


@pytest.mark.usefixtures("folder")
def test_what_a_browser_has_already_is_not_sent_again() -> None:
    tag = static.asset("v/js/app.js", {}).headers["etag"]
    digest = hashlib.sha256(b"let a = 1;\n" * 50).hexdigest()[:20]
    assert tag == f'W/"{digest}"'

    for tags in (tag, f'"x", {tag}'):
        response = static.asset("v/js/app.js", {"if-none-match": tags})
        assert (response.status_code, body(response), response.headers["etag"]) == (304, b"", tag)
    assert static.asset("v/js/app.js", {"if-none-match": '"x"'}).status_code == 200


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path",
    [
        "v/index.html", "v/secret.py", "v/js/node_modules/left.js", "v/../static.py", "v//etc/passwd", "js/app.js",
        "v/js", "v/", "v", "",
    ],
)  # fmt: skip
def test_nothing_else_is_served(path: str) -> None:
    with pytest.raises(NotFound) as error:
        static.asset(path, {})

    assert error.value.param == "file"


def test_without_a_known_origin_pictures_come_from_us_alone() -> None:
    policy = dict(rule.split(" ", 1) for rule in static.policy("").split("; "))

    assert policy["img-src"] == "'self' blob: data:"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == "'self'"


async def test_the_page_and_its_files_need_no_services(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> FakeServices:
        raise SettingsError("OPENAI_BASE_URL is missing")

    page = await http.get("/")
    assert "img-src 'self' blob: data: https://blobs;" in page.headers["content-security-policy"]

    monkeypatch.setattr(static, "services", fail)
    page = await http.get("/")
    assert page.status_code == 200
    assert "img-src 'self' blob: data:;" in page.headers["content-security-policy"]
    script, *_ = re.findall(r'src="(/page/[^"]+)"', page.text)
    assert (await http.get(script)).status_code == 200
    assert (await http.get("/page/x/nonsense.js")).json()["error"]["param"] == "file"


@pytest.mark.usefixtures("services")
def test_every_file_the_page_names_is_there() -> None:
    page = (static.FOLDER / "index.html").read_text(encoding="utf-8")
    names = {part.partition('"')[0] for part in page.split('"/page/')[1:]}

    assert names
    assert names <= static._names(static.FOLDER)


def served_worker(content: bytes) -> tuple[dict[str, Any], str]:
    """What the worker is told, and its script."""
    told, _, script = content.decode().removeprefix("self.page = ").partition(";\n")
    return json.loads(told), script


def test_the_service_worker_knows_the_files_of_the_page_and_may_serve_all_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_PATH", "/photos")
    (folder / "serviceWorker.js").write_text("listen()", encoding="utf-8")
    (folder / "js" / "share").mkdir()
    for name in ("js/share/sharePage.js", "js/sharePage-ABCDEFGH.js", "js/app.js.map", "icon.png"):
        (folder / name).write_text("x", encoding="utf-8")

    response = static.service_worker({}, None)

    told, script = served_worker(body(response))
    version = static.version()
    assert told["files"] == [f"page/{version}/font.woff2", f"page/{version}/js/app.js"]
    assert script == "listen()"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["service-worker-allowed"] == "/photos/"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    )


def test_the_service_worker_changes_with_the_page_with_its_files_and_with_itself(folder: Path) -> None:
    add_bundle(folder, "0123456789ab")
    (folder / "index.html").unlink()
    dist = folder / "dist"
    told = set()
    for number, (name, text) in enumerate(
        [
            ("serviceWorker.js", "listen()"),
            ("index.html", '<script src="/page/js/app-ABCDEFGH.js">new'),
            ("js/other-00000000.js", "x"),
            ("serviceWorker.js", "listen again()"),
        ]
    ):
        (dist / name).write_text(text, encoding="utf-8")
        for each in (dist / name, dist / "index.html"):
            os.utime(each, ns=(number, number))
        told.add(served_worker(body(static.service_worker({}, None)))[0]["version"])

    assert len(told) == 4


async def test_the_service_worker_has_one_address_in_every_version(
    http: httpx.AsyncClient, services: FakeServices
) -> None:
    clear_caches()

    response = await http.get("/page/current/serviceWorker.js")

    told, _ = served_worker(response.content)
    page = (await http.get("/")).text
    assert {*re.findall(r'"/(page/[^"]+\.(?:css|js|woff2))"', page)} <= {*told["files"]}
    for file in told["files"]:
        assert "immutable" in (await http.get(f"/{file}")).headers["cache-control"]
    assert "connect-src 'self' https://blobs;" in response.headers["content-security-policy"]
    assert (await http.get("/page/current/js/serviceWorker.js/serviceWorker.js")).status_code == 404
    services.settings = SETTINGS.model_copy(update={"pictures": "proxy"})
    response = await http.get("/page/current/serviceWorker.js")
    assert "connect-src 'self';" in response.headers["content-security-policy"]
