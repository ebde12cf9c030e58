"""Taking photos along: of the search that is shown, with the key as a header, saved as a file or told why not."""

import csv
import io
import json
import zipfile
from base64 import b64decode
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visit, photos, tool

NO_PICKER = "delete window.showSaveFilePicker"
# The file that somebody would choose in the browser's dialog, in the storage of the page.
PICKER = """window.showSaveFilePicker = async ({ suggestedName }) => {
  const folder = await navigator.storage.getDirectory();
  return (window.chosen = await folder.getFileHandle(suggestedName, { create: true }));
};"""
READ_CHOSEN = """async () => {
  const bytes = new Uint8Array(await (await window.chosen.getFile()).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


def opened(visit: Visit, address: str, script: str = NO_PICKER) -> Page:
    page = visit("about:blank")
    page.add_init_script(script)
    page.goto(address)
    photos(page)
    return page


def choose(page: Page, label: str) -> None:
    tool(page, "Export").click()
    page.get_by_role("button", name=label).click()


def test_the_search_that_is_shown_is_saved_as_a_table(visit: Visit) -> None:
    page = opened(visit, "/?folder=animals")

    with page.expect_download() as download:
        choose(page, "Table (CSV)")

    assert download.value.suggested_filename == "photos.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert {row["path"].split("/")[0] for row in rows} == {"animals"}
    assert len(rows) == 4
    expect(page.locator(".toast")).to_contain_text("photos.csv exported")
    expect(page.get_by_role("group", name="An export is running")).to_be_hidden()
    expect(page.get_by_role("button", name="Export")).to_be_focused()


@pytest.mark.parametrize("label", ["Originals (zip)", "Originals with metadata (zip)"])
def test_originals_are_written_part_by_part_where_the_browser_can(visit: Visit, label: str) -> None:
    page = opened(visit, "/?folder=space", PICKER)

    choose(page, label)

    expect(page.locator(".toast")).to_contain_text("photos.zip exported")
    archive = zipfile.ZipFile(io.BytesIO(b64decode(page.evaluate(READ_CHOSEN))))
    assert archive.testzip() is None
    assert "space/home.jpg" in archive.namelist()


def test_the_key_goes_as_a_header_and_in_no_address(visit: Visit) -> None:
    page = opened(visit, "/?code=s3cret&folder=space")

    with page.expect_request("**/api/export?**") as request, page.expect_download():
        choose(page, "Metadata (XMP, zip)")

    assert request.value.headers["x-functions-key"] == "s3cret"
    assert "s3cret" not in request.value.url
    assert request.value.url.endswith("/api/export?folder=space&format=xmp&metadata=false")


def test_what_is_too_large_for_a_response_is_waited_for_and_saved_from_a_link(visit: Visit) -> None:
    page = opened(visit, "/", PICKER)
    job: dict[str, Any] = {"id": "e" * 32, "state": "waiting", "error": "", "result": {}}
    done = {**job, "state": "done", "result": {"url": "/api/exports/file.zip", "size_bytes": 2_000_000_000}}
    answers = iter([{**job, "state": "running"}, done])
    page.route("**/api/export?**", lambda route: route.fulfill(status=202, json=job))
    page.route(f"**/api/exports/{job['id']}", lambda route: route.fulfill(json=next(answers)))
    saved = {"Content-Disposition": "attachment; filename=photos.zip"}
    page.route("**/api/exports/file.zip", lambda route: route.fulfill(body=b"PK", headers=saved))

    with page.expect_download() as download:
        choose(page, "Originals (zip)")

    assert download.value.suggested_filename == "photos.zip"
    expect(page.locator(".toast")).to_contain_text("photos.zip exported (2,000 MB)")
    names = "async () => Array.fromAsync((await navigator.storage.getDirectory()).keys())"
    assert page.evaluate(names) == []


def test_what_fails_is_told_and_leaves_no_file(visit: Visit) -> None:
    page = opened(visit, "/", PICKER)
    job = {"id": "e" * 32, "state": "failed", "error": "the disk is full", "result": {}}
    page.route("**/api/export?**", lambda route: route.fulfill(status=202, json=job))

    choose(page, "Originals (zip)")

    expect(page.locator(".toast")).to_contain_text("the disk is full")
    names = "async () => Array.fromAsync((await navigator.storage.getDirectory()).keys())"
    assert page.evaluate(names) == []


def test_an_export_is_cancelled(visit: Visit) -> None:
    page = visit(size=PHONE)
    photos(page)
    page.route("**/api/export?**", lambda _: None)  # no answer
    choose(page, "Records (JSON Lines)")
    running = page.get_by_role("group", name="An export is running")
    expect(running).to_contain_text("Exporting photos.jsonl")

    running.get_by_role("button", name="Cancel").click()

    expect(running).to_be_hidden()
    expect(page.locator(".toast")).to_have_count(0)


def test_what_was_searched_by_a_picture_goes_by_its_ids(visit: Visit) -> None:
    page = visit("about:blank")
    page.add_init_script(NO_PICKER)
    ids = [f"{number:032x}" for number in (1, 2)]
    hit = {"path": "a.jpg", "title": "A", "alt_text": "A", "width": 4, "height": 3, "likely": True}
    found = {"total": 2, "facets": {}, "photos": [{"id": id_, **hit} for id_ in ids], "less_likely": 0}
    me = {"name": "", "right": "full", "feedback": "off", "search_by_picture": True}
    page.route("**/api/me", lambda route: route.fulfill(json=me))
    page.goto("/")
    photos(page)
    page.route("**/api/search*", lambda route: route.fulfill(json=found))
    page.locator("#search input[type=file]").set_input_files("samples/space/home.jpg")
    expect(page.locator("#total")).to_have_text("2 photos found")

    with page.expect_request("**/api/export") as request:
        choose(page, "Table (CSV)")

    assert json.loads(request.value.post_data or "") == {"ids": ids, "format": "csv", "metadata": False}
