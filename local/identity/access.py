"""Who may do what where: role assignments, which a test may change while everything runs."""

from dataclasses import dataclass

from local.identity.roles import Directory, RoleAssignment


@dataclass(frozen=True)
class Permission:
    """What an operation takes at a scope: all actions of one of the alternatives."""

    scope: str
    any_of: tuple[tuple[str, ...], ...]


class AccessControl:
    """The assignments in force. A change works at once; in Azure it takes minutes."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.assignments = directory.assignments

    def replace(self, assignments: tuple[RoleAssignment, ...]) -> None:
        """Put others in force; ValueError names a role or principal that does not exist."""
        for each in assignments:
            if each.role not in self.directory.definitions or each.principal not in self.directory.principals:
                raise ValueError(f"there is no role {each.role!r} or no principal {each.principal!r}")
        self.assignments = assignments

    def allows(self, object_id: str, permission: Permission) -> bool:
        """Whether the roles of a principal include what the operation takes."""
        return any(
            all(self._grants(object_id, action, permission.scope) for action in actions)
            for actions in permission.any_of
        )

    def _grants(self, object_id: str, action: str, scope: str) -> bool:
        return any(
            self.directory.principals[each.principal].object_id == object_id
            and f"{scope}/".startswith(f"{each.scope}/")
            and self.directory.definitions[each.role].grants(action)
            for each in self.assignments
        )
