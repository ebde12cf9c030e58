"""Looking closer at one photo: with two fingers, the wheel, a double tap and keys, up to the original itself."""

import json
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import CDPSession, Locator, Page, Request, expect

from tests.machine import eventually
from tests.page.conftest import PATIENCE, PHONE, Visit, added, box_of, photos, until
from tests.world import World, picture

LARGE = (3000, 2000)


@pytest.fixture
def large(world: World) -> Iterator[str]:
    """The id of a photo with more pixels than its preview."""
    exif = Image.Exif()
    with added(world, "zoom/large.jpg", picture(961, size=LARGE, exif=exif)) as id_:
        yield id_


def image(page: Page) -> Locator:
    return page.locator("#photo .pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)")


def width(page: Page) -> float:
    return eventually(lambda: _width(page), PATIENCE)


def _width(page: Page) -> float:
    box = image(page).bounding_box()
    assert box  # while it is shown anew, there is none
    return box["width"]


def opened(page: Page) -> float:
    """How wide the photo is shown at first, once it is there."""
    expect(image(page)).to_have_js_property("complete", True)
    until(page, lambda: _is_shown(page))
    return width(page)


def _is_shown(page: Page) -> None:
    assert width(page) > 100


def becomes_wider(page: Page, before: float) -> None:
    def is_wider() -> None:
        assert width(page) > before * 1.3

    until(page, is_wider)


def is_the_original(page: Page) -> None:
    assert image(page).evaluate("(each) => each.naturalWidth") == LARGE[0]


def shows(page: Page, part: str) -> None:
    def is_shown() -> None:
        assert part in str(image(page).get_attribute("src"))

    until(page, is_shown)


def test_a_photo_fills_a_screen_of_many_pixels_with_its_large_picture(visit: Visit, large: str) -> None:
    page = visit(f"/?photo={large}", device_scale_factor=2)
    before = opened(page)

    shows(page, "/large.jpg")
    page.wait_for_function("(each) => each.naturalWidth > 1024", arg=image(page).element_handle())
    assert abs(width(page) - before) < 2


def test_where_the_preview_is_enough_nothing_larger_is_fetched(visit: Visit, large: str) -> None:
    page = visit()
    photos(page)
    sizes: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/links"):
            sizes.append(json.loads(request.post_data or "{}")["size"])

    page.on("request", note)
    page.goto(f"/?photo={large}")
    opened(page)
    shows(page, "/preview.jpg")
    page.keyboard.press("+")  # what is fetched now comes after all that was to be fetched before

    until(page, lambda: is_the_original(page))
    assert "large" not in sizes


def test_two_fingers_enlarge_a_photo_up_to_the_original(visit: Visit, large: str) -> None:
    page = visit(f"/?photo={large}", size=PHONE, has_touch=True, is_mobile=True)
    before = opened(page)
    touch = page.context.new_cdp_session(page)
    box = box_of(image(page))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    _pinch(touch, middle, 30, 150)
    becomes_wider(page, before)
    until(page, lambda: is_the_original(page))
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()


def test_two_fingers_bring_an_enlarged_photo_back_to_the_size_of_the_screen(visit: Visit, large: str) -> None:
    page = visit(f"/?photo={large}", size=PHONE, has_touch=True, is_mobile=True)
    before = opened(page)
    touch = page.context.new_cdp_session(page)
    box = box_of(image(page))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    _pinch(touch, middle, 30, 150)
    becomes_wider(page, before)
    until(page, lambda: is_the_original(page))

    _pinch(touch, middle, 120, 20)
    until(page, lambda: is_as_wide_as(page, before))

    _pinch(touch, middle, 120, 20)  # there is nothing smaller, and the photo stays open
    until(page, lambda: is_as_wide_as(page, before))
    expect(page.get_by_role("dialog", name="Photo")).to_be_visible()
    _pinch(touch, middle, 30, 150)
    becomes_wider(page, before)


def test_two_fingers_on_the_controls_enlarge_nothing(visit: Visit, large: str) -> None:
    page = visit(f"/?photo={large}", size=PHONE, has_touch=True, is_mobile=True)
    before = opened(page)
    box = box_of(page.locator("#photo .close"))
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    _pinch(page.context.new_cdp_session(page), middle, 8, 36)

    page.get_by_role("button", name="Edit", exact=True).click()  # by then the fingers have done what they do
    expect(page.get_by_role("heading", name="Edit this photo")).to_be_visible()
    assert page.evaluate("visualViewport.scale") == 1
    assert abs(width(page) - before) < 2


def is_as_wide_as(page: Page, before: float) -> None:
    assert abs(width(page) - before) < 2


def _pinch(touch: CDPSession, middle: tuple[float, float], start: float, end: float) -> None:
    """Two fingers, so many pixels left and right of the middle."""

    def points(distance: float) -> list[dict[str, float]]:
        return [{"x": middle[0] + side * distance, "y": middle[1], "id": side + 1} for side in (-1, 1)]

    def send(kind: str, at: list[dict[str, float]]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    send("touchStart", points(start))
    for step in range(1, 9):
        send("touchMove", points(start + (end - start) * step / 8))
    send("touchEnd", [])


def test_the_wheel_and_keys_enlarge_a_photo(visit: Visit, large: str) -> None:
    page = visit(f"/?photo={large}")
    before = opened(page)
    box = box_of(image(page))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    page.mouse.wheel(0, -400)
    becomes_wider(page, before)
    until(page, lambda: is_the_original(page))

    for _ in range(12):
        page.keyboard.press("-")
    until(page, lambda: is_as_wide_as(page, before))
    page.keyboard.press("+")
    becomes_wider(page, before)


def test_a_photo_without_more_pixels_stays_as_it_is_and_says_nothing(visit: Visit, world: World) -> None:
    [photo] = [each for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("Chelsea.png")]
    page = visit(f"/?photo={photo['id']}")
    before = opened(page)

    page.keyboard.press("+")

    becomes_wider(page, before)
    expect(page.locator(".toast")).to_have_count(0)
