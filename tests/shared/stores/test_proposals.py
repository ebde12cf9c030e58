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
