"""Azure's built-in roles, the identities that have some, and what the template assigns: the data of roles.json."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROLES_FILE = Path(__file__).with_name("roles.json")


@dataclass(frozen=True)
class RoleDefinition:
    """A built-in role: `actions` are its actions and data actions, with Azure's wildcards."""

    name: str
    id: str
    actions: tuple[str, ...]

    def grants(self, action: str) -> bool:
        """Whether the role includes an action; Azure compares them without case."""
        return any(_pattern(each).fullmatch(action) for each in self.actions)


@dataclass(frozen=True)
class Principal:
    """Who asks: an identity has a client id, by which it is chosen, and an object id, which tokens and roles name."""

    name: str
    client_id: str
    object_id: str


@dataclass(frozen=True)
class RoleAssignment:
    """A principal has a role at a scope, such as `storage` or `storage/blobServices/default/containers/photos`."""

    principal: str
    role: str
    scope: str


@dataclass(frozen=True)
class Directory:
    """All that is known of roles and identities."""

    tenant: str
    principals: Mapping[str, Principal]
    definitions: Mapping[str, RoleDefinition]
    assignments: tuple[RoleAssignment, ...]

    def by_client_id(self, client_id: str) -> Principal | None:
        return next((each for each in self.principals.values() if each.client_id == client_id.lower()), None)


@cache
def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(re.escape(action).replace(r"\*", ".*"), re.IGNORECASE)


def parse_assignments(raw: Sequence[Mapping[str, str]]) -> tuple[RoleAssignment, ...]:
    """Assignments from JSON; KeyError or TypeError where it is no list of them."""
    if not isinstance(raw, list):
        raise TypeError("a list is expected")
    return tuple(RoleAssignment(each["principal"], each["role"], each["scope"]) for each in raw)


def read_directory(path: Path = ROLES_FILE) -> Directory:
    """The identities, roles and assignments of a file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    principals = (Principal(name, each["clientId"], each["objectId"]) for name, each in content["principals"].items())
    definitions = (
        RoleDefinition(name, each["id"], tuple(each["actions"])) for name, each in content["definitions"].items()
    )
    return Directory(
        content["tenant"],
        {each.name: each for each in principals},
        {each.name: each for each in definitions},
        parse_assignments(content["assignments"]),
    )
