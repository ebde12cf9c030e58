"""The page from its sources: files over HTTP are typed, compressed, cached by browsers, and none is from elsewhere."""

import posixpath
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.page.conftest import BUNDLED, Visit, photos
from tests.world import World, running_beside
from web.static import FOLDER, policy


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not BUNDLED:
        yield str(world.http.base_url).rstrip("/")
        return
    with running_beside(world, tmp_path_factory.mktemp("sources")) as host:
        yield host.url


@pytest.fixture(scope="module")
def http(origin: str) -> Iterator[httpx.Client]:
    """A client of the app that serves the sources."""
    with httpx.Client(base_url=origin, timeout=60, trust_env=False) as http:
        yield http


def addresses(http: httpx.Client) -> list[str]:
    """Every file the page names."""
    return re.findall(r'"(/page/[^"]+)"', http.get("/").text)


def test_the_page_works_from_its_sources(visit: Visit) -> None:
    page = visit()
    photos(page)

    page.locator(".tile a").first.click()
    expect(page.locator("#photo .pswp__img").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Your question").fill("How many photos are there?")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()


def test_every_file_the_page_names_is_there_and_may_be_cached_for_good(http: httpx.Client) -> None:
    for address in addresses(http):
        answer = http.get(address)

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


@pytest.mark.parametrize(("address", "entry"), [("/", "app.js"), ("/s/", "share/sharePage.js")])
def test_what_a_page_imports_at_first_is_preloaded_and_nothing_else(
    http: httpx.Client, address: str, entry: str
) -> None:
    named = re.findall(r'"(/page/[^"]+)"', http.get(address).text)

    assert {each.partition("/js/")[2] for each in named} - {""} == imported_at_first(entry)


def imported_at_first(entry: str) -> set[str]:
    """A module and all that it imports, directly or through one another, but for what is imported on first use."""
    modules, names = {entry}, [entry]
    for name in names:
        source = (FOLDER / "js" / name).read_text(encoding="utf-8")
        for other in re.findall(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";', source, re.MULTILINE):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
            if path not in modules and not path.startswith(".."):
                modules.add(path)
                names.append(path)
    return modules


def test_an_address_of_an_older_version_gets_todays_file_uncached(http: httpx.Client) -> None:
    answer = http.get("/page/0123456789ab/js/app.js")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_a_file_the_browser_has_is_not_sent_again(http: httpx.Client) -> None:
    tag = http.get("/").headers["etag"]

    again = http.get("/", headers={"If-None-Match": tag})

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
def test_nothing_else_is_served(http: httpx.Client, path: str) -> None:
    url = httpx.URL(str(http.base_url)).copy_with(raw_path=f"/page/{path}".encode())

    assert http.get(url).status_code == 404


def test_the_policy_allows_no_inline_code_and_pictures_of_the_photo_account_only(
    world: World, http: httpx.Client
) -> None:
    rules = http.get("/").headers["content-security-policy"]

    assert "unsafe" not in rules
    assert rules == policy(f"http://127.0.0.1:{world.azurite.blob_port}")


def test_the_page_weighs_less_than_it_may_and_fetches_nothing_from_elsewhere(
    visit: Visit, world: World, origin: str
) -> None:
    page = visit("about:blank")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto("/")
    photos(page)

    sizes = page.evaluate("performance.getEntriesByType('resource').map((each) => [each.name, each.transferSize])")
    assert sum(size for name, size in sizes if "/page/" in name) < 240_000
    ours = (f"{origin}/", f"http://127.0.0.1:{world.azurite.blob_port}/", "blob:", "data:")
    assert [url for url in requested if not url.startswith(ours)] == []


def test_links_are_fetched_in_batches_and_errors_name_the_parameter(world: World) -> None:
    ids = [photo["id"] for photo in world.get("/api/search", top=3)["photos"]]

    answer = world.http.post("/api/links", json={"ids": ids}).json()
    wrong = world.http.post("/api/links", json={"ids": ["../secret"]})

    assert set(answer["links"]) == set(ids)
    assert all(httpx.get(url, trust_env=False).status_code == 200 for url in answer["links"].values())
    assert wrong.status_code == 400
    assert wrong.json()["error"]["param"] == "ids"
