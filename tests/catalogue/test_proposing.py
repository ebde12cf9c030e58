"""Proposals that a person accepts: done once, and not where a photo says something else by now."""

from dataclasses import replace
from typing import Any, cast

import pytest

from catalogue.context import CatalogueContext
from catalogue.editing import edit
from catalogue.proposing import Acceptance, ProposalMaker, accept
from shared.errors import Conflict
from shared.photo import Photo, photo_id
from shared.stores.proposals import Proposal
from tests.catalogue.fakes import FakeCollections, FakeProposals
from tests.ingest.fakes import FakeEdits, FakeIndex, FakeModels, FakeTickets

A, B = photo_id("a.jpg"), photo_id("b.jpg")


class Desk:
    """Two photos, and proposals about them."""

    def __init__(self) -> None:
        self.proposals, self.collections, self.index = FakeProposals(), FakeCollections(), FakeIndex()
        parts: list[Any] = [FakeEdits(), self.index, FakeModels(), FakeTickets(), FakeTickets()]
        self.context = CatalogueContext(*parts)
        for id_, path in ((A, "a.jpg"), (B, "b.jpg")):
            self.index.photos[id_] = Photo(id=id_, path=path, etag='"1"', digest="d", tags=["sea"], title="Sea")

    async def propose(self, **values: Any) -> Proposal:
        maker = ProposalMaker(cast(Any, self.proposals), "me")
        return await maker.propose_edits([(each, values) for each in self.index.photos.values()])

    async def accept(self, proposal: Proposal) -> Acceptance:
        return await accept(
            proposal.id,
            by="you",
            proposals=cast(Any, self.proposals),
            collections=cast(Any, self.collections),
            context=self.context,
        )


async def test_an_accepted_proposal_is_written_once() -> None:
    desk = Desk()
    proposal = await desk.propose(tags=["sea", "2026"])
    assert desk.index.photos[A].tags == ["sea"]

    acceptance = await desk.accept(proposal)

    assert (acceptance.changed, acceptance.stale, acceptance.errors) == (2, [], {})
    assert desk.index.photos[A].tags == desk.index.photos[B].tags == ["sea", "2026"]
    with pytest.raises(Conflict, match="accepted by 'you'"):
        await desk.accept(proposal)


async def test_what_has_changed_since_is_listed_and_left() -> None:
    desk = Desk()
    proposal = await desk.propose(tags=["sea", "2026"], title="The sea")
    await edit(A, {"tags": ["mine"]}, by="me", context=desk.context)
    del desk.index.photos[B]

    acceptance = await desk.accept(proposal)

    assert [(each.photo, each.field, each.old) for each in acceptance.stale] == [(A, "tags", ["sea"])]
    assert (desk.index.photos[A].tags, desk.index.photos[A].title) == (["mine"], "The sea")
    assert (acceptance.changed, acceptance.errors) == (1, {B: f"there is no photo {B}"})
    assert acceptance.photos == [A]


async def test_accepting_again_after_a_crash_doubles_nothing() -> None:
    desk = Desk()
    proposal = await desk.propose(title="The sea")
    await desk.accept(proposal)
    desk.proposals.records[proposal.id] = replace(proposal, accepted_by="")  # the worker died before it said so

    acceptance = await desk.accept(proposal)

    assert (acceptance.changed, acceptance.stale, acceptance.photos) == (2, [], [])
    assert len((await desk.context.edits.read(A)).history) == 1


async def test_an_accepted_collection_has_the_photos_that_are_still_there() -> None:
    desk = Desk()
    maker = ProposalMaker(cast(Any, desk.proposals), "me")
    proposal = await maker.propose_collection("The sea", "", list(desk.index.photos.values()))
    del desk.index.photos[B]

    acceptance = await desk.accept(proposal)
    made = acceptance.collection

    assert made
    assert acceptance.photos == [A]
    assert ((await desk.collections.read(made)).name, (await desk.collections.read(made)).photos) == ("The sea", (A,))
    assert desk.index.photos[A].collections == [made]


async def test_two_who_accept_a_collection_at_once_make_one() -> None:
    desk = Desk()
    maker = ProposalMaker(cast(Any, desk.proposals), "me")
    proposal = await maker.propose_collection("The sea", "", list(desk.index.photos.values()))
    outcomes: list[Any] = []

    async def accept_meanwhile(photos: Any) -> Any:
        """Another person, between the look at the collections that there are and the making of one."""
        desk.index.entries = entries  # type: ignore[method-assign]
        outcomes.append(await desk.accept(proposal))
        return await entries(photos)

    entries = desk.index.entries
    desk.index.entries = accept_meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict, match="made already"):
        await desk.accept(proposal)

    assert list(desk.collections.records) == [outcomes[0].collection]


async def test_a_collection_is_not_made_again_after_a_crash() -> None:
    desk = Desk()
    maker = ProposalMaker(cast(Any, desk.proposals), "me")
    proposal = await maker.propose_collection("The sea", "", list(desk.index.photos.values()))
    first = await desk.accept(proposal)
    desk.proposals.records[proposal.id] = replace(proposal, accepted_by="")  # the worker died before it said so

    assert (await desk.accept(proposal)).collection == first.collection
    assert list(desk.collections.records) == [first.collection]
