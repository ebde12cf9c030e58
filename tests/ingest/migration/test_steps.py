"""The steps of a move: one write of the record each, in their order, and by one at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ingest.migration.steps import (
    KEPT,
    KNOWN_TO_ALL,
    STAYS,
    begin,
    end,
    give_up,
    go_back,
    is_over,
    may_be_removed,
    removed,
    switch,
)
from shared.embedded_index import EmbeddedIndex, IndexRecord
from shared.embedding_model import EmbeddingModel
from shared.errors import BadRequest

FIRST = EmbeddedIndex("photos", EmbeddingModel("embedding", 2))
SECOND = EmbeddedIndex("photos-2", EmbeddingModel("better embedding", 3))
THIRD = EmbeddedIndex("photos-3", FIRST.embedding)


class Store:
    """The record in memory."""

    def __init__(self, stored: IndexRecord | None = None, configured: EmbeddedIndex = FIRST) -> None:
        self.stored, self.configured = stored, configured
        self.writes = 0

    async def read(self) -> tuple[IndexRecord | None, str]:
        return self.stored, str(self.writes)

    async def now(self) -> IndexRecord:
        stored = self.stored
        return stored if stored and stored.knows(self.configured.name) else IndexRecord(self.configured)

    async def write(self, record: IndexRecord, *, etag: str) -> None:
        assert etag == str(self.writes)
        self.stored, self.writes = record, self.writes + 1


def store(stored: IndexRecord | None = None, configured: EmbeddedIndex = FIRST) -> Any:
    return cast(Any, Store(stored, configured))


def earlier(record: IndexRecord | None, age: timedelta) -> IndexRecord:
    assert record
    return replace(record, since=datetime.now(UTC) - age)


async def test_a_move_there_and_the_end_of_it() -> None:
    ours = store()

    begun = await begin(SECOND, ours)
    assert (begun.live, begun.beside, begun.is_filling, begun.past) == (FIRST, SECOND, True, ())
    switched = await switch(ours)
    assert (switched.live, switched.beside, switched.is_filling) == (SECOND, FIRST, False)
    assert switched.kept_until
    assert switched.since
    assert switched.kept_until - switched.since == KEPT

    ours.stored = earlier(ours.stored, STAYS)
    ended = await end(ours)
    assert (ended.live, ended.beside, ended.removing) == (SECOND, None, FIRST)
    assert ended.knows(FIRST.name)
    done = await removed(ours)
    assert (done.live, done.removing, done.past) == (SECOND, None, (FIRST,))
    assert (await begin(FIRST, ours)).past == ()  # its name may be used again


async def test_what_was_begun_is_gone_on_with_and_nothing_is_written_twice() -> None:
    ours = store()
    begun = await begin(SECOND, ours)

    assert await begin(SECOND, ours) == begun
    assert ours.writes == 1
    with pytest.raises(BadRequest, match=r"on its way to photos-2"):
        await begin(THIRD, ours)


async def test_there_are_never_three() -> None:
    ours = store()
    await begin(SECOND, ours)
    await switch(ours)

    with pytest.raises(BadRequest, match=r"the index before, photos .* is still kept"):
        await begin(THIRD, ours)
    ours.stored = earlier(ours.stored, STAYS)
    await end(ours)
    with pytest.raises(BadRequest, match="is still kept"):
        await begin(THIRD, ours)
    await removed(ours)
    with pytest.raises(BadRequest, match="is in the index photos-2"):
        await begin(SECOND, ours)


async def test_the_index_before_stays_for_ten_minutes() -> None:
    ours = store()
    await begin(SECOND, ours)
    await switch(ours)

    with pytest.raises(BadRequest, match=r"photos .* stays until \d\d:\d\d UTC"):
        await end(ours)


async def test_back_and_forth() -> None:
    ours = store()
    await begin(SECOND, ours)
    with pytest.raises(BadRequest, match="no index to go back to"):
        await go_back(ours)
    await switch(ours)

    back = await go_back(ours)

    assert (back.live, back.beside, back.is_filling) == (FIRST, SECOND, False)
    with pytest.raises(BadRequest, match="no index to go back to"):
        await go_back(ours)  # whoever was killed may say it again
    again = await begin(SECOND, ours)
    assert (again.live, again.beside, again.is_filling) == (FIRST, SECOND, True)
    assert (await switch(ours)).live == SECOND
    assert (await go_back(ours)).live == FIRST


async def test_one_that_is_being_filled_can_be_given_up() -> None:
    ours = store()
    await begin(SECOND, ours)

    record = await give_up(ours)

    assert (record.live, record.beside, record.removing, record.is_filling) == (FIRST, None, SECOND, False)
    with pytest.raises(BadRequest, match="no index is being filled"):
        await give_up(ours)
    with pytest.raises(BadRequest, match="no index is being filled"):
        await switch(ours)


async def test_settings_that_name_another_index_begin_anew_and_nothing_is_forgotten() -> None:
    ours = store(IndexRecord(SECOND, past=(FIRST,)), configured=THIRD)

    record = await begin(EmbeddedIndex("photos-4", FIRST.embedding), ours)

    assert (record.live, record.past) == (THIRD, (SECOND, FIRST))


def test_the_timer_ends_it_when_its_time_is_over_and_removes_it_when_all_know() -> None:
    now = datetime.now(UTC)
    kept = IndexRecord(SECOND, beside=FIRST, since=now, kept_until=now + KEPT)
    assert not is_over(kept, now)
    assert is_over(kept, now + KEPT)
    assert not is_over(replace(kept, is_filling=True), now + KEPT)
    assert not is_over(IndexRecord(FIRST), now)

    ended = IndexRecord(SECOND, removing=FIRST, since=now)
    assert not may_be_removed(ended, now)
    assert may_be_removed(ended, now + timedelta(seconds=KNOWN_TO_ALL))
    assert not may_be_removed(kept, now + KEPT)
