"""The page's strings are there in all of its languages, and its readers get them in theirs."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.machine import missing
from tests.page.conftest import PHONE, Visit, photos
from tests.world import World
from web.static import FOLDER

LANGUAGES = ("de", "es", "fr")
FLATTEN = Path(__file__).with_name("flat_strings.mjs")
PLACEHOLDER = re.compile(r"\{\w+\}|\?\u2060code=|\b\d{3,}\b")
# Names of formats and units, symbols, and words that one of the languages shares with English.
SAME_ANYWHERE = {"A", "E", "OK", "Original", "←", "↑", "→", "↓"}
SAME_IN = {
    "de": {"Details", "Esc", "Link", "Name", "Position", "Status", "Studio", "Tags"},
    "es": {"Ctrl", "Editor", "Esc", "No"},
    "fr": {
        "Collection",
        "Collections",
        "Ctrl",
        "Dates",
        "Description",
        "Document",
        "Orientation",
        "Pause",
        "Photo",
        "Photos",
        "Portrait",
        "Position",
        "Services",
        "Studio",
        "Tags",
        "beige",
        "orange",
        "turquoise",
    },
}


@cache
def strings_in(language: str) -> dict[str, str | int]:
    node = shutil.which("node")
    if node is None:
        missing("Node.js")
    file = FOLDER / "js" / "strings" / f"{language}.js"
    output = subprocess.run([node, FLATTEN, file], check=True, capture_output=True, text=True).stdout
    strings: dict[str, str | int] = json.loads(output)
    return strings


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated_and_takes_the_same(language: str) -> None:
    english, translated = strings_in("en"), strings_in(language)

    assert english.keys() == translated.keys()
    for name, value in english.items():
        other = translated[name]
        assert isinstance(other, type(value)), name
        if isinstance(value, int) or isinstance(other, int):
            assert value == other, name  # parameters
        else:
            assert sorted(PLACEHOLDER.findall(value)) == sorted(PLACEHOLDER.findall(other)), name
            assert other.strip() or not value.strip(), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_the_same_in_english_is_meant_to_be(language: str) -> None:
    english, translated = strings_in("en"), strings_in(language)

    same = {value for name, value in translated.items() if isinstance(value, str) and value == english[name]}
    assert same - SAME_ANYWHERE == SAME_IN[language]


@pytest.mark.parametrize(
    ("locale", "language", "word"),
    [("de-AT", "de", "Fotos"), ("fr-CA", "fr", "photos"), ("es-MX", "es", "fotos"), ("nl-NL", "en", "photos")],
)
def test_the_page_speaks_the_language_of_its_reader(visit: Visit, locale: str, language: str, word: str) -> None:
    page = visit(locale=locale)
    photos(page)

    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#total")).to_have_text(re.compile(rf"^\d+ {word}$"))
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    others = {each for each in LANGUAGES if any(f"/{each}.js" in name or f"/{each}-" in name for name in loaded)}
    assert others == {language} - {"en"}


@pytest.mark.parametrize(
    ("locale", "day"), [("en-GB", "1 December 2024"), ("en-US", "December 1, 2024"), ("nl-NL", "December 1, 2024")]
)
def test_dates_are_written_as_in_the_country_of_the_reader(visit: Visit, world: World, locale: str, day: str) -> None:
    [id_] = [each["id"] for each in world.get("/api/search", top=100)["photos"] if each["path"].endswith("boats.jpg")]
    page = visit("about:blank", locale=locale)

    def taken_then(route: Route) -> None:
        record = route.fetch().json()
        route.fulfill(json=record | {"taken_local": "2024-12-01T00:00:00", "taken_precision": "day"})

    page.route(f"**/api/photos/{id_}", taken_then)
    page.goto(f"/?photo={id_}")

    expect(page.locator("#photo .details")).to_contain_text(day)


@pytest.mark.parametrize("language", LANGUAGES)
def test_longer_words_fit_on_a_phone(visit: Visit, language: str) -> None:
    page = visit(size={**PHONE, "width": 320}, locale=language)
    photos(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_language_that_cannot_be_loaded_leaves_the_page_in_english(visit: Visit) -> None:
    page = visit("about:blank", locale="de")
    page.route("**/de*.js", lambda route: route.abort())

    page.goto("/")

    expect(page.locator("html")).to_have_attribute("lang", "en")
    photos(page)
