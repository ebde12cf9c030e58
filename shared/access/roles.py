"""What somebody may do: each role may do all that the one before it may."""

from enum import IntEnum

from shared.api_keys import Right


class Role(IntEnum):
    """
    viewer: search, chat and download. contributor: upload as well, and see to what failed of it. editor: edit, move,
    delete to the trash. admin: everything.
    """

    VIEWER = 1
    CONTRIBUTOR = 2
    EDITOR = 3
    ADMIN = 4


ROLE_OF_RIGHT: dict[Right, Role] = {"read": Role.VIEWER, "full": Role.ADMIN}
