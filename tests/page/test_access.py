"""The rules of who sees which photos, on the page: shown, written, refused in words, and how far documents are."""

import json
from typing import Any

from playwright.sync_api import Route, expect

from tests.page.conftest import Visit

RULES = [{"folder": "family", "see": ["person:anna"]}]


class Rules:
    """What the server has and says, without any rule for the library that these tests share."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = RULES
        self.left = 0
        self.conditions: list[str | None] = []

    def answer(self, route: Route) -> None:
        if route.request.method == "PUT":
            self.conditions.append(route.request.headers.get("if-match"))
            rules = json.loads(route.request.post_data or "")["rules"]
            if not rules[0]["see"]:
                message = "rule 1: nobody is nobody"
                error = {"message": message, "type": "invalid_request_error", "param": "rules", "code": "invalid_value"}
                route.fulfill(status=400, json={"error": error})
                return
            self.rules, self.left = rules, 1200
        content = {"rules": self.rules, "fault": "", "photos": 50_000, "left": self.left}
        route.fulfill(json=content, headers={"ETag": f'"{len(self.conditions)}"'})


def test_an_admin_writes_rules_and_sees_how_far_documents_are(visit: Visit) -> None:
    server = Rules()
    page = visit("/?view=status")
    page.route("**/api/access", server.answer)
    page.get_by_role("button", name="Show the rules").click()
    dialog = page.get_by_role("dialog", name="Who sees which photos")
    rules = dialog.get_by_role("textbox", name="Rules, as JSON")
    expect(rules).to_have_value(json.dumps({"rules": RULES}, indent=2))

    rules.fill(json.dumps({"rules": [{"folder": "", "see": []}]}))
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("rule 1: nobody is nobody")

    rules.fill(json.dumps({"rules": [{"folder": "", "see": ["everyone"]}]}))
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("1,200 of 50,000 photos still under the stricter of both rules")).to_be_visible()
    assert server.conditions == ['"0"', '"0"']

    server.left = 0
    expect(dialog.get_by_text("still under the stricter")).to_be_hidden(timeout=20_000)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
