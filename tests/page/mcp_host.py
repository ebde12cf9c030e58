"""The fake host of `mcp_host.html`: what it asks of `/mcp`, and the gallery that it shows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY
from playwright.sync_api import Frame, Locator, Page

from tests.page.conftest import until
from tests.world import World

HOST, VIEW = "https://host.example/", "https://view.example/"
HOST_PAGE = Path(__file__).with_name("mcp_host.html")
PROTOCOL = "2026-07-28"
# What a host has to apply where a resource names no domains (MCP Apps, 2026-01-26).
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' data:; connect-src 'none'; frame-src 'none'; base-uri 'self'; object-src 'none'"
)


def server_says(world: World, method: str, *, shows_apps: bool = True, **params: Any) -> Any:
    """The result of one request to `/mcp`, by a client that shows apps or doesn't say so."""
    extensions = {EXTENSION_ID: {"mimeTypes": [APP_MIME_TYPE]}} if shows_apps else {}
    meta = {PROTOCOL_VERSION_META_KEY: PROTOCOL, CLIENT_CAPABILITIES_META_KEY: {"extensions": extensions}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": PROTOCOL,
        "Mcp-Method": method,
        "Mcp-Name": params.get("name") or params["uri"],
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}
    answer = world.http.post("/mcp", json=message, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


@dataclass(frozen=True)
class ShownGallery:
    """The gallery in a host, and what the two have said."""

    page: Page
    view: Frame

    @property
    def summary(self) -> Locator:
        return self.view.get_by_role("heading")

    @property
    def tiles(self) -> Locator:
        return self.view.get_by_role("button")

    def said(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all messages of a method from the gallery, in their order."""
        messages = cast("list[dict[str, Any]]", self.page.evaluate("messages"))
        return [each.get("params", {}) for each in messages if each.get("method") == method]

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self.page.evaluate("([method, params]) => notify(method, params)", [method, params])

    def eventually_said(self, method: str, *params: dict[str, Any]) -> None:
        def is_said() -> None:
            assert self.said(method) == list(params)

        until(self.page, is_said)

    def pictures(self) -> list[str]:
        """The addresses of the pictures, once all of them are shown."""

        def are_shown() -> None:
            widths = self.view.evaluate("[...document.images].map((each) => each.naturalWidth)")
            assert widths
            assert all(widths)

        until(self.page, are_shown)
        return cast("list[str]", self.view.evaluate("[...document.images].map((each) => each.src)"))


def result_of(*photos: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """The result of a tool that has found these photos."""
    return {"content": [], "structuredContent": {"total": len(photos), "photos": list(photos), **facts}}


def photo_of(number: int, **facts: Any) -> dict[str, Any]:
    id_ = f"{number:032x}"
    return {"id": id_, "path": f"{number}.jpg", "url": f"https://photos.example/?photo={id_}", **facts}
