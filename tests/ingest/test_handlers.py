"""What the triggers call: whatever fails there is printed by the host."""

import inspect
from collections.abc import Awaitable, Callable

import pytest

from ingest import handlers
from shared.redaction import RedactedError
from shared.stores.tickets import Ticket

Handler = Callable[..., Awaitable[None]]
HANDLERS: list[Handler] = [
    each
    for name, each in vars(handlers).items()
    if inspect.iscoroutinefunction(each) and each.__module__ == handlers.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda each: str(each.__name__))
async def test_what_leaves_a_handler_holds_no_key(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("AccountKey=c2VjcmV0LW9mLW91cnM=")

    monkeypatch.setattr(handlers, "ingest_context", fail)
    arguments = [Ticket("a.jpg").encode()] if inspect.signature(handler).parameters else []

    with pytest.raises(RedactedError) as error:
        await handler(*arguments)

    assert "c2VjcmV0" not in str(error.value)
