"""Which role somebody has who has signed in."""

import pytest

from shared.access.role_mapping import role_of
from shared.access.roles import Role

GROUPS = {"g-editors": Role.EDITOR, "g-guests": Role.VIEWER}


@pytest.mark.parametrize(
    ("app_roles", "groups", "role"),
    [
        ([], [], None),
        (["viewer"], [], Role.VIEWER),
        (["Contributor"], [], Role.CONTRIBUTOR),
        (["viewer", "admin", "editor"], [], Role.ADMIN),
        ([], ["G-Editors"], Role.EDITOR),
        ([], ["g-guests", "g-editors"], Role.EDITOR),
        (["viewer"], ["g-editors"], Role.EDITOR),
        (["admin"], ["g-guests"], Role.ADMIN),
        (["Photos.Admin", "owner", "", "admin "], ["g-strangers", ""], None),
        (["g-editors"], ["admin"], None),
    ],
)
def test_the_highest_of_app_roles_and_groups_counts(app_roles: list[str], groups: list[str], role: Role | None) -> None:
    assert role_of(app_roles, groups, GROUPS) is role
