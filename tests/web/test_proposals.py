"""`/api/proposals`: looked at, accepted and dismissed."""

import httpx
import pytest

from shared.photo import photo_id
from shared.stores.proposals import Proposal, ProposedChange
from tests.web.fake_services import FakeServices

ID = photo_id("proposal")
CHANGE = ProposedChange(photo_id("gone.jpg"), "gone.jpg", "title", "old", "new")


@pytest.fixture
def proposal(services: FakeServices) -> Proposal:
    proposal = Proposal(id=ID, kind="edit", created_by="me", created_at="2026-05-01T12:00:00Z", changes=(CHANGE,))
    services.proposals.records[ID] = proposal
    return proposal


async def test_a_proposal_is_shown_as_a_diff_and_dismissed(http: httpx.AsyncClient, proposal: Proposal) -> None:
    record = (await http.get(f"/api/proposals/{ID}")).json()

    assert record["changes"][0] == vars(CHANGE)
    assert (await http.delete(f"/api/proposals/{ID}")).status_code == 204
    assert (await http.get(f"/api/proposals/{ID}")).status_code == 404


@pytest.mark.parametrize("id_", ["nonsense", "0" * 32])
async def test_there_is_no_such_proposal(id_: str, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/api/proposals/{id_}")).status_code == 404
    assert (await http.post(f"/api/proposals/{id_}/accept")).status_code == 404
