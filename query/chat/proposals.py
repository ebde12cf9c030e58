"""What the chat model may propose: edits and collections of photos that it was shown. It writes nothing itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.photo import Photo
from shared.stores.proposals import Proposal

MAX_PROPOSED_PHOTOS = 50  # of one proposal
MAX_PROPOSALS = 5  # of one answer
TextField = Literal["title", "alt_text", "caption", "credit", "rights", "city", "state", "country"]
PHOTO_LIST = WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MAX_PROPOSED_PHOTOS})


def _nothing_as_list(value: Any) -> Any:
    return value or []


PhotoNumbers = Annotated[list[str | int], PHOTO_LIST, Field(max_length=MAX_PROPOSED_PHOTOS)]
Words = Annotated[list[str], BeforeValidator(_nothing_as_list)]
REWRITING = WithJsonSchema(
    {
        "type": "array",
        "description": "New texts, each for one field of one photo.",
        "items": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "The number or id of the photo."},
                "field": {"type": "string", "enum": list(get_args(TextField))},
                "text": {"type": "string"},
            },
            "required": ["id", "field", "text"],
        },
    }
)


class Rewriting(BaseModel):
    """A new text for one field of one photo."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    field: TextField
    text: str = Field(max_length=10_000)


class ProposeEdit(BaseModel):
    """
    Propose to change what is written about photos that were found, when the user asks for that: their tags, and texts
    of single photos. Nothing is changed: the user sees what would be, and accepts or dismisses it.
    """

    model_config = ConfigDict(extra="ignore")

    ids: PhotoNumbers = Field(default=[], description="The numbers or ids of the photos whose tags are meant.")
    add_tags: Words = Field(default=[], max_length=50, description="Tags that all of these get.")
    remove_tags: Words = Field(default=[], max_length=50, description="Tags that all of these lose.")
    texts: Annotated[list[Rewriting], BeforeValidator(_nothing_as_list), REWRITING] = Field(default=[], max_length=200)


class ProposeCollection(BaseModel):
    """
    Propose a new collection of photos that were found, when the user asks for one. Nothing is made: the user sees it,
    and accepts or dismisses it.
    """

    model_config = ConfigDict(extra="ignore")

    name: str = Field(min_length=1, max_length=200, description="What to call the collection.")
    description: str = Field("", max_length=1000, description="What it is for, in a sentence.")
    ids: PhotoNumbers = Field(min_length=1, description="The numbers or ids of its photos, in their order.")


PROPOSING_TOOLS: Mapping[str, type[BaseModel]] = {"propose_edit": ProposeEdit, "propose_collection": ProposeCollection}


class Proposer(Protocol):
    """What keeps proposals of one caller; BadRequest says why one cannot be."""

    async def propose_edits(self, edits: Sequence[tuple[Photo, Mapping[str, Any]]]) -> Proposal: ...

    async def propose_collection(self, name: str, description: str, photos: Sequence[Photo]) -> Proposal: ...


def edits_of(arguments: ProposeEdit, find: Callable[[str], Photo | None]) -> list[tuple[Photo, dict[str, Any]]]:
    """What to write into which photos; those that `find` does not know were not shown, and are left out."""
    values: dict[str, dict[str, Any]] = {}
    photos: dict[str, Photo] = {}
    for each in arguments.ids:
        if (photo := find(str(each))) and (arguments.add_tags or arguments.remove_tags):
            rest = [tag for tag in photo.tags if tag not in {word.lower() for word in arguments.remove_tags}]
            photos[photo.id] = photo
            values[photo.id] = {"tags": list(dict.fromkeys([*rest, *arguments.add_tags]))}
    for text in arguments.texts:
        if photo := find(str(text.id)):
            photos[photo.id] = photo
            values.setdefault(photo.id, {})[text.field] = text.text
    return [(photos[id_], each) for id_, each in values.items()][:MAX_PROPOSED_PHOTOS]
