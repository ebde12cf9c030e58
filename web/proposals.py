"""`/api/proposals`: what the chat proposed, to be looked at, accepted or dismissed by a person."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from catalogue.context import catalogue_context
from catalogue.proposing import accept, open_proposals, read_proposal
from shared.access.audit import record
from shared.errors import NotFound
from shared.photo import is_photo_id
from shared.services import services
from shared.stores.jobs import PhotoFault
from shared.stores.proposals import Proposal, ProposedChange
from web.caller import caller_of


class AcceptResult(TypedDict):
    """
    What has become of a proposal: how many photos were changed, and the id of the collection that was made.

    `stale` are changes that were not made, as the photo says something else by now.
    """

    changed: int
    collection: str | None
    stale: list[ProposedChange]
    errors: list[PhotoFault]


class OpenProposals(TypedDict):
    """One's own proposals that wait to be accepted, the newest first."""

    proposals: list[Proposal]


async def proposals(request: Request) -> Response:
    """What the chat proposed to the caller within the last day and nobody accepted or dismissed."""
    clients = services()
    records = [asdict(each) for each in await open_proposals(clients.proposals, clients.index)]
    return JSONResponse({"proposals": records}, headers={"Cache-Control": "no-store"})


async def proposal(request: Request) -> Response:
    """One proposal of the last day."""
    clients = services()
    record = await read_proposal(parse_proposal_id(request), clients.proposals, clients.index)
    return JSONResponse(asdict(record), headers={"Cache-Control": "no-store"})


async def accept_proposal(request: Request) -> Response:
    """Carry a proposal out."""
    clients, id_ = services(), parse_proposal_id(request)
    acceptance = await accept(
        id_,
        by=caller_of(request).name,
        proposals=clients.proposals,
        collections=clients.collections,
        context=catalogue_context(),
    )
    about = f"collection:{acceptance.collection}" if acceptance.collection else f"proposal:{id_}"
    await record("collected" if acceptance.collection else "edited", sorted(acceptance.photos), about=about)
    return JSONResponse(
        {
            "changed": acceptance.changed,
            "collection": acceptance.collection,
            "stale": [asdict(each) for each in acceptance.stale],
            "errors": [{"id": id_, "error": error} for id_, error in acceptance.errors.items()],
        }
    )


async def dismiss(request: Request) -> Response:
    """Forget a proposal."""
    clients = services()
    seen = await read_proposal(parse_proposal_id(request), clients.proposals, clients.index)
    await clients.proposals.delete(seen.id)
    return Response(status_code=204)


def parse_proposal_id(request: Request) -> str:
    """The id in the path of a request; NotFound where no proposal can have it."""
    id_: str = request.path_params["id"]
    if not is_photo_id(id_):
        raise NotFound(f"there is no proposal {id_!r}: an id has 32 hexadecimal digits", param="id")
    return id_
