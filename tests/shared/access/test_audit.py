"""Writing down who did what, and what happens when that cannot be."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from shared.access import audit
from shared.access.audit import AuditWriter, RefusalLimit, record, record_first, record_refusal
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.errors import Outage
from shared.stores.audit import AuditRecord

ANN = Caller("Ann", Role.EDITOR, "id of Ann", frozenset({"friends"}))
IDS = [f"{number:032x}" for number in range(2500)]


@dataclass
class Store:
    """Requests that were written, each with its records; it may be down, or slow."""

    requests: list[list[AuditRecord]] = field(default_factory=list)
    is_down: bool = False

    async def append(self, records: Sequence[AuditRecord]) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise Outage("storage cannot be reached")
        self.requests.append(list(records))

    @property
    def records(self) -> list[AuditRecord]:
        return [each for request in self.requests for each in request]


@dataclass
class Clients:
    audit: Store = field(default_factory=Store)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    clients = Clients()
    monkeypatch.setattr(audit, "services", lambda: clients)
    for each in (audit.audit_writer, audit.refusal_limit):
        each.cache_clear()
    yield clients.audit
    for each in (audit.audit_writer, audit.refusal_limit):
        each.cache_clear()


async def test_a_record_says_who_with_which_role_did_what_to_which_photos(store: Store) -> None:
    with acting_for(ANN):
        await record("edited", IDS[:2], about="collection:1", job="2")
    await record("emptied", count=7)

    first, second = store.records
    assert (first.action, first.by, first.by_id, first.role) == ("edited", "Ann", "id of Ann", "editor")
    assert (first.photos, first.about, first.job) == (tuple(IDS[:2]), "collection:1", "2")
    assert (second.by, second.by_id, second.role, second.count) == ("the app", "", "admin", 7)


async def test_many_photos_are_several_records_in_one_request(store: Store) -> None:
    await record("deleted", IDS)

    [request] = store.requests
    assert [len(each.photos) for each in request] == [1000, 1000, 500]
    assert [id_ for each in request for id_ in each.photos] == IDS


async def test_what_is_recorded_at_the_same_time_takes_few_requests(store: Store) -> None:
    await asyncio.gather(*(record("uploaded", [id_]) for id_ in IDS[:50]))

    assert sorted(each.photos[0] for each in store.records) == IDS[:50]
    assert len(store.requests) <= 3


async def test_what_cannot_be_written_is_told_and_written_later(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.is_down = True
    await record("edited", IDS[:1])
    assert "the audit log cannot be written" in caplog.text

    store.is_down = False
    await record("edited", IDS[1:2])
    assert [each.photos for each in store.records] == [(IDS[0],), (IDS[1],)]


async def test_a_request_that_is_cancelled_meanwhile_loses_no_record(store: Store) -> None:
    task = asyncio.ensure_future(record("edited", IDS[:1]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await record("edited", IDS[1:2])
    assert [each.photos for each in store.records] == [(IDS[0],), (IDS[1],)]


async def test_too_many_that_cannot_be_written_are_told(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MAX_WAITING", 2)
    store.is_down, writer = True, AuditWriter()
    for id_ in IDS[:4]:
        with pytest.raises(Outage):
            await writer.write([AuditRecord(at="", action="edited", by="", photos=(id_,))], store)  # type: ignore[arg-type]
    assert "has lost 1 records" in caplog.text

    store.is_down = False
    await writer.write([], store)  # type: ignore[arg-type]
    assert [each.photos for each in store.records] == [(IDS[2],), (IDS[3],)]


async def test_what_nobody_can_take_back_is_refused_where_it_cannot_be_recorded(store: Store) -> None:
    store.is_down = True
    with pytest.raises(Outage):
        await record_first("emptied")

    store.is_down = False
    await record("edited")
    assert [each.action for each in store.records] == ["edited"]  # what was not done is not said to be


async def test_refusals_are_counted_beyond_a_few_a_minute(store: Store) -> None:
    for _ in range(100):
        await record_refusal("empty_trash", ANN)
        await record_refusal("search", None)

    known = [each for each in store.records if each.by]
    unknown = [each for each in store.records if not each.by]
    assert len(known) == audit.KNOWN_A_MINUTE
    assert (known[0].by_id, known[0].role, known[0].about) == ("id of Ann", "editor", "function:empty_trash")
    assert [(each.role, each.about, each.count) for each in unknown] == [("", "", 1)]


def test_the_first_refusal_of_a_minute_stands_for_those_that_were_left_out() -> None:
    now = 0.0
    limit = RefusalLimit(2, clock=lambda: now)

    assert [limit.admit() for _ in range(5)] == [1, 1, 0, 0, 0]
    now = 59.9
    assert limit.admit() == 0
    now = 60.0
    assert [limit.admit() for _ in range(3)] == [5, 1, 0]


async def test_a_key_named_as_nobody_is_has_the_role_that_it_has(store: Store) -> None:
    for caller in (Caller(audit.OUTSIDE.name, Role.VIEWER), Caller("outside", Role.VIEWER), audit.OUTSIDE):
        await record("deleted", caller=caller)

    assert [each.role for each in store.records] == ["viewer", "viewer", ""]
    assert " " in audit.OUTSIDE.name  # which no key can have
