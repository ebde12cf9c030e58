"""The page as it is deployed: bundled, in few requests."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.bundled_app import bundled_app
from tests.page.conftest import BUNDLED, Visit, photos, until
from tests.world import World, running_beside

MOST_REQUESTS = 8  # before the first thumbnail
MOST_BYTES = 100_000  # of them, packed


@pytest.fixture(scope="module")
def origin(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if BUNDLED:
        yield str(world.http.base_url).rstrip("/")
        return
    folder = tmp_path_factory.mktemp("bundled")
    with running_beside(world, folder, app_folder=bundled_app(folder)) as host:
        yield host.url.removesuffix("/api/health")


def addresses(origin: str) -> list[str]:
    """Every file that the page names; the manifest has one name for ever, and is asked for again."""
    named = re.findall(r'"(/page/[^"]+)"', httpx.get(origin).text)
    return [each for each in named if not each.endswith(".webmanifest")]


def test_the_first_load_takes_few_requests_and_bytes(visit: Visit, world: World) -> None:
    responses: list[Response] = []
    page = visit("about:blank")
    page.on("response", lambda each: responses.append(each))  # noqa: PLW0108 - Playwright marks its handlers

    page.goto("/")
    photos(page)
    page.wait_for_load_state("networkidle")

    pictures = f"http://127.0.0.1:{world.azurite.blob_port}/"
    before = [each for each in responses if not each.url.startswith(pictures)]
    assert len(responses) > len(before)
    assert len(before) <= MOST_REQUESTS, [each.url for each in before]
    sizes = {each.url: each.request.sizes()["responseBodySize"] for each in before}
    assert sum(sizes.values()) < MOST_BYTES, sizes
    assert loaded_scripts(page) == {"firstSearch", "app"}


def test_photos_are_asked_for_once_and_before_the_page_is_loaded(visit: Visit) -> None:
    page = visit("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held: list[Route] = []
    page.route(re.compile(r"/app(-\w+)?\.js$"), lambda route: held.append(route))  # noqa: PLW0108 - likewise

    def is_held() -> None:
        assert held

    with page.expect_response("**/api/search?*"):
        page.goto("/?q=boats&folder=family+archive", wait_until="commit")
    until(page, is_held)
    held[0].continue_()

    assert photos(page)
    [search] = [url for url in asked if "/api/search" in url]
    assert "/api/search?q=boats&folder=family+archive&" in search
    assert not [url for url in asked if url.endswith("/api/links")]  # they came with the photos


def test_what_is_loaded_later_works(visit: Visit) -> None:
    page = visit()
    photos(page)

    page.locator(".tile a").first.click()
    expect(page.locator("#photo .pswp__img").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Your question").fill("How many photos are there?")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()
    assert loaded_scripts(page) > {"firstSearch", "app", "photoDialog", "photoswipe", "marked", "dompurify"}


def loaded_scripts(page: Page) -> set[str]:
    names = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    return set(re.findall(r"/page/bundle/js/(\w+)-[a-z0-9]{8}\.js", "\n".join(names)))


def test_every_file_may_be_kept_for_ever_and_has_its_source_map(origin: str) -> None:
    named = addresses(origin)

    assert len(named) == 3
    for address in named:
        answer = httpx.get(origin + address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True), address
        for name in re.findall(r"sourceMappingURL=([\w.-]+)", answer.text):
            sources = httpx.get(f"{origin}{address.rpartition('/')[0]}/{name}").json()["sources"]
            assert any(each.endswith(("/theme.css", "/js/app.js", "/js/library/firstSearch.js")) for each in sources)


def test_a_tab_from_before_an_update_gets_todays_file(origin: str) -> None:
    answer = httpx.get(f"{origin}/page/bundle/js/marked-00000000.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert httpx.get(f"{origin}/page/bundle/js/nothing-00000000.js").status_code == 404


def test_licences_are_kept_beside_the_bundle(tmp_path: Path) -> None:
    dist = bundled_app(tmp_path) / "web" / "page" / "dist"

    assert {path.stem for path in dist.glob("*.LICENSE")} == {
        "dompurify", "figtree", "marked", "photoswipe", "worldOutline",
    }  # fmt: skip
