"""The store of the vocabulary, against Azurite."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.catalogue.in_force import NO_VOCABULARY, vocabulary
from shared.errors import PreconditionFailed
from shared.stores import vocabulary as store
from shared.stores.vocabulary import VocabularyStore
from tests.machine import Azurite
from tests.shared.catalogue.test_vocabulary import ANIMALS, numbered


def against(
    azurite: Azurite,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[VocabularyStore, VocabularyStore, BlobServiceClient], Awaitable[None]],
) -> None:
    monkeypatch.setattr(store, "CONTAINER", f"vocabulary-{uuid.uuid4().hex[:12]}")

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            await work(VocabularyStore(blobs), VocabularyStore(blobs), blobs)

    asyncio.run(run())


def test_what_one_instance_stores_another_reads_and_a_lost_race_is_refused(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(one: VocabularyStore, other: VocabularyStore, blobs: BlobServiceClient) -> None:
        await one.read()
        assert (one.etag, vocabulary()) == (None, NO_VOCABULARY)

        await one.save(ANIMALS)
        await other.read()
        assert other.etag == one.etag
        await other.save(numbered(3), if_match=other.etag)
        with pytest.raises(PreconditionFailed):
            await one.save(ANIMALS, if_match=one.etag)
        assert vocabulary() == numbered(3)

    against(azurite, monkeypatch, work)


def test_a_damaged_file_changes_nothing_and_is_told(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(one: VocabularyStore, other: VocabularyStore, blobs: BlobServiceClient) -> None:
        await one.save(ANIMALS)
        await blobs.get_blob_client(store.CONTAINER, store.BLOB).upload_blob(b"{", overwrite=True)

        await one.read()
        assert vocabulary() == ANIMALS
        assert "is damaged" in one.fault

        await one.save(numbered(2))
        assert (vocabulary(), one.fault) == (numbered(2), "")

    against(azurite, monkeypatch, work)
