"""The tools that propose changes. They write a proposal and nothing else: a person accepts it on the page."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from catalogue.proposing import ProposalMaker
from query.chat.proposals import MAX_PROPOSED_PHOTOS, ProposeEdit, Rewriting, edits_of
from shared.errors import NotFound
from shared.photo import Photo
from shared.prompt_text import (
    PromptObject,
    PromptText,
    PromptValue,
    own,
    prompt_object,
    untrusted,
    untrusted_excerpt,
)
from shared.stores.proposals import Proposal, ProposedChange
from web.mcp.photo_facts import MAX_URL
from web.mcp.tools import McpContext, ToolOutput

MAX_SHOWN = 500  # characters of what a field says, and would say
PROPOSED = own("Nothing is changed yet: a person accepts or dismisses this at the url, within a day.")

PhotoIds = Annotated[list[str], Field(max_length=MAX_PROPOSED_PHOTOS)]


class ProposeEdits(BaseModel):
    """
    Propose to change what is written about photos: their tags, and texts of single photos. Nothing is changed: a person
    sees the proposal at the `url` of the result, and accepts or dismisses it. Give that address to the user.
    """

    model_config = ConfigDict(extra="forbid")

    ids: PhotoIds = Field([], description="The ids of the photos whose tags are meant.")
    add_tags: list[str] = Field([], max_length=50, description="Tags that all of these get.")
    remove_tags: list[str] = Field([], max_length=50, description="Tags that all of these lose.")
    texts: list[Rewriting] = Field([], max_length=200, description="New texts, each for one field of one photo.")


class ProposeCollections(BaseModel):
    """
    Propose a new collection of photos. Nothing is made: a person sees the proposal at the `url` of the result, and
    accepts or dismisses it. Give that address to the user.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, description="What to call the collection.")
    description: str = Field("", max_length=1000, description="What it is for, in a sentence.")
    ids: PhotoIds = Field(min_length=1, description="The ids of its photos, in their order.")


class ChangePreview(BaseModel):
    """One field of one photo: what it says, and what it would say."""

    id: str
    path: str
    field: str
    old: str | list[str]
    new: str | list[str]


class Proposed(BaseModel):
    """A proposal that waits for a person."""

    proposal: str = Field(description="Its id.")
    url: str = Field(description="Where a person sees it, and accepts or dismisses it.")
    kind: Literal["edit", "collection"]
    changes: list[ChangePreview] = []
    photos: list[str] = Field([], description="The ids of the collection's photos.")
    note: str = ""


async def propose_edit(arguments: ProposeEdits, context: McpContext) -> ToolOutput:
    """Keep a proposal to write these texts and tags."""
    ids = [*arguments.ids, *(str(each.id) for each in arguments.texts)]
    photos = await _photos(ids, context)
    request = ProposeEdit.model_validate(arguments.model_dump())
    return _proposed(await _maker(context).propose_edits(edits_of(request, photos.get)), context)


async def propose_collection(arguments: ProposeCollections, context: McpContext) -> ToolOutput:
    """Keep a proposal to make this collection."""
    photos = await _photos(arguments.ids, context)
    members = [photos[each] for each in dict.fromkeys(arguments.ids)]
    return _proposed(await _maker(context).propose_collection(arguments.name, arguments.description, members), context)


def _maker(context: McpContext) -> ProposalMaker:
    return ProposalMaker(context.clients.proposals, context.caller.name, context.caller.identity)


async def _photos(ids: list[str], context: McpContext) -> dict[str, Photo]:
    """The photos by id; NotFound names one that there is not, as half a proposal would be none that was asked for."""
    photos = {each.id: each for each in await context.query.library.get_many(ids)}
    for each in ids:
        if each not in photos:
            raise NotFound(f"there is no photo {each[:60]!r}: nothing was proposed", param="ids")
    return photos


def _proposed(proposal: Proposal, context: McpContext) -> ToolOutput:
    address = f"{context.page_url}?{urlencode({'view': 'review', 'proposal': proposal.id})}"
    facts: dict[str, PromptValue] = {
        "proposal": untrusted(proposal.id, 32),
        "url": untrusted(address, MAX_URL),
        "kind": own("edit") if proposal.kind == "edit" else own("collection"),
        "changes": [_change(each) for each in proposal.changes],
        "photos": [untrusted(each, 32) for each in proposal.photos],
        "note": PROPOSED,
    }
    return ToolOutput(prompt_object(**facts))


def _change(change: ProposedChange) -> PromptObject:
    return prompt_object(
        id=untrusted(change.photo, 32),
        path=untrusted(change.path, 300),
        field=untrusted(change.field, 40),
        old=_shown(change.old),
        new=_shown(change.new),
    )


def _shown(value: Any) -> PromptText | list[PromptText]:
    if isinstance(value, list | tuple):
        return [untrusted(str(each), 100) for each in value[:100]]
    return untrusted_excerpt(str(value if value is not None else ""), MAX_SHOWN)
