"""The page without a connection: the last view is there, and a new deployment is taken up."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import reverse_proxy
from tests.bundled_app import bundled_app
from tests.machine import free_port
from tests.page.conftest import Visit, photos, until
from tests.reverse_proxy import ReverseProxy
from tests.world import World, picture, running_beside

BASE = "/photos"
OFFLINE = "These photos are as they were on"
# All that is kept in this browser, by the name of its cache and by its path.
KEPT = """async () => {
    const kept = {};
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const requests = await cache.keys();
        kept[name] = requests.map((request) => new URL(request.url).pathname);
    }
    return kept;
}"""
TEXTS = """async () => {
    const texts = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            texts.push(request.url, await (await cache.match(request)).text());
        }
    }
    return texts.join("\\n");
}"""


def kept(page: Page, kind: str) -> list[str]:
    """The paths in the caches of this kind."""
    caches = page.evaluate(KEPT)
    return [path for name, paths in caches.items() if name.startswith(kind) for path in paths]


def wait_until_kept(page: Page) -> None:
    """The page has its files, and the view the pictures that are shown."""

    def is_kept() -> None:
        assert page.evaluate("new URL('.', location).pathname") in kept(page, "page")
        shown = page.locator(".tile.loaded").count()
        assert len([path for path in kept(page, "last view") if "/last-view/" in path]) >= shown > 0

    until(page, is_kept)


@dataclass
class Site:
    """An address below a path, behind which there is one deployment, another one, or nothing."""

    port: int
    running: ExitStack = field(default_factory=ExitStack)

    def serve(self, upstream: str) -> None:
        self.stop()
        self.running.enter_context(reverse_proxy.running(ReverseProxy(upstream, self.port, BASE), None))

    def stop(self) -> None:
        self.running.close()


@pytest.fixture(scope="module")
def deployments(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two versions of the page."""
    folders = [tmp_path_factory.mktemp(name) for name in ("today", "tomorrow")]
    apps = [bundled_app(folder) for folder in folders]
    change(apps[1] / "web" / "page" / "dist")
    settings = {"BASE_PATH": BASE}
    with (
        running_beside(world, folders[0], app_folder=apps[0], settings=settings) as one,
        running_beside(world, folders[1], app_folder=apps[1], settings=settings) as other,
    ):
        yield one.url, other.url


def change(dist: Path) -> None:
    """Another script in place of the page's, and another name for each, as all import one another."""
    scripts = list((dist / "js").glob("*-????????.js"))
    renamed = {each.name: f"{each.stem[:-8]}{each.stem[:-9:-1]}.js" for each in scripts}
    for file in (*scripts, dist / "index.html"):
        text = file.read_text(encoding="utf-8")
        for old, new in renamed.items():
            text = text.replace(old, new)
        if file.name.startswith("app-"):
            text = f"document.documentElement.dataset.new = 'yes';{text}"
        file.unlink()
        file.with_name(renamed.get(file.name, file.name)).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def origin(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def site(port: int, deployments: tuple[str, str]) -> Iterator[Site]:
    site = Site(port)
    site.serve(deployments[0])
    yield site
    site.stop()


def test_the_last_view_is_there_without_a_server_and_renewed_with_it(
    visit: Visit, site: Site, deployments: tuple[str, str]
) -> None:
    page = visit(f"{BASE}/?folder=animals", service_workers="allow")
    names = photos(page)
    wait_until_kept(page)
    site.stop()

    page.reload()

    assert set(photos(page)) == set(names)
    banner = page.locator("#offline-banner")
    expect(banner).to_contain_text(OFFLINE)
    expect(page.locator("#add")).to_be_hidden()  # nothing is offered that cannot be done
    page.locator(".tile a").first.click()
    expect(page.locator("#photo .pswp__img").first).to_be_visible()
    expect(page.locator("#photo .photo-actions")).to_be_visible()
    page.keyboard.press("Escape")

    site.serve(deployments[0])
    expect(banner).to_be_hidden()
    expect(page.locator("#add")).to_be_visible()
    assert set(photos(page)) == set(names)


def test_another_address_offers_the_last_view(visit: Visit, site: Site) -> None:
    page = visit(f"{BASE}/?folder=animals", service_workers="allow")
    names = photos(page)
    wait_until_kept(page)
    site.stop()

    page.goto(f"{BASE}/?folder=space")
    expect(page.locator(".tile")).to_have_count(0)
    page.get_by_role("link", name=re.compile("Show the photos of ")).click()

    expect(page).to_have_url(re.compile(rf"{BASE}/\?folder=animals$"))
    assert set(photos(page)) == set(names)
    expect(page.locator("#offline-banner")).to_contain_text(OFFLINE)


def test_a_new_deployment_is_shown_at_the_next_visit_and_kept_from_then_on(
    visit: Visit, site: Site, deployments: tuple[str, str]
) -> None:
    page = visit(f"{BASE}/", service_workers="allow")
    photos(page)
    wait_until_kept(page)
    loads: list[str] = []
    page.on("domcontentloaded", lambda each: loads.append(each.url))
    site.serve(deployments[1])

    page.reload()

    photos(page)
    expect(page.locator("html[data-new]")).to_have_count(1)
    script = (page.locator("script[src]").last.get_attribute("src") or "").rpartition("/")[2]
    until(page, lambda: assert_scripts_of_the_new_worker(page, {script}))
    wait_until_kept(page)
    assert len(loads) == 1
    site.stop()
    page.reload()
    photos(page)
    expect(page.locator("html[data-new]")).to_have_count(1)


def assert_scripts_of_the_new_worker(page: Page, names: set[str]) -> None:
    """Chromium lets the worker before go on with what it does for five minutes: end it once another one waits."""
    if page.evaluate("async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting)"):
        developer_tools = page.context.new_cdp_session(page)
        developer_tools.send("ServiceWorker.enable")
        developer_tools.send("ServiceWorker.stopAllWorkers")
    assert_scripts(page, names)


def assert_scripts(page: Page, names: set[str]) -> None:
    """The scripts of the page that are kept are these."""
    assert {path.rpartition("/")[2] for path in kept(page, "page") if "/js/app-" in path} == names


@pytest.fixture
def going(world: World) -> Iterator[str]:
    """The id of a photo that the page deletes; at the end it is gone, also where the page went offline before that."""
    id_ = str(world.put("animals/gone.jpg", picture(404)).raise_for_status().json()["id"])
    world.wait_until_idle()
    yield id_
    assert world.http.delete(f"/api/photos/{id_}").status_code in {200, 404}


def test_a_photo_that_was_deleted_is_not_in_the_last_view(visit: Visit, going: str, site: Site) -> None:
    page = visit(f"{BASE}/?folder=animals", service_workers="allow")
    tile = page.locator(f'.tile[data-id="{going}"]')
    expect(tile).to_be_visible()
    wait_until_kept(page)
    tile.locator("a").click()
    page.locator("#photo .danger").click()
    expect(tile).to_have_count(0)

    def is_kept_without() -> None:
        assert going not in page.evaluate(TEXTS)

    until(page, is_kept_without)
    site.stop()
    page.goto(f"{BASE}/?folder=animals")

    photos(page)
    expect(tile).to_have_count(0)
