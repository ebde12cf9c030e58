"""
The steps of a move, each one write of the record: begin -> switch -> finish, and back from either of the first two.

Whoever is killed between two of them leaves a record that says where to go on.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.migration.patience import patiently
from shared.embedded_index import EmbeddedIndex, IndexRecord
from shared.errors import BadRequest
from shared.stores.index_record import MAX_AGE, IndexRecordStore

log = logging.getLogger(__name__)

# Seconds after which every instance has read a change, and is done with what it began to write before.
KNOWN_TO_ALL = MAX_AGE + 15
STAYS = timedelta(minutes=10)  # that the index before stays at least: queries end in the index they began with
KEPT = timedelta(days=1)  # that it is the way back, unless somebody finishes earlier

Change = Callable[[IndexRecord], IndexRecord]


async def begin(target: EmbeddedIndex, store: IndexRecordStore) -> IndexRecord:
    """
    Have all instances write to this index as well; the same again where that has begun. BadRequest if it cannot.

    The index that the library has returned from is still written, and is only brought up to date.
    """

    def begun(record: IndexRecord) -> IndexRecord:
        if record.beside == target:
            filling = replace(record, is_filling=True, since=_now(), kept_until=None, is_back=False)
            return record if record.is_filling else filling
        if record.is_filling:
            raise BadRequest(
                f"the library is on its way to {record.beside}: go on with that, or give it up with --back"
            )
        if record.beside or record.removing:
            raise BadRequest(
                f"the index before, {record.beside or record.removing}, is still kept: --finish removes it"
            )
        if record.live.name == target.name:
            raise BadRequest(f"the library is in the index {record.live} already: name another with --to")
        past = tuple(each for each in record.past if each.name != target.name)
        return replace(record, beside=target, is_filling=True, since=_now(), past=past)

    return await _change(begun, store)


async def switch(store: IndexRecordStore) -> IndexRecord:
    """Make the index that was filled the live one; the one before stays beside it, as the way back."""

    def switched(record: IndexRecord) -> IndexRecord:
        if not (record.beside and record.is_filling):
            raise BadRequest("no index is being filled")
        return _exchanged(record, is_back=False)

    return await _change(switched, store)


async def go_back(store: IndexRecordStore) -> IndexRecord:
    """Make the index before the live one again."""

    def gone_back(record: IndexRecord) -> IndexRecord:
        if record.beside is None or record.is_filling or record.is_back:
            raise BadRequest("there is no index to go back to")
        return _exchanged(record, is_back=True)

    return await _change(gone_back, store)


async def give_up(store: IndexRecordStore) -> IndexRecord:
    """Fill the other index no longer; it is to be removed."""

    def given_up(record: IndexRecord) -> IndexRecord:
        if not record.is_filling:
            raise BadRequest("no index is being filled")
        return _without_beside(record)

    return await _change(given_up, store)


async def end(store: IndexRecordStore) -> IndexRecord:
    """Give up the way back: the index before is to be removed. BadRequest while queries may be at work in it."""

    def ended(record: IndexRecord) -> IndexRecord:
        if record.removing:
            return record
        if record.beside is None or record.is_filling:
            raise BadRequest("there is no index before that could be removed")
        if record.since and _now() < record.since + STAYS:
            free = f"{record.since + STAYS:%H:%M} UTC"
            raise BadRequest(f"the index {record.beside} stays until {free}, as queries may still be at work in it")
        return _without_beside(record)

    return await _change(ended, store)


async def removed(store: IndexRecordStore) -> IndexRecord:
    """Note that the index that was to be removed is gone."""
    return await _change(
        lambda record: replace(
            record, removing=None, past=(*record.past, *([record.removing] if record.removing else []))
        ),
        store,
    )


def is_over(record: IndexRecord, now: datetime) -> bool:
    """Whether the way back has been kept long enough."""
    return bool(record.beside and not record.is_filling and record.kept_until and record.kept_until <= now)


def may_be_removed(record: IndexRecord, now: datetime) -> bool:
    """Whether every instance knows by now that an index is to be removed."""
    return bool(record.removing and record.since and record.since + timedelta(seconds=KNOWN_TO_ALL) <= now)


def _exchanged(record: IndexRecord, *, is_back: bool) -> IndexRecord:
    assert record.beside
    now = _now()
    switched = replace(record, live=record.beside, beside=record.live, is_filling=False, is_back=is_back)
    return replace(switched, since=now, kept_until=now + KEPT)


def _without_beside(record: IndexRecord) -> IndexRecord:
    return replace(
        record, beside=None, is_filling=False, since=_now(), kept_until=None, removing=record.beside, is_back=False
    )


async def _change(change: Change, store: IndexRecordStore) -> IndexRecord:
    """Write what `change` makes of the record; PreconditionFailed if somebody else writes at the same time."""
    stored, etag = await patiently(store.read)
    record = await patiently(store.now)
    if stored and record != stored:  # the settings name an index that it does not know of, which counts from now on
        record = replace(record, past=stored.all)
    new = change(record)
    if new != stored:
        await store.write(new, etag=etag)
        log.info("the library is in the index %s", new.live)
    return new


def _now() -> datetime:
    return datetime.now(UTC)
