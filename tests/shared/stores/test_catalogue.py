"""`catalogue.json`: read again in time, put in force once it fits, and never half used; against Azurite."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.catalogue.definition import Catalogue
from shared.catalogue.in_force import EMPTY, catalogue, definitions_version, put_in_force
from shared.errors import BadRequest, Outage, PreconditionFailed, SettingsError, Transient
from shared.stores.catalogue import MAX_AGE, CatalogueStore
from tests.machine import NO_PAUSES, Azurite, free_port
from tests.shared.catalogue.definitions import content, shop
from tests.shared.stores.test_api_keys import Clock

WRONG = b'{"fields": [{"name": "a", "type": "colour"}]}'


class FakeIndex:
    """Takes all fields, or fails as a test says."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.adopted: list[Catalogue] = []

    async def adopt(self, new: Catalogue) -> None:
        if self.error:
            raise self.error
        self.adopted.append(new)


class Instances:
    """Instances of the app that share a file, an index and a clock."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self.blobs, self.index, self.clock = blobs, FakeIndex(), Clock()
        self.container = f"settings-{uuid.uuid4().hex[:12]}"
        self.one = self.start()

    def start(self) -> CatalogueStore:
        address = f"{self.container}/catalogue.json"
        return CatalogueStore(self.blobs, address=address, adopt=self.index.adopt, clock=self.clock)

    async def write(self, content: bytes) -> None:
        container = self.blobs.get_container_client(self.container)
        if not await container.exists():
            await container.create_container()
        await container.upload_blob("catalogue.json", content, overwrite=True)

    async def later(self, store: CatalogueStore | None = None) -> None:
        self.clock.now += MAX_AGE
        await (store or self.one).refresh()


def against(azurite: Azurite, work: Callable[[Instances], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(Instances(blobs))

    asyncio.run(run())


def test_without_a_file_nothing_is_made_and_nothing_is_in_force(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        await app.one.refresh()

        assert catalogue() is EMPTY
        assert app.one.fault == ""
        assert not await app.blobs.get_container_client(app.container).exists()
        assert app.index.adopted == []

    against(azurite, work)


def test_a_new_file_is_in_force_in_time_and_so_is_none(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        await app.one.refresh()
        await app.write(content())
        await app.one.refresh()
        assert catalogue() is EMPTY  # it is believed for a while

        await app.later()
        assert catalogue() == shop()
        assert app.index.adopted == [shop()]
        await app.later()
        assert len(app.index.adopted) == 1

        await app.blobs.get_blob_client(app.container, "catalogue.json").delete_blob()
        await app.later()
        assert catalogue() == EMPTY

    against(azurite, work)


def test_what_was_queued_by_newer_definitions_has_them_read_at_once(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        await app.write(content())
        await app.one.refresh()
        put_in_force(shop(facet=False))
        newer = definitions_version()
        put_in_force(shop())
        await app.write(content(facet=False))

        await app.one.follow("")
        await app.one.follow(definitions_version())
        assert catalogue() == shop()

        await app.one.follow(newer)
        assert catalogue() == shop(facet=False)

        await app.one.follow("of definitions before these")
        assert catalogue() == shop(facet=False)

    against(azurite, work)


@pytest.mark.parametrize("changes", ["wrong", "clash"])
def test_a_wrong_file_leaves_the_last_one_in_force_for_new_instances_too(azurite: Azurite, changes: str) -> None:
    async def work(app: Instances) -> None:
        await app.write(content())
        await app.one.refresh()
        if changes == "wrong":
            await app.write(WRONG)
        else:
            await app.write(content(type="multi-choice"))
            app.index.error = SettingsError("the field product_type cannot change its type")

        await app.later()
        assert catalogue() == shop()
        assert "catalogue.json is not used" in app.one.fault
        assert ("fields[0].type" if changes == "wrong" else "cannot change its type") in app.one.fault

        app.index.error = None if changes == "wrong" else app.index.error
        put_in_force(EMPTY)
        other = app.start()
        await other.refresh()
        assert catalogue() == (shop() if changes == "wrong" else EMPTY)
        assert other.fault == app.one.fault

        app.index.error = None
        await app.write(content(facet=False))
        await app.later(other)
        assert (catalogue(), other.fault) == (shop(facet=False), "")

    against(azurite, work)


def test_a_service_that_is_down_says_nothing_about_the_file(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        await app.write(content())
        app.index.error = Transient("the search service is busy")

        with pytest.raises(Transient):
            await app.one.refresh()
        await app.one.refresh_if_possible()
        assert (catalogue(), app.one.fault) == (EMPTY, "")

        app.index.error = None
        await app.later()
        assert catalogue() == shop()

    against(azurite, work)


def test_a_file_is_checked_before_it_is_stored(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        with pytest.raises(BadRequest, match=r"fields\[0\].type"):
            await app.one.save(WRONG)
        app.index.error = SettingsError("no room")
        with pytest.raises(BadRequest, match="no room"):
            await app.one.save(content())
        assert not await app.blobs.get_container_client(app.container).exists()

        app.index.error = None
        assert await app.one.save(content()) == shop()
        assert catalogue() == shop()

    against(azurite, work)


def test_of_two_who_replace_a_file_the_later_one_is_told(azurite: Azurite) -> None:
    async def work(app: Instances) -> None:
        await app.one.save(content())
        seen = app.one.etag
        assert seen
        await app.start().save(content(facet=False), if_match=seen)

        with pytest.raises(PreconditionFailed):
            await app.one.save(content(), if_match=seen)
        await app.one.check()
        assert catalogue() == shop(facet=False)

    against(azurite, work)


async def test_without_storage_a_search_goes_on_and_ingestion_waits() -> None:
    url = f"http://127.0.0.1:{free_port()}/devstoreaccount1"
    index: Any = FakeIndex()
    async with BlobServiceClient(url, **NO_PAUSES) as blobs:
        store = CatalogueStore(blobs, address="photo-settings/catalogue.json", adopt=index.adopt)

        await store.refresh_if_possible()
        await store.refresh()  # only a moment later: nobody waits for it twice
        with pytest.raises(Outage):
            await store.check()

    assert catalogue() is EMPTY
