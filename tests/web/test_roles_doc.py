"""`docs/roles.md` says what each role opens, as the table of routes does."""

import re
from pathlib import Path

from web.routes import ROUTES

DOC = Path(__file__).parents[2] / "docs" / "roles.md"


def test_the_table_of_roles_has_every_route_under_its_role() -> None:
    text = DOC.read_text(encoding="utf-8").partition("## What each role opens")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (nobody's|`\w+`) \| (.+) \|$", text, re.MULTILINE))
    documented = {(role, route) for role, routes in rows.items() for route in re.findall(r"`([^`]+)`", routes)}

    assert documented == {
        ("nobody's" if each.anonymous else f"`{each.role}`", f"{each.method} /{each.path.lstrip('/')}")
        for each in ROUTES
    }
