"""Photos as agents read them: their facts, where the page shows them, and links to them as resources."""

from collections.abc import Sequence
from urllib.parse import urlencode

import mcp_types as types
from pydantic import BaseModel, ConfigDict, Field

from query.chat.payloads import photo_facts
from query.search.photo_words import lacking_words
from query.search.query_terms import QueryTerm
from shared.photo import Photo
from shared.prompt_text import PromptObject, PromptText, prompt_facts, untrusted, untrusted_line
from shared.search.results import Hit
from web.mcp.inert import inert_text

MAX_URL = 2_000
MAX_TITLE = 200
PHOTO_URI, COLLECTION_URI = "photos://photo/", "photos://collection/"


class PhotoFacts(BaseModel):
    """A photo. What is not known of it is left out."""

    model_config = ConfigDict(extra="allow")

    id: str
    url: str = Field(description="The photo on the page of the library: link it by this.")
    path: str
    title: str = ""
    caption: str = Field("", description="What is seen, as a model or a person described it.")
    tags: list[str] = []
    taken_at: str = Field("", description="The clock on the wall, as much of it as is known: 1969-07.")
    place: str = ""
    people: int = Field(0, description="How many are seen.")
    text_in_photo: str = ""


def photo_object(hit: Hit, page_url: str, *, hit_count: int = 1, terms: Sequence[QueryTerm] = ()) -> PromptObject:
    """All that is known of a photo, one of `hit_count`, and which of the words that were searched for it lacks."""
    lacks = lacking_words(hit.photo, terms)
    return prompt_facts(**photo_facts(hit, hit_count=hit_count, lacks=lacks), url=photo_url(hit.photo.id, page_url))


def photo_url(id_: str, page_url: str) -> PromptText:
    """Where the page shows a photo."""
    return untrusted(f"{page_url}?{urlencode({'photo': id_})}", MAX_URL)


def photo_title(photo: Photo) -> PromptText:
    """What to call a photo: its title, or else its path."""
    return untrusted_line(photo.title or photo.path, MAX_TITLE)


def photo_links(photos: Sequence[Photo]) -> list[types.ResourceLink]:
    """Links to photos as resources of this server."""
    return [
        types.ResourceLink(
            uri=PHOTO_URI + photo.id,
            name=inert_text(untrusted_line(photo.path, MAX_TITLE)),
            title=inert_text(photo_title(photo)),
            mime_type="application/json",
        )
        for photo in photos
    ]
