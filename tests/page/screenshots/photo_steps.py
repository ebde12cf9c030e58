"""How to get to the views of one photo."""

from playwright.sync_api import Page, expect

from tests.page.screenshots.controls import click, said


def photo(page: Page) -> None:
    expect(page.locator("#photo .thumbnails img").first).to_be_visible()
    page.wait_for_function("[...document.querySelectorAll('#photo .pswp__img')].some((each) => each.naturalWidth > 99)")


def photo_details(page: Page) -> None:
    photo(page)
    page.wait_for_load_state("networkidle")
    page.locator("#photo .details").evaluate("(each) => each.scrollTo(0, 700)")
    if page.viewport_size and page.viewport_size["width"] < 700:
        page.locator("#photo .details").evaluate("(each) => each.scrollIntoView()")


def edit_in_place(page: Page) -> None:
    photo(page)
    page.locator('#photo .details [data-field="title"]').first.click()
    page.locator("#photo .field-form").scroll_into_view_if_needed()


def edit_form(page: Page) -> None:
    photo(page)
    page.locator("#photo").get_by_role("button", name=said(page, "Edit")).click()
    expect(page.get_by_role("heading", name=said(page, "Edit this photo"))).to_be_visible()


def all_fields(page: Page) -> None:
    photo(page)
    page.get_by_text(said(page, "All fields")).click()
    page.locator(".all-fields").scroll_into_view_if_needed()


def history(page: Page) -> None:
    photo(page)
    page.get_by_text(said(page, "History")).click()
    expect(page.locator(".photo-history li, details.history li").first).to_be_visible()
    page.get_by_text(said(page, "History")).scroll_into_view_if_needed()


def move_form(page: Page) -> None:
    photo(page)
    page.locator("#photo").get_by_role("button", name=said(page, "Move")).click()
    expect(page.locator("#photo .photo-form")).to_be_visible()


def enlarged(page: Page) -> None:
    photo(page)
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_load_state("networkidle")


def compare(page: Page) -> None:
    photo(page)
    click(page, "Compare")
    expect(page.locator("#compare img").first).to_be_visible()


def review(page: Page) -> None:
    expect(page.locator("#review .header [role=status]")).not_to_be_empty()
    page.wait_for_function("document.querySelector('#review img')?.naturalWidth > 99")


def missing_photo(page: Page) -> None:
    expect(page.get_by_role("heading", name=said(page, "This photo is no longer here"))).to_be_visible()
