"""`access.json`: checked, put in force, kept while it is wrong, and the earlier rules with it; against Azurite."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.access.in_force import RulesInForce, put_rules_in_force, rules_in_force
from shared.access.rules import CLOSED, NO_RULES, Rules, parse_rules
from shared.errors import BadRequest, Outage, PhotoError, PreconditionFailed
from shared.stores import access
from shared.stores.access import AccessStore
from shared.stores.api_keys import QUICKLY
from tests.machine import Azurite, free_port


def content(*folders: str) -> bytes:
    return json.dumps({"rules": [{"folder": each, "see": ["everyone"]} for each in folders]}).encode()


def rules(*folders: str) -> Rules:
    return parse_rules(content(*folders))


def in_force() -> list[str]:
    """The versions of the rules that count, those of now first."""
    return [each.version for each in rules_in_force().all]


def versions(*some: Rules) -> list[str]:
    return [each.version for each in some]


class Instances:
    """Instances of the app that share a container; `start` is another process, which has read nothing."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self.blobs = blobs
        self.container = blobs.get_container_client(access.CONTAINER)

    async def start(self) -> AccessStore:
        put_rules_in_force(RulesInForce())
        store = AccessStore(self.blobs)
        await store.read()
        return store

    async def write(self, data: bytes) -> None:
        await self.container.upload_blob(access.BLOB, data, overwrite=True)


@pytest.fixture
def against(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Instances], Awaitable[Any]]], None]:
    monkeypatch.setattr(access, "CONTAINER", f"settings-{uuid.uuid4().hex[:12]}")

    def run(work: Callable[[Instances], Awaitable[Any]]) -> None:
        async def connected() -> None:
            async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
                await work(Instances(blobs))

        asyncio.run(connected())

    return run


Against = Callable[[Callable[[Instances], Awaitable[Any]]], None]


def test_without_a_file_nothing_is_made_and_nothing_is_hidden(against: Against) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()

        assert in_force() == versions(NO_RULES)
        assert (store.fault, store.etag) == ("", None)
        assert not await app.container.exists()

    against(work)


def test_new_rules_count_with_the_earlier_ones_until_documents_follow(against: Against) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        await store.save(content("a"))
        assert in_force() == versions(rules("a"), NO_RULES)

        await store.save(content("b"), if_match=store.etag)
        assert in_force() == versions(rules("b"), rules("a"), NO_RULES)
        other = await app.start()
        assert in_force() == versions(rules("b"), rules("a"), NO_RULES)

        await other.settle(rules("a").version)  # which are not in force any more
        assert len(in_force()) == 3
        await other.settle(rules("b").version)
        assert in_force() == versions(rules("b"))
        await app.start()
        assert in_force() == versions(rules("b"))

    against(work)


def test_rules_that_come_back_do_not_count_twice(against: Against) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        for each in ("a", "b", "a"):
            await store.save(content(each))

        assert in_force() == versions(rules("a"), rules("b"), NO_RULES)

    against(work)


def test_a_file_that_is_wrong_leaves_the_last_that_was_right_also_in_instances_that_start_later(
    against: Against,
) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        await store.save(content("a"))
        await store.settle(rules("a").version)
        await app.write(b'{"rules": [{"folder": "a", "see": ["anna"]}]}')

        for each in (store, await app.start()):
            await each.read()
            assert in_force() == versions(rules("a"))
            assert (
                "access.json is not used, and the rules before it stay in force: rule 1: 'anna' is nobody" in each.fault
            )

        await app.write(content("b"))
        await store.read()
        assert in_force() == versions(rules("b"), rules("a"))
        assert store.fault == ""

    against(work)


def test_with_a_first_file_that_is_wrong_only_admins_see_photos(against: Against) -> None:
    async def work(app: Instances) -> None:
        await app.container.create_container()
        await app.write(b"{")
        store = await app.start()

        assert in_force() == versions(CLOSED)
        assert "access.json is not used, and only admins see photos" in store.fault
        await app.container.delete_blob(access.BLOB)
        await store.read()
        assert in_force() == versions(NO_RULES)

    against(work)


def test_a_file_that_is_deleted_ends_the_rules_once_documents_follow(against: Against) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        await store.save(content("a"))
        await store.settle(rules("a").version)
        await app.container.delete_blob(access.BLOB)
        await store.read()
        assert in_force() == versions(NO_RULES, rules("a"))

        await store.settle(NO_RULES.version)
        assert in_force() == versions(NO_RULES)
        assert [each.name async for each in app.container.list_blobs()] == []

    against(work)


def test_instances_that_see_new_rules_at_the_same_time_agree(against: Against) -> None:
    async def work(app: Instances) -> None:
        await app.container.create_container()
        await app.write(content("a"))
        await asyncio.gather(*(AccessStore(app.blobs).read() for _ in range(5)))

        await app.start()
        assert in_force() == versions(rules("a"), NO_RULES)

    against(work)


def test_those_who_read_at_once_share_a_reading_that_began_after_all_had_asked(
    against: Against, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(app: Instances) -> None:
        store, listings = await app.start(), 0
        await app.container.create_container()
        etags = store._etags

        async def listed(patience: Mapping[str, Any]) -> access.Etags:
            nonlocal listings
            listings += 1
            found = await etags(patience)
            if listings == 1:  # too late for whoever reads now, and before all others ask
                await app.write(content("a"))
            return found

        monkeypatch.setattr(store, "_etags", listed)
        await asyncio.gather(*(store.read() for _ in range(50)))

        assert in_force() == versions(rules("a"), NO_RULES)
        assert listings == 3  # two readings, and a look after the earlier rules were kept

    against(work)


def test_a_reading_counts_for_who_asked_before_it_began_and_for_no_one_later(
    against: Against, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        await app.container.create_container()
        before = time.monotonic()
        await store.read()
        await app.write(content("a"))

        await store.read(since=before)
        assert in_force() == versions(NO_RULES)

        await store.read(since=time.monotonic())
        assert in_force() == versions(rules("a"), NO_RULES)

    against(work)


@pytest.mark.parametrize(
    ("askers", "readings"), [(["patient"] * 20 + ["quick"], 2), (["quick"] * 20 + ["patient"] * 5, 3)]
)
def test_those_who_ask_at_once_share_a_reading_that_fails_unless_they_have_more_patience(
    against: Against, monkeypatch: pytest.MonkeyPatch, askers: list[str], readings: int
) -> None:
    patience: dict[str, Mapping[str, Any]] = {"patient": {}, "quick": QUICKLY}

    async def work(app: Instances) -> None:
        store, failed = await app.start(), list[Mapping[str, Any]]()

        async def fail(patience: Mapping[str, Any]) -> access.Etags:
            await asyncio.sleep(0)  # while others ask
            failed.append(patience)
            raise Outage("storage is down")

        with monkeypatch.context() as patch:
            patch.setattr(store, "_etags", fail)
            answers = await asyncio.gather(
                *(store.read(patience=patience[each]) for each in askers), return_exceptions=True
            )

        assert [str(each) for each in answers] == ["storage is down"] * len(askers)
        assert len(failed) == readings
        await app.container.create_container()
        await app.write(content("a"))
        await store.read()
        assert in_force() == versions(rules("a"), NO_RULES)

    against(work)


def test_two_people_do_not_write_over_each_other(against: Against) -> None:
    async def work(app: Instances) -> None:
        store = await app.start()
        await store.save(content("a"))
        etag = store.etag
        await store.save(content("b"), if_match=etag)

        with pytest.raises(PreconditionFailed, match="the rules have changed since"):
            await store.save(content("c"), if_match=etag)
        with pytest.raises(BadRequest, match="rule 2 is of the same folder as rule 1"):
            await store.save(content("c", "c"))
        assert in_force()[0] == rules("b").version

    against(work)


def test_rules_that_cannot_be_read_hide_everything_until_they_were_once() -> None:
    async def work() -> None:
        connection = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:{free_port()}/a;"
        async with BlobServiceClient.from_connection_string(connection, retry_total=0) as blobs:
            with pytest.raises(PhotoError):
                await AccessStore(blobs).read()
        assert not rules_in_force().is_known

    asyncio.run(work())
