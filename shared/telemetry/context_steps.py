"""Runs each step of a generator in the same context, whichever task takes it."""

from collections.abc import Awaitable, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class InContext(Generic[T]):
    """
    Awaits something in a context of its own.

    An answer is read by several tasks, one after the other, and each has a context of its own, in which what the
    answer's first step made current would be missing.
    """

    def __init__(self, context: Context, work: Awaitable[T]) -> None:
        self._context = context
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        steps: Any = self._work.__await__()
        resume, argument = steps.send, None
        while True:
            try:
                future = self._context.run(resume, argument)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
            try:
                resume, argument = steps.send, (yield future)
            except BaseException as error:
                resume, argument = steps.throw, error
