"""Proposals as they are kept, for a day."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.errors import NotFound
from shared.photo import photo_id, utc
from shared.stores.proposals import Proposal, Proposals, ProposedChange
from tests.machine import Azurite


def test_a_proposal_is_kept_for_a_day(azurite: Azurite) -> None:
    change = ProposedChange(photo_id("a.jpg"), "a.jpg", "tags", ["sea"], ["sea", "2026"])
    now = utc(datetime.now(UTC))
    proposal = Proposal(id=photo_id("p"), kind="edit", created_by="me", created_at=now, changes=(change,))

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            proposals = Proposals(blobs)
            await proposals.write(proposal)
            await proposals.sweep()
            assert await proposals.read(proposal.id) == proposal

            await proposals.write(replace(proposal, created_at=utc(datetime.now(UTC) - timedelta(hours=25))))
            with pytest.raises(NotFound, match="kept for a day"):
                await proposals.read(proposal.id)

            await proposals.write(proposal)
            await proposals.delete(proposal.id)
            await proposals.delete(proposal.id)
            with pytest.raises(NotFound):
                await proposals.read(proposal.id)

    asyncio.run(run())


def test_one_that_is_dismissed_while_it_is_accepted_stays_dismissed(azurite: Azurite) -> None:
    now = utc(datetime.now(UTC))
    proposal = Proposal(id=photo_id("d"), kind="collection", created_by="me", created_at=now, name="Sea")

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            proposals = Proposals(blobs)
            await proposals.write(proposal)
            await proposals.mark_accepted(proposal.id, by="ann", at=now)
            assert (await proposals.read(proposal.id)).accepted_by == "ann"

            await proposals.delete(proposal.id)
            await proposals.mark_accepted(proposal.id, by="ann", at=now)
            with pytest.raises(NotFound):
                await proposals.read(proposal.id)

    asyncio.run(run())


def test_photos_that_are_gone_leave_every_proposal(azurite: Azurite) -> None:
    ids = [photo_id(f"{number}.jpg") for number in range(3)]
    changes = tuple(ProposedChange(each, f"{each}.jpg", "title", "secret", "new") for each in ids[:2])
    edit = Proposal(id=photo_id("e"), kind="edit", created_by="me", created_at=utc(datetime.now(UTC)), changes=changes)
    lone = replace(edit, id=photo_id("lone"), changes=changes[:1])
    list_ = replace(edit, id=photo_id("l"), kind="collection", changes=(), photos=tuple(ids))

    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            proposals = Proposals(blobs)
            for each in (edit, lone, list_):
                await proposals.write(each)
            damaged = blobs.get_blob_client("photo-proposals", "damaged.json")
            await damaged.upload_blob(b"{", overwrite=True)

            await proposals.forget_photos({ids[0]})

            assert (await proposals.read(edit.id)).changes == changes[1:]
            assert (await proposals.read(list_.id)).photos == tuple(ids[1:])
            with pytest.raises(NotFound):
                await proposals.read(lone.id)
            await damaged.delete_blob()

    asyncio.run(run())
