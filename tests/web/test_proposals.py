"""`/api/proposals`: looked at, accepted and dismissed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.access.caller import Caller
from shared.access.in_force import RulesInForce
from shared.access.roles import Role
from shared.access.rules import CLOSED
from shared.photo import photo_id, utc
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
    assert (await http.delete(f"/api/proposals/{id_}")).status_code == 404


@pytest.mark.parametrize(
    ("caller", "owner", "status"),
    [
        (Caller("Ann", Role.EDITOR, "1"), "1", 204),
        (Caller("Ann", Role.EDITOR, "2"), "1", 404),
        (Caller("Ben", Role.EDITOR, "2"), "1", 404),
        (Caller("Ann", Role.EDITOR), "1", 404),
        (Caller("Ann", Role.EDITOR), "key:Ann", 204),
        (Caller("Ann", Role.EDITOR, "2"), "key:Ann", 404),
        (Caller("Ann", Role.EDITOR, "2"), "", 204),  # as an older version of the app wrote it
        (Caller("Ben", Role.EDITOR, "2"), "", 404),
        (Caller("Ben", Role.ADMIN, "2"), "1", 204),
    ],
)
async def test_who_does_not_see_everything_sees_and_dismisses_their_own(
    caller: Caller,
    owner: str,
    status: int,
    http: httpx.AsyncClient,
    services: FakeServices,
    proposal: Proposal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def authenticate(*_: Any) -> Caller:
        return caller

    monkeypatch.setattr("web.entry.authenticate", authenticate)
    monkeypatch.setattr("shared.access.in_force._current", RulesInForce(CLOSED))
    services.proposals.records[ID] = replace(proposal, owner=owner, created_by="Ann", created_at=utc(datetime.now(UTC)))

    assert (await http.get(f"/api/proposals/{ID}")).status_code == (404 if status == 404 else 200)
    assert (await http.delete(f"/api/proposals/{ID}")).status_code == status
    assert (ID in services.proposals.records) == (status == 404)


async def test_ones_own_open_proposals_are_listed_the_newest_first(
    http: httpx.AsyncClient, services: FakeServices, proposal: Proposal
) -> None:
    caller = Caller("function key", Role.ADMIN)
    mine = [
        replace(proposal, id=photo_id(day), created_by=caller.name, created_at=f"2026-05-{day}T12:00:00Z")
        for day in ("02", "04", "03")
    ]
    services.proposals.records |= {each.id: each for each in [*mine[:2], replace(mine[2], accepted_by="me")]}

    listed = (await http.get("/api/proposals")).json()["proposals"]

    assert [each["id"] for each in listed] == [photo_id("04"), photo_id("02")]
