"""
The photos of a result as a gallery to click, where a client can show one (MCP Apps, 2026-01-26).

The thumbnails travel as data, so that they are still there when links to pictures have ended. A client that says it
shows apps gets them with the result; for others the gallery itself asks for them, so that nobody else pays for them.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import mcp_types as types
from mcp.server.apps import APP_MIME_TYPE
from PIL import Image
from pydantic import BaseModel, Field

from shared.errors import NotFound
from shared.prompt_text import prompt_object
from shared.visible_collections import visible_ids
from web.mcp.tools import McpContext, ToolOutput, base64_text

GALLERY_URI = "ui://photos/gallery.html"
GALLERY = {"ui": {"resourceUri": GALLERY_URI}}
FOR_GALLERY = {"ui": {"resourceUri": GALLERY_URI, "visibility": ["app"]}}
MAX_DATA = 300_000  # characters of all thumbnails of a result
MAX_THUMBNAILS = 30
FORMS = ((256, 75), (224, 65), (192, 55), (160, 45))  # sides in pixels, and qualities, the best first
DATA_URL = "data:image/jpeg;base64,"


class ThumbnailIds(BaseModel):
    """For the gallery alone: small pictures of the photos that it shows. Models look at photos with view_photo."""

    ids: list[str] = Field(max_length=MAX_THUMBNAILS)


class ThumbnailCount(BaseModel):
    """How many pictures there are; they are in the result's `_meta`, which models do not read."""

    thumbnails: int


def gallery_resource() -> types.Resource:
    """The gallery as it is listed."""
    return types.Resource(uri=GALLERY_URI, name="gallery", title="Gallery", mime_type=APP_MIME_TYPE)


def read_gallery() -> types.TextResourceContents:
    """The page of the gallery: whole, with nothing to fetch."""
    return types.TextResourceContents(
        uri=GALLERY_URI, mime_type=APP_MIME_TYPE, text=_page(), meta={"ui": {"prefersBorder": True}}
    )


@cache
def _page() -> str:
    style, script = _read("gallery.css"), _read("gallery.js")
    page = _read("gallery.html")
    page = page.replace('<link rel="stylesheet" href="gallery.css" />', f"<style>\n{style}</style>")
    return page.replace(
        '<script type="module" src="gallery.js"></script>', f'<script type="module">\n{script}</script>'
    )


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


async def gallery_thumbnails(arguments: ThumbnailIds, context: McpContext) -> ToolOutput:
    """Thumbnails of the photos that the caller sees."""
    seen = await visible_ids(arguments.ids, context.clients.index)
    thumbnails = await read_thumbnails([each for each in arguments.ids if each in seen], context)
    return ToolOutput(prompt_object(thumbnails=len(thumbnails)), meta={"thumbnails": thumbnails})


async def read_thumbnails(ids: Sequence[str], context: McpContext) -> Mapping[str, str]:
    """Data URLs by the photos' ids, together of at most `MAX_DATA` characters; those that do not fit are left out."""
    room = MAX_DATA // max(len(ids), 1)
    pictures = await asyncio.gather(*(_thumbnail(id_, room, context) for id_ in ids))
    return {id_: picture for id_, picture in zip(ids, pictures, strict=True) if picture}


async def _thumbnail(id_: str, room: int, context: McpContext) -> str:
    try:
        stored = await context.clients.storage.find_derived(id_, "thumbnail")
        data = b"".join([part async for part in stored.read(0, stored.size - 1)])
    except NotFound:
        return ""
    return await asyncio.to_thread(data_url, data, room)


def data_url(picture: bytes, room: int) -> str:
    """A data URL of at most so many characters, a JPEG made smaller as far as it takes; empty if nothing helps."""
    for side, quality in FORMS:
        with Image.open(io.BytesIO(picture)) as opened:
            opened.draft("RGB", (side, side))
            opened.thumbnail((side, side))
            out = io.BytesIO()
            opened.convert("RGB").save(out, "JPEG", quality=quality, optimize=True)
        url = DATA_URL + base64_text(out.getvalue())
        if len(url) <= room:
            return url
    return ""
