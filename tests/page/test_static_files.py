"""The files of the page over HTTP: typed, compressed, cached by browsers, and none from outside their folder."""

import re

import httpx
import pytest

from tests.page.conftest import BUNDLED, Visit, photos
from tests.world import World
from web.static import FOLDER, policy

ON_FIRST_USE = {f"strings/{language}.js" for language in ("de", "fr", "es")}


def addresses(world: World) -> list[str]:
    """Every file the page names."""
    return re.findall(r'"(/page/[^"]+)"', world.http.get("/").text)


def test_every_file_the_page_names_is_there_and_may_be_cached_for_good(world: World) -> None:
    for address in addresses(world):
        answer = world.http.get(address)

        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        kind = {
            "js": "text/javascript",
            "webmanifest": "application/manifest+json",
            "css": "text/css",
            "svg": "image/svg+xml",
            "woff2": "font/woff2",
        }
        assert answer.headers["content-type"].startswith(kind[address.rpartition(".")[2]])


@pytest.mark.skipif(BUNDLED, reason="the bundle has its own files")
def test_every_module_is_preloaded(world: World) -> None:
    of_a_share = re.findall(r'"(/page/[^"]+)"', world.http.get("/s/").text)
    preloaded = {address.partition("/js/")[2] for address in [*addresses(world), *of_a_share]}
    modules = {path.relative_to(FOLDER / "js").as_posix() for path in (FOLDER / "js").rglob("*.js")}

    assert modules - ON_FIRST_USE <= preloaded


@pytest.mark.skipif(BUNDLED, reason="the bundle has its own names")
def test_an_address_of_an_older_version_gets_todays_file_uncached(world: World) -> None:
    answer = world.http.get("/page/0123456789ab/js/app.js")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_a_file_the_browser_has_is_not_sent_again(world: World) -> None:
    tag = world.http.get("/").headers["etag"]

    again = world.http.get("/", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")


OUTSIDE = [
    "x/../static.py",
    "x/../../function_app.py",
    "x/%2e%2e/static.py",
    "x/..%2fstatic.py",
    "x/js/../../static.py",
    "x//etc/passwd",
    "x/js\\app.js",
    "x/vendor/package.json",
    "x/vendor/copy",
    "x/index.html",
    "x/",
    "app.js",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_else_is_served(world: World, path: str) -> None:
    url = httpx.URL(str(world.http.base_url)).copy_with(raw_path=f"/page/{path}".encode())

    assert world.http.get(url).status_code == 404


def test_the_policy_allows_no_inline_code_and_pictures_of_the_photo_account_only(world: World) -> None:
    rules = world.http.get("/").headers["content-security-policy"]

    assert "unsafe" not in rules
    assert rules == policy(f"http://127.0.0.1:{world.azurite.blob_port}")


def test_the_page_weighs_less_than_it_may_and_fetches_nothing_from_elsewhere(visit: Visit, world: World) -> None:
    page = visit("about:blank")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto("/")
    photos(page)

    sizes = page.evaluate("performance.getEntriesByType('resource').map((each) => [each.name, each.transferSize])")
    assert sum(size for name, size in sizes if "/page/" in name) < 180_000
    ours = (f"{world.http.base_url}", f"http://127.0.0.1:{world.azurite.blob_port}/", "blob:", "data:")
    assert [url for url in requested if not url.startswith(ours)] == []


def test_links_are_fetched_in_batches_and_errors_name_the_parameter(world: World) -> None:
    ids = [photo["id"] for photo in world.get("/api/search", top=3)["photos"]]

    answer = world.http.post("/api/links", json={"ids": ids}).json()
    wrong = world.http.post("/api/links", json={"ids": ["../secret"]})

    assert set(answer["links"]) == set(ids)
    assert all(httpx.get(url, trust_env=False).status_code == 200 for url in answer["links"].values())
    assert wrong.status_code == 400
    assert wrong.json()["error"]["param"] == "ids"
