"""The roles of the identity rules are Azure's, and those that the template assigns."""

import re
from pathlib import Path

import pytest

from local.identity.roles import RoleDefinition, read_directory

DIRECTORY = read_directory()
TEMPLATES = Path(__file__).parents[3] / "infra"
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Cognitive Services OpenAI Contributor takes the place of its User with batches, which no laptop has.
WITH_BATCHES = "a001fd3d-188f-4b5d-821b-7da978bf7442"


def test_ids_are_unique_guids() -> None:
    ids = [each.id for each in DIRECTORY.definitions.values()]
    ids += [each.object_id for each in DIRECTORY.principals.values()]

    assert all(re.fullmatch(GUID, each) for each in ids)
    assert len(set(ids)) == len(ids)


def test_assignments_name_what_exists() -> None:
    assert {each.principal for each in DIRECTORY.assignments} <= DIRECTORY.principals.keys()
    assert {each.role for each in DIRECTORY.assignments} <= DIRECTORY.definitions.keys()


@pytest.mark.parametrize(
    ("pattern", "action", "granted"),
    [
        ("A/b/*", "a/B/c/d", True),
        ("A/*/read", "A/x/read", True),
        ("A/*/read", "A/x/write", False),
        ("A/b", "A/b/c", False),
        ("A.b/c", "Axb/c", False),
    ],
)
def test_wildcards_are_those_of_azure(pattern: str, action: str, granted: bool) -> None:
    assert RoleDefinition("r", "i", (pattern,)).grants(action) == granted


def test_the_template_assigns_these_roles_and_no_others() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.bicep"))
    assigned = {DIRECTORY.definitions[each.role].id for each in DIRECTORY.assignments}

    assert set(re.findall(rf"'({GUID})'", text)) == {*assigned, WITH_BATCHES}
