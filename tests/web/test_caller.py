"""Whatever runs for a request knows who has sent it, the parts of its body too."""

import asyncio
from collections.abc import AsyncIterator

from shared.access.caller import APP, Caller, acting_for, current_caller
from shared.access.roles import Role
from shared.embedded_index import EmbeddedIndex, index_in_use, using_index
from shared.embedding_model import EmbeddingModel
from web.caller import BodyFor

ANNA = Caller("Anna", Role.EDITOR, id="1")


async def names() -> AsyncIterator[str]:
    yield current_caller().name
    yield await asyncio.create_task(name())


async def name() -> str:
    return current_caller().name


def test_what_no_request_has_begun_is_the_apps() -> None:
    assert current_caller() == APP


async def test_tasks_act_for_whom_they_were_begun_for() -> None:
    with acting_for(ANNA):
        task = asyncio.create_task(name())

    assert current_caller() == APP
    assert await task == "Anna"


async def test_a_body_is_made_for_its_caller_and_ends_there() -> None:
    assert [part async for part in BodyFor(ANNA, names())] == ["Anna", "Anna"]


async def test_a_body_is_made_of_the_index_that_its_handler_began_with() -> None:
    async def names() -> AsyncIterator[str]:
        for _ in range(2):
            yield str(index_in_use())

    index = EmbeddedIndex("photos", EmbeddingModel("embedding", 2))
    with using_index(index):
        body = BodyFor(ANNA, names())

    assert [part async for part in body] == [str(index)] * 2
    assert index_in_use() is None
    assert current_caller() == APP


async def test_a_body_that_nobody_began_to_read_is_closed() -> None:
    class Parts:
        closed_for = ""

        def __aiter__(self) -> "Parts":
            return self

        async def __anext__(self) -> str:
            return ""

        async def aclose(self) -> None:
            self.closed_for = current_caller().name

    parts = Parts()
    await BodyFor(ANNA, parts).aclose()

    assert parts.closed_for == "Anna"
