"""Who has sent a request, and what that key may do."""

from dataclasses import dataclass

from starlette.requests import Request

from shared.api_keys import Right


@dataclass(frozen=True)
class Caller:
    """
    The holder of a key, by the key's name; `right` is `read` or `full`.

    Names with a space are ours, as no key can have one: "function key", and "no key" where a route needs none.
    """

    name: str
    right: Right


FUNCTION_KEY = Caller("function key", "full")  # the host has checked it, and does not say which one it was
NO_KEY = Caller("no key", "read")


def caller_of(request: Request) -> Caller:
    """Who has sent a request that was let in."""
    caller: Caller = getattr(request.state, "caller", NO_KEY)
    return caller
