"""Links to many pictures at once, so that a page of photos costs one request and no key stands in an address."""

import asyncio
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from query.openai_api import validated
from query.retrieve import Library
from shared.errors import BadRequest
from shared.storage import Storage

MOST = 200


class Wanted(BaseModel):
    """Which pictures, by the photos' ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: list[str] = Field(min_length=1, max_length=MOST)
    size: Literal["thumbnail", "preview", "original"] = "thumbnail"


def parse(body: bytes) -> Wanted:
    """The request in a body; BadRequest names the field at fault."""
    try:
        given = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    wanted = validated(Wanted, given)
    for id_ in wanted.ids:
        if len(id_) != 32 or set(id_) - set("0123456789abcdef"):
            raise BadRequest(f"{id_!r} is no id: it has 32 hexadecimal digits", param="ids")
    return wanted


async def links(wanted: Wanted, library: Library, storage: Storage, *, minutes: int) -> dict[str, str]:
    """
    Read-only links by id, good for so many minutes.

    Derived pictures are named by the id, so nothing is looked up and a photo that is gone gets a
    link that leads nowhere; of the originals, which are for keeping, those that are gone are left out.
    """
    if wanted.size == "original":
        found = await asyncio.gather(*(library.photo(id_) for id_ in wanted.ids))
        return {each.id: await storage.link(each.path, minutes=minutes, save=True) for each in found if each}
    return {id_: await storage.picture_link(id_, wanted.size, minutes=minutes) for id_ in wanted.ids}
