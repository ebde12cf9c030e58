"""What a photo's file says of itself, on the page: shown apart from the model's words, and a way into search."""

import re
from collections.abc import Iterator
from html import escape

import pytest
from playwright.sync_api import Page, expect

from tests.ingest.facts.builders import bag, segment, xmp
from tests.machine import eventually, missing
from tests.page.conftest import Visit
from tests.page.test_accessibility import AXE, violations
from tests.world import World, picture

SCRIPT = "<img src=x onerror=\"document.title='gotcha'\">"
LICENCE = "You may print this picture in books about harbours. " * 10
HEBREW = "צילום: רות כהן"


def with_xmp(seed: int, inner: str, attributes: str = "") -> bytes:
    """A JPEG whose XMP has these properties."""
    plain = picture(seed)
    packet = xmp(inner, attributes)
    return plain[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet) + plain[2:]


def text(name: str, value: str) -> str:
    return f"<{name}><rdf:Alt><rdf:li xml:lang='x-default'>{escape(value)}</rdf:li></rdf:Alt></{name}>"


CRANE = with_xmp(
    81,
    text("dc:title", "Harbour crane, second berth")
    + text("dc:description", "It was taken down in 1998.")
    + text("dc:rights", "© 2023 Example Pictures")
    + text("xmpRights:UsageTerms", LICENCE)
    + bag("dc:creator", "Ann Example", "Doe, Jo", kind="Seq")
    + bag("dc:subject", "crane", "Bremen, Germany")
    + bag("lr:hierarchicalSubject", "harbour|crane|portal", "harbour|berth"),
    "xmp:Rating='4' photoshop:Credit='Example Archive' photoshop:City='Bremen' photoshop:State='Free Hanseatic City' "
    "photoshop:Country='Germany'",
)
HOSTILE = with_xmp(
    82,
    text("dc:title", SCRIPT)
    + text("dc:description", SCRIPT)
    + text("dc:rights", SCRIPT)
    + bag("dc:creator", escape(SCRIPT), HEBREW, "x" * 250, kind="Seq")
    + bag("dc:subject", escape(SCRIPT))
    + bag("lr:hierarchicalSubject", escape(f"harbour|{SCRIPT}")),
    "xmp:Rating='-1'",
)


@pytest.fixture(scope="module", autouse=True)
def ids(world: World) -> Iterator[dict[str, str]]:
    """Two photos that say much of themselves; they are gone afterwards."""
    files = {"crane": CRANE, "hostile": HOSTILE}
    ids = {name: world.put(f"words/{name}.jpg", data).json()["id"] for name, data in files.items()}
    world.wait_until_idle()
    yield ids
    for id_ in ids.values():
        world.http.delete(f"/api/photos/{id_}").raise_for_status()
    eventually(lambda: _assert_gone(world))


def _assert_gone(world: World) -> None:
    assert not [path for path in world.paths() if path.startswith("words/")]


def row(page: Page, name: str) -> str:
    return page.locator(f"#photo dd.{name}").inner_text()


def test_the_words_of_the_file_are_shown_apart_from_those_of_the_model(visit: Visit, ids: dict[str, str]) -> None:
    page = visit(f"/?photo={ids['crane']}")
    section = page.locator("#photo section", has=page.get_by_role("heading", name="From the file"))

    expect(section.get_by_text("Harbour crane, second berth")).to_be_visible()
    expect(section.get_by_text("It was taken down in 1998.")).to_be_visible()
    assert row(page, "rights") == "© 2023 Example Pictures"
    assert row(page, "usageTerms") == f"{LICENCE.strip()} Photos with the same terms"
    assert row(page, "credit") == "Example Archive"
    expect(section.get_by_role("link", name="4 of 5 stars")).to_be_visible()
    expect(section.locator(".caption")).to_have_count(0)
    expect(page.get_by_role("heading", name="Description by the model")).to_be_visible()


def test_each_word_leads_to_the_photos_that_share_it(visit: Visit, ids: dict[str, str], world: World) -> None:
    page = visit(f"/?photo={ids['crane']}")
    section = page.locator("#photo section", has=page.get_by_role("heading", name="From the file"))
    expect(section).to_be_visible()

    links = {link.inner_text(): str(link.get_attribute("href")) for link in section.get_by_role("link").all()}
    totals = {name: world.http.get(f"/api/search{href[1:]}").json()["total"] for name, href in links.items()}

    assert totals == {
        "Ann Example": 1, "Doe, Jo": 1, "Example Archive": 1, "© 2023 Example Pictures": 1,
        "Photos with the same terms": 1, "★★★★☆\n4 of 5 stars": 1,
        "crane": 1, "Bremen, Germany": 1, "harbour": 2, "portal": 1, "berth": 1,
    }  # fmt: skip
    section.get_by_role("link", name="Photos with the same terms").click()
    expect(page.get_by_role("dialog", name="Photo")).to_be_hidden()
    expect(page.locator("#filter-chips button")).to_have_text(re.compile("Rights: You may print this .*…"))
    expect(page.locator("#total")).to_have_text("1 photo found")


def test_facets_offer_creators_stars_and_keyword_paths_that_open(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    expect(page.locator('[data-facet="creator=Doe, Jo"]')).to_contain_text("1")
    expect(page.locator('[data-facet="rating=rejected"]')).to_contain_text("Rejected")
    expect(page.locator('[data-facet="rating=none"]')).to_contain_text("9")
    expect(page.get_by_role("button", name="At least 4 stars")).to_be_visible()
    expect(page.locator("#facet-keyword_paths li")).to_have_count(1)

    page.get_by_role("button", name="harbour 2").click()
    expect(page.locator("#total")).to_have_text("2 photos found")
    page.get_by_role("button", name="harbour > crane 1").click()

    expect(page.locator("#total")).to_have_text("1 photo found")
    expect(page.locator("#filter-chips button")).to_have_text("harbour > crane")
    expect(page.get_by_role("button", name="harbour > crane > portal 1")).to_be_visible()


def test_markup_in_metadata_is_text_and_a_name_from_right_to_left_turns_nothing(
    visit: Visit, ids: dict[str, str]
) -> None:
    page = visit(f"/?photo={ids['hostile']}")
    for place in (".file-title", ".file-description", "dd.rights"):
        expect(page.locator(f"#photo {place}")).to_have_text(SCRIPT)
    expect(page.locator("#photo dd.rating")).to_have_text("Rejected")
    name = page.locator("#photo dd.creator bdi").nth(1)
    expect(name).to_have_text(HEBREW)
    expect(name).to_have_css("unicode-bidi", "isolate")
    page.locator("#photo dd.creator a").first.click()

    expect(page.locator("#filter-chips button")).to_have_text(SCRIPT)
    page.get_by_role("button", name="Filters").click()
    expect(page.locator(f"[data-facet='creator={HEBREW}']")).to_be_visible()
    assert page.title() == "Chat with your photos"


def test_long_words_wrap(visit: Visit, ids: dict[str, str]) -> None:
    page = visit(f"/?photo={ids['hostile']}", size={"width": 320, "height": 700})
    expect(page.locator("#photo .file-title")).to_be_visible()

    assert page.locator("#photo .details").evaluate("(each) => each.scrollWidth <= each.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_neither_the_words_nor_the_filters_have_an_accessibility_violation(
    visit: Visit, ids: dict[str, str], scheme: str
) -> None:
    if not AXE.exists():
        missing("axe-core (npm ci in tests/page)")
    page = visit(f"/?photo={ids['hostile']}", color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    expect(page.locator("#photo .file-title")).to_be_visible()
    assert violations(page) == []

    page.goto("/?keyword_path=harbour")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("button", name="harbour > crane 1")).to_be_visible()
    assert violations(page) == []
