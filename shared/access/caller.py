"""Who is asking: a person, the holder of a key, or nobody in particular."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.access.roles import Role
from shared.api_keys import Right

if TYPE_CHECKING:
    from shared.access.sight import Sight


@dataclass(frozen=True)
class Caller:
    """
    `name` is that of a person or a key. A person has an `id` as well, and is in `groups`, by their ids.

    Names with a space are ours, as no key can have one: "function key", and "no key" where a route needs none.
    Who has a `sight` of their own sees that, whatever the rules.
    """

    name: str
    role: Role
    id: str = ""
    groups: frozenset[str] = frozenset()
    sight: "Sight | None" = None

    @property
    def right(self) -> Right:
        """What a key of this role was said to have before there were roles."""
        return "full" if self.role is Role.ADMIN else "read"

    @property
    def owner(self) -> str:
        """
        What tells whose an upload is: a person's id, or the name of a key; empty where that is nobody in particular.

        A key's is `key:NAME`, which no id of a person can be.
        """
        return self.id or (f"key:{self.name}" if " " not in self.name else "")

    @property
    def identity(self) -> str:
        """What tells callers apart, people of one name as well: the owner or, for nobody in particular, our name."""
        return self.owner or self.name


FUNCTION_KEY = Caller("function key", Role.ADMIN)  # the host has checked it, and does not say which one it was
NO_KEY = Caller("no key", Role.VIEWER)
APP = Caller("the app", Role.ADMIN)  # what no request has begun: triggers and timers
COMMAND_LINE = Caller("command line", Role.ADMIN)  # whoever runs a command, with the rights that Azure gives them

_caller: ContextVar[Caller] = ContextVar("caller", default=APP)


def current_caller() -> Caller:
    """Who has begun what runs now; APP where no request has."""
    return _caller.get()


@contextmanager
def acting_for(caller: Caller) -> Iterator[None]:
    """All that runs within, and the tasks that begin there, is for this caller."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)
