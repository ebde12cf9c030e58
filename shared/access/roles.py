"""What somebody may do: each role may do all that the one before it may."""

from enum import IntEnum
from typing import Literal

from shared.api_keys import KeyRole

RoleName = Literal["viewer", "contributor", "editor", "admin"]


class Role(IntEnum):
    """
    viewer: search, chat and download. contributor: upload as well, and see to what failed of it. editor: edit, move,
    delete to the trash. admin: everything.
    """

    VIEWER = 1
    CONTRIBUTOR = 2
    EDITOR = 3
    ADMIN = 4

    @property
    def label(self) -> RoleName:
        return LABELS[self]

    def __str__(self) -> str:
        return self.label


LABELS: dict[Role, RoleName] = {
    Role.VIEWER: "viewer",
    Role.CONTRIBUTOR: "contributor",
    Role.EDITOR: "editor",
    Role.ADMIN: "admin",
}
ROLE_OF_RIGHT: dict[KeyRole, Role] = {
    "viewer": Role.VIEWER,
    "contributor": Role.CONTRIBUTOR,
    "editor": Role.EDITOR,
    "admin": Role.ADMIN,
    "read": Role.VIEWER,
    "full": Role.ADMIN,
}
