"""Adding photos: progress, the outcome of each, and a second chance for those that failed."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.page.conftest import Visit, photos, until
from tests.world import ROOT, World, picture


def file(name: str, data: bytes, kind: str = "image/jpeg") -> Any:
    return {"name": name, "mimeType": kind, "buffer": data}


def add(page: Page, *files: Any) -> None:
    page.locator(".add-photos input[type=file]").first.set_input_files(files=list(files))


def row(page: Page, name: str) -> Locator:
    return page.locator("#uploads li").filter(has_text=name)


def test_three_files_of_which_one_is_broken(page: Page, world: World) -> None:
    world.misbehave(kind="content_filter", on="vision", count=1)
    add(page, file("refused.jpg", picture(81)))
    expect(row(page, "refused.jpg")).to_contain_text("Failed: ", timeout=30_000)
    add(page, file("good.jpg", picture(82)), file("broken.jpg", b"\xff\xd8 not an image"))

    expect(row(page, "good.jpg")).to_contain_text("Searchable", timeout=30_000)
    expect(row(page, "broken.jpg")).to_contain_text("Failed: ", timeout=30_000)
    page.get_by_role("button", name="Try refused.jpg again").click()
    expect(row(page, "refused.jpg")).to_contain_text("Searchable", timeout=30_000)

    assert {"good.jpg", "refused.jpg"} <= world.paths()
    assert "broken.jpg" not in world.paths()
    _forget(world, "good.jpg", "refused.jpg", "broken.jpg")


def test_a_file_that_is_not_an_image_is_refused_and_never_sent(page: Page, world: World) -> None:
    add(page, file("notes.txt", b"milk, bread", "text/plain"))

    expect(row(page, "notes.txt")).to_contain_text("Failed: this file isn't a picture we can read")
    assert not world.photos.get_blob_client("notes.txt").exists()


def test_a_file_the_server_finds_too_large_says_so(page: Page) -> None:
    page.route(
        "**/api/photos/large.jpg",
        lambda route: route.fulfill(status=413, body="no") if _is_put(route) else route.continue_(),
    )

    add(page, file("large.jpg", picture(83)))

    expect(row(page, "large.jpg")).to_contain_text("Failed: the file is larger than this service accepts")


def _is_put(route: Any) -> bool:
    return bool(route.request.method == "PUT")


def test_the_same_photo_is_not_sent_twice_and_another_of_the_same_name_replaces_nothing(
    page: Page, world: World
) -> None:
    first = picture(84)
    add(page, file("IMG_0001.jpg", first))
    expect(row(page, "IMG_0001.jpg")).to_contain_text("Searchable", timeout=30_000)
    page.get_by_role("button", name="Clear finished").click()

    add(page, file("IMG_0001.jpg", first))
    expect(row(page, "IMG_0001.jpg")).to_contain_text("Already in your photos")
    page.get_by_role("button", name="Clear finished").click()
    add(page, file("IMG_0001.jpg", picture(85)))
    expect(row(page, "IMG_0001 (2).jpg")).to_contain_text("Searchable", timeout=30_000)

    assert world.photos.download_blob("IMG_0001.jpg").readall() == first
    _forget(world, "IMG_0001.jpg", "IMG_0001 (2).jpg")


def test_a_library_without_photos_offers_to_add_some(visit: Visit) -> None:
    page = visit("about:blank")
    nothing: Any = {"total": 0, "photos": [], "facets": {"month": []}}
    page.route("**/api/search*", lambda route: route.fulfill(json=nothing))
    page.goto("/")
    expect(page.get_by_role("heading", name="No photos yet")).to_be_visible()

    with page.expect_file_chooser() as chooser:
        page.locator("#library-message").get_by_role("button", name="Choose photos").click()

    assert chooser.value.is_multiple()
    expect(page.get_by_role("button", name="Filters")).to_be_hidden()


def test_a_folder_keeps_its_shape_and_the_upload_list_survives_other_views(
    page: Page, world: World, tmp_path: Path
) -> None:
    (tmp_path / "trip" / "day 1").mkdir(parents=True)
    (tmp_path / "trip" / "day 1" / "a.jpg").write_bytes(picture(86))
    (tmp_path / "trip" / ".hidden.jpg").write_bytes(picture(87))

    page.locator(".add-photos input[type=file]").nth(1).set_input_files(tmp_path / "trip")
    page.locator("#status-button").click()
    page.keyboard.press("Escape")

    expect(row(page, "trip/day 1/a.jpg")).to_contain_text("Searchable", timeout=30_000)
    expect(page.locator("#uploads li")).to_have_count(1)
    _forget(world, "trip/day 1/a.jpg")


def test_dropped_files_are_added(page: Page, world: World) -> None:
    _drop(page, "#grid", "dropped.jpg", picture(88))

    expect(row(page, "dropped.jpg")).to_contain_text("Searchable", timeout=30_000)
    _forget(world, "dropped.jpg")


def test_a_picture_dropped_on_the_chat_goes_into_the_question(page: Page) -> None:
    _drop(page, "#chat textarea", "dropped.jpg", picture(89))

    expect(page.get_by_alt_text("The picture added to the question")).to_be_visible()
    expect(page.locator("#uploads")).to_be_hidden()


def _drop(page: Page, selector: str, name: str, data: bytes) -> None:
    transfer = page.evaluate_handle(
        """([name, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
            return transfer;
        }""",
        [name, list(data)],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(selector, event, {"dataTransfer": transfer})


def test_photos_that_arrive_while_somebody_looks_appear_or_are_offered(visit: Visit, world: World) -> None:
    page = visit()
    photos(page)

    assert world.put("newly/arrived.jpg", (ROOT / "samples/space/thunderstorm.jpg").read_bytes()).status_code == 201
    world.wait_until_idle()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator("#total")).to_have_text("10 photos", timeout=30_000)
    _forget(world, "newly/arrived.jpg")


def _forget(world: World, *paths: str) -> None:
    ids = {photo["path"]: photo["id"] for photo in world.get("/api/search", top=200)["photos"]}
    ids |= {path: failure["id"] for path, failure in world.failures().items()}
    for path in paths:
        world.http.delete(f"/api/photos/{ids[path]}").raise_for_status()
    until(lambda: _left(world, paths))


def _left(world: World, paths: tuple[str, ...]) -> None:
    assert not world.paths() & set(paths)
