"""Who has sent a request that was let in, and whatever answers it."""

from collections.abc import AsyncIterable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from starlette.requests import Request

from shared.access.caller import NO_KEY, Caller, acting_for
from shared.embedded_index import index_in_use, using_index


def caller_of(request: Request) -> Caller:
    """Who has sent a request; "no key" before that is known, and where a route needs none."""
    caller: Caller = getattr(request.state, "caller", NO_KEY)
    return caller


class BodyFor:
    """
    The parts of a body, each made for this caller: it is read when its handler has returned, by another task.

    They are made of the index that the handler began with.

    `counted` is entered while a part is made.

    A class, not a generator: one that is closed before its first part does not close what it reads.
    """

    def __init__(
        self,
        caller: Caller,
        parts: AsyncIterable[Any],
        counted: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._caller = caller
        self._index = index_in_use()
        self._counted = counted
        self._parts: Any = aiter(parts)

    def __aiter__(self) -> "BodyFor":
        return self

    async def __anext__(self) -> Any:
        """The next part."""
        with acting_for(self._caller), using_index(self._index), self._counted():
            return await anext(self._parts)

    async def aclose(self) -> None:
        """End the work, if whatever makes the parts can be ended."""
        if close := getattr(self._parts, "aclose", None):
            with acting_for(self._caller), using_index(self._index):
                await close()
