"""Refusing what somebody's role does not allow, in words that help."""

from shared.access.caller import Caller
from shared.access.roles import Role
from shared.errors import InsufficientRights


def require_role(caller: Caller, role: Role, *, what: str = "this") -> None:
    """InsufficientRights, which says what is missing, for a caller of a lower role."""
    if caller.role >= role:
        return
    if caller.id:
        raise InsufficientRights(f"{what} needs the role {role}, and {caller.name!r} has the role {caller.role}")
    raise InsufficientRights(
        f"the key {caller.name!r} has the role {caller.role}: {what} needs a key with the role {role}"
    )
