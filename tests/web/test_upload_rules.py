"""What the page may send, as it is written into the page."""

import json
from html import unescape
from typing import Any

import httpx
import pytest

from ingest.decoding.size_limits import HTTP_LIMIT
from shared.errors import SettingsError
from tests.web.fake_services import SETTINGS, FakeServices
from web import static
from web.upload_rules import upload_rules


def rules_in(page: str) -> Any:
    return json.loads(unescape(page.partition('name="upload-rules" content="')[2].partition('"')[0]))


@pytest.mark.parametrize(
    "kind", ["image/*", ".cr3", ".nef", ".dng", ".psd", ".tif", ".jp2", ".ico", ".tga", ".svg", ".heic"]
)
def test_every_kind_that_is_read_is_offered(kind: str) -> None:
    assert kind in upload_rules(SETTINGS)["accept"]


def test_companions_and_ignored_files_are_told_by_the_lists_that_ingestion_has() -> None:
    rules = upload_rules(SETTINGS)

    assert {".mov", ".mp4", ".mp"} == set(rules["movie_extensions"])
    assert {".jpg", ".heic", ".mp4"} <= set(rules["takeout_extensions"])
    assert {"thumbs.db", "desktop.ini"} <= set(rules["ignored_names"])
    assert rules["max_movie_bytes"] == 20_000_000


@pytest.mark.parametrize("kind", [".mp4", ".pdf", ".zip", ".txt"])
def test_no_other_kind_is_offered(kind: str) -> None:
    assert kind not in upload_rules(SETTINGS)["accept"]


def test_sizes_are_those_of_the_settings_and_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HTTP_LIMIT, "7000")

    rules = upload_rules(SETTINGS)

    assert (rules["max_bytes"], rules["max_large_bytes"], rules["max_request_bytes"]) == (100, 250_000_000, 7000)
    assert {".psd", ".tif", ".cr3"} <= set(rules["large_extensions"])


async def test_the_page_carries_the_rules_also_without_settings(
    http: httpx.AsyncClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> FakeServices:
        raise SettingsError("OPENAI_BASE_URL is missing")

    page = await http.get("/")
    assert rules_in(page.text)["max_bytes"] == services.settings.max_photo_bytes

    monkeypatch.setattr(static, "services", fail)
    rules = rules_in((await http.get("/")).text)
    assert (rules["max_bytes"], rules["max_large_bytes"]) == (None, None)
    assert ".svg" in rules["accept"]
