"""Which role somebody has who has signed in: by the app roles and groups that came with them, in this one place."""

from collections.abc import Collection, Iterable, Mapping

from shared.access.roles import Role

ROLES: dict[str, Role] = {role.label: role for role in Role}


def role_of(app_roles: Iterable[str], groups: Collection[str], role_groups: Mapping[str, Role]) -> Role | None:
    """
    The highest role that an app role is the name of, or that ROLE_GROUPS gives one of the groups; None without any.

    App roles of other names mean nothing here. Case does not matter.
    """
    by_name = [ROLES[name.lower()] for name in app_roles if name.lower() in ROLES]
    by_group = [role_groups[group.lower()] for group in groups if group.lower() in role_groups]
    return max([*by_name, *by_group], default=None)


def parse_role_groups(text: str) -> dict[str, Role]:
    """The role of each group, by its id in lower case, of `editor=ID, viewer=ID`; ValueError says what is wrong."""
    roles: dict[str, Role] = {}
    for entry in text.split(","):
        name, _, group = (part.strip().lower() for part in entry.partition("="))
        if name not in ROLES or not group or set(" =") & set(group):
            raise ValueError(
                "use a role and the id of a group, such as editor=11111111-2222-3333-4444-555555555555, with commas "
                f"between several; the roles are {', '.join(ROLES)}"
            )
        if group in roles:
            raise ValueError(f"the group {group} has two roles: keep the higher one")
        roles[group] = ROLES[name]
    return roles
