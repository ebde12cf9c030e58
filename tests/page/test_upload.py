"""Adding photos: progress, the outcome of each, and a second chance for those that failed."""

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from ingest.decoding.sniff import PICKER_ACCEPTS
from shared.photo import photo_id
from tests.ingest.facts.builders import xmp
from tests.ingest.test_companions import QUICKTIME
from tests.machine import eventually
from tests.page.conftest import Visit, file_dialog, photos, until
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
    expect(row(page, "refused.jpg")).to_contain_text("Failed: ", timeout=60_000)
    add(page, file("good.jpg", picture(82)), file("broken.jpg", b"\xff\xd8 not an image"))

    expect(row(page, "good.jpg")).to_contain_text("Searchable", timeout=60_000)
    expect(row(page, "broken.jpg")).to_contain_text("Failed: ", timeout=60_000)
    page.get_by_role("button", name="Try refused.jpg again").click()
    expect(row(page, "refused.jpg")).to_contain_text("Searchable", timeout=60_000)

    assert {"good.jpg", "refused.jpg"} <= world.paths()
    assert "broken.jpg" not in world.paths()
    _forget(world, "good.jpg", "refused.jpg", "broken.jpg")


def test_nothing_is_asked_for_in_vain_while_a_photo_is_added(page: Page, world: World) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None)

    add(page, file("quiet.jpg", picture(83)))

    expect(row(page, "quiet.jpg")).to_contain_text("Searchable", timeout=60_000)
    assert problems == []
    _forget(world, "quiet.jpg")


def test_a_file_that_is_not_an_image_is_refused_and_never_sent(page: Page, world: World) -> None:
    add(page, file("notes.txt", b"milk, bread", "text/plain"))

    expect(row(page, "notes.txt")).to_contain_text("Failed: this file isn't a picture we can read")
    assert not world.photos.get_blob_client("notes.txt").exists()


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("film.mp4", "video/mp4", "videos are not supported"),
        ("paper.pdf", "application/pdf", "this is a PDF"),
        ("empty.cr3", "", "the file is empty"),
        ("photo.jpg", "image/jpeg", "more than the 1 kB that can be added here: add it with python -m ingest import"),
        ("photo.bmp", "", "more than the 1 kB that can be added here"),
        ("photo.psd", "", "more than the 2 kB that a file of this kind may have"),
    ],
)
def test_what_cannot_be_added_is_refused_before_it_is_sent(visit: Visit, name: str, kind: str, reason: str) -> None:
    page = visit("about:blank")
    sent: list[str] = []
    page.route("**/api/originals/**", lambda route: sent.append(route.request.url))
    page.route(re.compile(r":\d+/$"), _with_small_limits)
    page.goto("/")

    add(page, file(name, b"" if name.startswith("empty") else b"x" * 3000, kind))

    expect(row(page, name)).to_contain_text(f"Failed: {'the file has 3 kB, ' if 'more than' in reason else ''}{reason}")
    assert sent == []


def _with_small_limits(route: Route) -> None:
    answer = route.fetch()
    page = re.sub(r"(max_request_bytes&quot;: )\d+", r"\g<1>1000", answer.text())
    route.fulfill(response=answer, body=re.sub(r"(max_large_bytes&quot;: )\d+", r"\g<1>2000", page))


def test_kinds_that_browsers_do_not_know_can_be_chosen_and_are_sent(page: Page, world: World) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "orange").save(out, "TGA")

    accept = page.locator(".add-photos input[type=file]").first.get_attribute("accept") or ""
    assert accept.split(",") == [*PICKER_ACCEPTS, ".xmp", ".json", ".mov", ".mp4", ".mp"]
    add(page, file("scan.tga", out.getvalue(), ""))

    expect(row(page, "scan.tga")).to_contain_text("Searchable", timeout=60_000)
    _forget(world, "scan.tga")


def test_what_belongs_to_a_photo_goes_along_and_what_programs_leave_stays(
    page: Page, world: World, tmp_path: Path
) -> None:
    files = {
        "DSC_1.jpg": picture(110), "DSC_1.xmp": xmp(attributes="xmp:Rating='5'"),
        "IMG_7.jpg": picture(111), "IMG_7.jpg.supplemental-metadata.json": b'{"description": "The old lighthouse"}',
        "IMG_7.MOV": QUICKTIME, "clip.mov": QUICKTIME, "notes.json": b"{}",
        "._DSC_1.jpg": b"x", "Thumbs.db": b"x", ".DS_Store": b"x", "IMG_7.AAE": b"x",
    }  # fmt: skip
    folder = tmp_path / "roll"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)

    page.locator(".add-photos input[webkitdirectory]").set_input_files(folder)

    for name in ("DSC_1.xmp", "supplemental-metadata.json", "IMG_7.MOV"):
        expect(row(page, name)).to_contain_text("Belongs to a photo", timeout=60_000)
    for name in ("DSC_1.jpg", "IMG_7.jpg"):
        expect(row(page, f"roll/{name}").filter(has_not_text="json")).to_contain_text("Searchable", timeout=60_000)
    expect(row(page, "clip.mov")).to_contain_text("Failed: videos are not supported")
    expect(row(page, "notes.json")).to_contain_text("Failed: this file isn't a picture we can read")
    expect(page.locator("#uploads li")).to_have_count(7)
    expect(page.locator("#uploads [role=status]")).to_have_text(
        "2 photos searchable · 3 files belong to photos · 2 failed"
    )
    until(page, lambda: _assert_rated(world, "roll/DSC_1.jpg"), timeout=30)
    for name in ("DSC_1.xmp", "IMG_7.jpg.supplemental-metadata.json", "IMG_7.MOV"):
        world.photos.get_blob_client(f"roll/{name}").delete_blob()
    _forget(world, "roll/DSC_1.jpg", "roll/IMG_7.jpg")


def _assert_rated(world: World, path: str) -> None:
    assert world.get(f"/api/photos/{photo_id(path)}")["rating"] == 5


def test_what_belongs_to_a_photo_follows_it_to_another_name(page: Page, world: World) -> None:
    world.put("DSC_2.jpg", picture(112))

    add(page, file("DSC_2.xmp", b"<x/>", ""), file("DSC_2.jpg", picture(113)))

    expect(row(page, "DSC_2 (2).xmp")).to_contain_text("Belongs to a photo", timeout=60_000)
    expect(row(page, "DSC_2 (2).jpg")).to_contain_text("Searchable", timeout=60_000)
    assert not world.photos.get_blob_client("DSC_2.xmp").exists()
    world.photos.get_blob_client("DSC_2 (2).xmp").delete_blob()
    _forget(world, "DSC_2.jpg", "DSC_2 (2).jpg")


def test_a_file_the_server_finds_too_large_says_so(page: Page) -> None:
    page.route(
        "**/api/photos/large.jpg",
        lambda route: route.fulfill(status=413, body="no") if _is_put(route) else route.continue_(),
    )

    add(page, file("large.jpg", picture(83)))

    expect(row(page, "large.jpg")).to_contain_text("Failed: the file is larger than can be added here")


def _is_put(route: Any) -> bool:
    return bool(route.request.method == "PUT")


def test_the_same_photo_is_not_sent_twice_and_another_of_the_same_name_replaces_nothing(
    page: Page, world: World
) -> None:
    first = picture(84)
    add(page, file("IMG_0001.jpg", first))
    expect(row(page, "IMG_0001.jpg")).to_contain_text("Searchable", timeout=60_000)
    page.get_by_role("button", name="Clear finished").click()

    add(page, file("IMG_0001.jpg", first))
    expect(row(page, "IMG_0001.jpg")).to_contain_text("Already in your photos")
    page.get_by_role("button", name="Clear finished").click()
    add(page, file("IMG_0001.jpg", picture(85)))
    expect(row(page, "IMG_0001 (2).jpg")).to_contain_text("Searchable", timeout=60_000)

    assert world.photos.download_blob("IMG_0001.jpg").readall() == first
    _forget(world, "IMG_0001.jpg", "IMG_0001 (2).jpg")


def test_two_people_who_choose_the_same_name_at_once_both_keep_their_photos(visit: Visit, world: World) -> None:
    pages = [visit(), visit()]
    for page in pages:
        photos(page)
        # Neither sees the other's photo before it sends its own.
        page.route("**/api/originals/image.jpg*", lambda route: route.fulfill(status=204), times=1)

    for number, page in enumerate(pages):
        add(page, file("image.jpg", picture(880 + number)))

    for page in pages:
        expect(row(page, "image")).to_contain_text(re.compile("Being described|Searchable"), timeout=60_000)
    stored = {world.photos.download_blob(name).readall() for name in ("image.jpg", "image (2).jpg")}
    assert stored == {picture(880), picture(881)}
    world.wait_until_idle()
    _forget(world, "image.jpg", "image (2).jpg")


@pytest.mark.parametrize("secure", [True, False], ids=["secure", "insecure"])
def test_bytes_that_were_only_just_uploaded_are_recognised(visit: Visit, world: World, secure: bool) -> None:
    name, data = f"fresh {secure}.jpg", picture(882 + secure)
    world.put(name, data)
    page = visit("about:blank")
    if not secure:  # browsers offer digests to secure origins only, so storage compares
        page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    page.goto("/")
    photos(page)

    add(page, file(name, data))

    expect(row(page, name)).to_contain_text("Already in your photos", timeout=60_000)
    assert len(sent) == (0 if secure else 1)
    world.wait_until_idle()
    assert [each.name for each in world.photos.list_blobs("fresh")] == [name]
    _forget(world, name)


def test_a_name_that_many_files_have_gets_a_random_number(page: Page) -> None:
    original = {"id": "0" * 32, "path": "often.jpg", "size_bytes": 1, "etag": '"1"', "digest": None}
    asked: list[str] = []

    def find(route: Route) -> None:
        asked.append(route.request.url)
        is_free = re.search(r"\d{6}", unquote(route.request.url).rpartition("/")[2])
        route.fulfill(status=204) if is_free else route.fulfill(json=original)

    page.route("**/api/originals/often*", find)
    page.route("**/api/photos/often*", lambda route: route.fulfill(status=201, json=original | {"path": "sent"}))

    add(page, file("often.jpg", picture(1)))

    expect(row(page, "sent")).to_contain_text("there is another “often.jpg”, so both are kept")
    assert len(asked) == 21


def _add_conflicts(page: Page, world: World, *names: str) -> None:
    """Photos of these names are in the library, and others of the same names are added."""
    for number, name in enumerate(names):
        assert world.put(name, picture(890 + number)).status_code == 201
    add(page, *(file(name, picture(900 + number)) for number, name in enumerate(names)))
    for name in names:
        expect(page.get_by_role("button", name=f"Replace {name} with")).to_be_visible(timeout=60_000)


def _end_undo(page: Page, text: str) -> None:
    """Close the message with the undo, which ends the time for it."""
    page.locator(".toast").filter(has_text=text).get_by_role("button", name="Close").click()


def test_a_photo_kept_under_another_name_replaces_the_other_if_asked(page: Page, world: World) -> None:
    _add_conflicts(page, world, "replace.jpg")

    page.get_by_role("button", name="Replace replace.jpg with replace (2).jpg").click()
    expect(page.locator("#uploads ul")).to_be_focused()
    _end_undo(page, "Replacing “replace.jpg”")

    expect(row(page, "replace.jpg")).to_contain_text("Searchable", timeout=60_000)
    assert world.photos.download_blob("replace.jpg").readall() == picture(900)
    until(page, lambda: _is_gone(world, "replace (2).jpg"))
    world.wait_until_idle()
    _forget(world, "replace.jpg")


def _is_gone(world: World, name: str) -> None:
    assert not world.photos.get_blob_client(name).exists()


def test_what_changed_meanwhile_is_not_replaced_unseen(page: Page, world: World) -> None:
    _add_conflicts(page, world, "changed.jpg")
    replace = page.get_by_role("button", name="Replace changed.jpg with changed (2).jpg")
    assert world.put("changed.jpg", picture(910)).status_code == 200

    replace.click()
    _end_undo(page, "Replacing “changed.jpg”")

    reason = "“changed.jpg” has changed meanwhile and was not replaced"
    expect(page.locator(".toast")).to_contain_text(reason)
    expect(row(page, "changed (2).jpg")).to_contain_text(reason)
    assert world.photos.download_blob("changed.jpg").readall() == picture(910)
    assert world.photos.download_blob("changed (2).jpg").readall() == picture(900)

    replace.click()  # knowing that it changed
    _end_undo(page, "Replacing “changed.jpg”")
    expect(row(page, "changed.jpg")).to_contain_text("Searchable", timeout=60_000)
    assert world.photos.download_blob("changed.jpg").readall() == picture(900)
    world.wait_until_idle()
    _forget(world, "changed.jpg")


def test_all_photos_kept_under_another_name_can_be_skipped_and_that_undone(page: Page, world: World) -> None:
    _add_conflicts(page, world, "s1.jpg", "s2.jpg")
    summary = page.locator("#uploads [role=status]")
    expect(summary).to_contain_text("2 under another name")
    skip_all = page.get_by_role("button", name="Skip all")

    skip_all.click()
    expect(row(page, "s1 (2).jpg")).to_contain_text("Skipped: “s1.jpg” stays as it is")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(summary).to_contain_text("2 under another name")
    assert world.photos.get_blob_client("s1 (2).jpg").exists()

    skip_all.click()
    _end_undo(page, "2 photos skipped")
    expect(summary).to_contain_text("2 skipped")
    for number, name in enumerate(("s1", "s2")):
        until(page, lambda name=name: _is_gone(world, f"{name} (2).jpg"))  # type: ignore[misc]
        assert world.photos.download_blob(f"{name}.jpg").readall() == picture(890 + number)
    world.wait_until_idle()
    _forget(world, "s1.jpg", "s2.jpg")


def test_the_keyboard_goes_from_one_decision_to_the_next(page: Page, world: World) -> None:
    _add_conflicts(page, world, "k1.jpg", "k2.jpg")

    page.get_by_role("button", name="Skip k1 (2).jpg").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Replace k2.jpg with k2 (2).jpg")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#uploads ul")).to_be_focused()

    page.locator(".toast").get_by_role("button", name="Undo").first.click()
    page.locator(".toast").get_by_role("button", name="Undo").first.click()
    world.wait_until_idle()
    _forget(world, "k1.jpg", "k1 (2).jpg", "k2.jpg", "k2 (2).jpg")


def test_a_library_without_photos_offers_to_add_some(visit: Visit) -> None:
    page = visit("about:blank")
    nothing: Any = {"total": 0, "photos": [], "facets": {"month": [], "year": []}}
    page.route("**/api/search*", lambda route: route.fulfill(json=nothing))
    page.goto("/")
    expect(page.get_by_role("heading", name="No photos yet")).to_be_visible()
    expect(page.locator("#library-message").get_by_role("button", name="Choose a folder")).to_be_visible()

    dialog = file_dialog(page, page.locator("#library-message").get_by_role("button", name="Choose photos").click)

    assert dialog.is_multiple()
    expect(page.get_by_role("button", name="Filters")).to_be_hidden()


def test_an_empty_library_says_how_many_photos_are_on_their_way(visit: Visit, world: World) -> None:
    page = visit("about:blank")
    counts = world.get("/api/status") | {"indexed": 0, "waiting": 52, "retrying": 2}
    nothing: Any = {"total": 0, "photos": [], "facets": {"month": [], "year": []}}
    page.route("**/api/search*", lambda route: route.fulfill(json=nothing))
    page.route("**/api/status", lambda route: route.fulfill(json=counts))
    page.goto("/")
    message = page.locator("#library-message").get_by_role("status")
    expect(message).to_have_text("54 photos are being described and appear here.")

    counts |= {"waiting": 0, "retrying": 0}
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(message).to_be_hidden()


def test_a_folder_keeps_its_shape_and_the_upload_list_survives_other_views(
    page: Page, world: World, tmp_path: Path
) -> None:
    (tmp_path / "trip" / "day 1").mkdir(parents=True)
    (tmp_path / "trip" / "day 1" / "a.jpg").write_bytes(picture(86))
    (tmp_path / "trip" / ".hidden.jpg").write_bytes(picture(87))

    page.locator(".add-photos input[webkitdirectory]").set_input_files(tmp_path / "trip")
    page.locator("#status-button").click()
    page.keyboard.press("Escape")

    expect(row(page, "trip/day 1/a.jpg")).to_contain_text("Searchable", timeout=60_000)
    expect(page.locator("#uploads li")).to_have_count(1)
    _forget(world, "trip/day 1/a.jpg")


def test_dropped_files_are_added(page: Page, world: World) -> None:
    _drop(page, "#grid", "dropped.jpg", picture(88))

    expect(row(page, "dropped.jpg")).to_contain_text("Searchable", timeout=60_000)
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

    expect(page.locator("#total")).to_have_text("10 photos", timeout=60_000)
    _forget(world, "newly/arrived.jpg")


def _forget(world: World, *paths: str) -> None:
    ids = {photo["path"]: photo["id"] for photo in world.get("/api/search", top=200)["photos"]}
    ids |= {path: failure["id"] for path, failure in world.failures().items()}
    for path in paths:
        world.http.delete(f"/api/photos/{ids[path]}").raise_for_status()
    eventually(lambda: _left(world, paths))


def _left(world: World, paths: tuple[str, ...]) -> None:
    assert not world.paths() & set(paths)


def test_a_name_with_direction_marks_turns_nothing_around_but_itself(page: Page, world: World) -> None:
    name = "\u202eexe.\u05ea\u05de\u05d5\u05e0\u05d4\u200f.jpg"
    add(page, file(name, b"\xff\xd8 not an image"))
    expect(row(page, name)).to_contain_text("Failed: ", timeout=60_000)
    page.goto("/?view=status")

    shown = page.locator(".failures strong").filter(has_text=name)
    expect(shown).to_be_visible()
    expect(shown).to_have_css("unicode-bidi", "plaintext")
    _forget(world, name)
