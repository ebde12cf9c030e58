"""`docs/roles.md` says what each role opens and what acts for whom, as the code does."""

import re
from pathlib import Path
from typing import get_args

from query.chat.tool_schemas import TOOL_ROLES
from shared.stores.audit import AuditAction
from tests.web.fake_services import FakeServices
from tests.web.test_authentication import NOT_HTTP
from web.job_actions import job_actions
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


def section(title: str) -> str:
    return DOC.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """The words in backquotes of the first column."""
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


def test_every_trigger_is_said_to_act_for_somebody() -> None:
    assert first_cells(section("What acts for whom").partition("| Jobs |")[0]) == NOT_HTTP


def test_every_job_and_every_tool_is_under_its_role(services: FakeServices) -> None:
    text = section("What acts for whom")
    rows = re.findall(r"^\| (`\w+`.*?) \| `(\w+)` \|$", text.partition("| Jobs |")[2], re.MULTILINE)
    documented = {action: role for actions, role in rows for action in re.findall(r"`(\w+)`", actions)}

    assert documented == {name: action.role.label for name, action in job_actions().items()}
    assert TOOL_ROLES.keys() <= {*re.findall(r"`(\w+)`", text)}


def test_every_action_of_the_audit_log_is_explained() -> None:
    assert first_cells(section("Who did what").partition("| `action` |")[2]) == {*get_args(AuditAction)}
