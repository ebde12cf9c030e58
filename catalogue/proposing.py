"""
Proposals: made of what the chat model asks for, and carried out when a person accepts them.

A model may obey whatever a picture says. So what it asks for is checked as a request of a person's would be, kept, and
shown; and what has changed since is left as it is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from catalogue.collecting import create_collection
from catalogue.context import CatalogueContext
from catalogue.editing import edit
from catalogue.jobs.giving_way import BATCH
from catalogue.patch import parse_patch
from shared.access.caller import current_caller
from shared.access.sight import current_sight
from shared.errors import BadRequest, Conflict, NotFound, Permanent
from shared.photo import Photo, utc
from shared.search.index import PhotoIndex
from shared.stores.collections import Collection, Collections
from shared.stores.proposals import Proposal, Proposals, ProposedChange
from shared.visible_collections import visible_collections, visible_ids

MAX_NAME = 200
MAX_DESCRIPTION = 4000
MAX_SHOWN = 20  # open proposals of one person


@dataclass(frozen=True)
class ProposalMaker:
    """Makes and keeps proposals for one caller: `by` is their name, and `owner` their identity."""

    proposals: Proposals
    by: str
    owner: str = ""

    async def propose_edits(self, edits: Sequence[tuple[Photo, Mapping[str, Any]]]) -> Proposal:
        """A proposal to write these values; BadRequest for what nobody could write, or what would change nothing."""
        changes = [change for photo, values in edits for change in _changes(photo, parse_patch(dict(values)))]
        if not changes:
            raise BadRequest("this would change nothing")
        return await self._keep(Proposal(kind="edit", changes=tuple(changes), **self._begin()))

    async def propose_collection(self, name: str, description: str, photos: Sequence[Photo]) -> Proposal:
        """A proposal to make a collection."""
        name = " ".join(name.split())[:MAX_NAME]
        if not name:
            raise BadRequest("the collection needs a name")
        ids = tuple(photo.id for photo in photos)
        return await self._keep(
            Proposal(
                kind="collection", name=name, description=description[:MAX_DESCRIPTION], photos=ids, **self._begin()
            )
        )

    def _begin(self) -> dict[str, Any]:
        return {"id": uuid4().hex, "created_by": self.by, "created_at": utc(datetime.now(UTC)), "owner": self.owner}

    async def _keep(self, proposal: Proposal) -> Proposal:
        await self.proposals.write(proposal)
        return proposal


def _changes(photo: Photo, values: Mapping[str, Any]) -> list[ProposedChange]:
    return [
        ProposedChange(photo.id, photo.path, name, old, value)
        for name, value in sorted(values.items())
        if value is not None and (old := getattr(photo, name)) != value
    ]


@dataclass
class Acceptance:
    """
    What has become of a proposal: how many photos were changed, and the `collection` that was made.

    `photos` are those that were written, or that are in the collection. `stale` are changes that were not made, as the
    photo says something else by now; `errors` are by photo.
    """

    changed: int = 0
    photos: list[str] = field(default_factory=list)
    collection: str | None = None
    stale: list[ProposedChange] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


async def read_proposal(id_: str, proposals: Proposals, index: PhotoIndex) -> Proposal:
    """
    A proposal, as far as it is about photos that the caller of now sees.

    NotFound if there is none, or for who does not see every photo, if it was made for somebody else.
    """
    proposal = await proposals.read(id_)
    if current_sight().is_full:
        return proposal
    if not proposal.is_of(current_caller()):
        raise NotFound(f"there is no proposal {id_}: one is kept for a day", param="id")
    return await _as_seen(proposal, index)


async def open_proposals(proposals: Proposals, index: PhotoIndex) -> list[Proposal]:
    """The caller's own proposals that wait to be accepted, the newest first, as far as the caller sees their photos."""
    seen = [await _as_seen(each, index) for each in (await proposals.open_of(current_caller()))[:MAX_SHOWN]]
    return [each for each in seen if each.photos or each.changes]


async def _as_seen(proposal: Proposal, index: PhotoIndex) -> Proposal:
    """Without the photos that the caller of now does not see."""
    if current_sight().is_full:
        return proposal
    seen = await visible_ids([*proposal.photos, *(each.photo for each in proposal.changes)], index)
    return replace(
        proposal,
        photos=tuple(each for each in proposal.photos if each in seen),
        changes=tuple(each for each in proposal.changes if each.photo in seen),
    )


async def accept(
    id_: str, *, by: str, proposals: Proposals, collections: Collections, context: CatalogueContext
) -> Acceptance:
    """Carry a proposal out, once; Conflict if somebody has. Doing it again after a failure doubles nothing."""
    proposal = await read_proposal(id_, proposals, context.index)
    if proposal.accepted_by:
        raise Conflict(f"the proposal was accepted by {proposal.accepted_by!r}", param="id")
    acceptance = Acceptance()
    if proposal.kind == "collection":
        collection = await _collect(proposal, by, collections, context)
        acceptance.collection, acceptance.photos = collection.id, list(collection.photos)
    else:
        await _edit(proposal, by, context, acceptance)
    await proposals.mark_accepted(id_, by=by, at=utc(datetime.now(UTC)))
    return acceptance


async def _collect(proposal: Proposal, by: str, collections: Collections, context: CatalogueContext) -> Collection:
    for each in await visible_collections(collections, context.index):
        if each.id == proposal.id:  # made before anybody could write down that it was accepted
            return each
        if each.name.casefold() == proposal.name.casefold():
            raise Conflict(f"there is a collection named {each.name!r}", param="name")
    there = await context.index.entries(proposal.photos)
    values = {"name": proposal.name, "description": proposal.description}
    photos = [each for each in proposal.photos if each in there]
    # Its id is that of the proposal: of two people who accept it at the same time, one makes it.
    return await create_collection(values, photos, by=by, collections=collections, index=context.index, id_=proposal.id)


async def _edit(proposal: Proposal, by: str, context: CatalogueContext, acceptance: Acceptance) -> None:
    limit = asyncio.Semaphore(BATCH)
    by_photo: dict[str, list[ProposedChange]] = {}
    for change in proposal.changes:
        by_photo.setdefault(change.photo, []).append(change)

    async def write(id_: str, changes: Sequence[ProposedChange]) -> None:
        stale: list[ProposedChange] = []
        new: dict[str, Any] = {}

        def values(photo: Photo) -> dict[str, Any]:
            current = {change.field: getattr(photo, change.field) for change in changes}
            stale[:] = [each for each in changes if current[each.field] not in (each.old, each.new)]
            new.clear()
            new.update({each.field: each.new for each in changes if current[each.field] == each.old})
            return new

        async with limit:
            try:
                await edit(id_, values, by=by, context=context, job=proposal.id)
            except Permanent as error:
                acceptance.errors[id_] = str(error)
                return
        acceptance.stale += stale
        acceptance.changed += len(stale) < len(changes)
        if new:
            acceptance.photos.append(id_)

    await asyncio.gather(*(write(id_, changes) for id_, changes in by_photo.items()))
