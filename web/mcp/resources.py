"""Photos and collections as resources, which a person may add to a conversation, or a client reads by itself."""

import json

import mcp_types as types

from shared.prompt_text import PromptObject, prompt_facts, prompt_object, untrusted, untrusted_line, untrusted_prose
from shared.search.results import Hit
from shared.visible_collections import read_collection, visible_collections
from web.mcp.gallery import GALLERY_URI, gallery_resource, read_gallery
from web.mcp.inert import inert, inert_text
from web.mcp.photo_facts import COLLECTION_URI, MAX_TITLE, PHOTO_URI, photo_object, photo_title, photo_url
from web.mcp.searching import read_whole
from web.mcp.tools import McpContext, base64_text, protocol_error

MAX_LISTED = 100  # photos of a collection, and collections
JSON = "application/json"
TEMPLATES = [
    types.ResourceTemplate(
        uri_template=PHOTO_URI + "{id}",
        name="photo",
        title="A photo",
        description="All that is known of a photo, and its picture.",
    ),
    types.ResourceTemplate(
        uri_template=COLLECTION_URI + "{id}",
        name="collection",
        title="A collection",
        description="What a collection is for, and its photos in their order.",
        mime_type=JSON,
    ),
]


async def list_resources(context: McpContext) -> list[types.Resource]:
    """The collections that the caller sees; photos are found by the tools."""
    collections = await visible_collections(context.clients.collections, context.clients.index)
    return [
        gallery_resource(),
        *(
            types.Resource(
                uri=COLLECTION_URI + each.id,
                name=inert_text(untrusted_line(each.name, MAX_TITLE)),
                description=inert_text(untrusted_prose(each.description, 500)) or None,
                mime_type=JSON,
            )
            for each in collections[:MAX_LISTED]
        ),
    ]


async def read_resource(uri: str, context: McpContext) -> types.ReadResourceResult:
    """The contents of a resource; NotFound for one that is not there, or that the caller does not see."""
    if uri == GALLERY_URI:
        return types.ReadResourceResult(contents=[read_gallery()])
    if uri.startswith(PHOTO_URI):
        return types.ReadResourceResult(contents=await _photo(uri, context))
    if uri.startswith(COLLECTION_URI):
        return types.ReadResourceResult(contents=[await _collection(uri, context)])
    raise protocol_error(f"there is no resource {uri[:200]!r}")


async def _photo(uri: str, context: McpContext) -> list[types.TextResourceContents | types.BlobResourceContents]:
    photo = await context.photo(uri.removeprefix(PHOTO_URI))
    facts = photo_object(Hit(photo), context.page_url)
    picture = await read_whole(await context.clients.storage.find_derived(photo.id, "preview"))
    return [
        _json(uri, facts, context),
        types.BlobResourceContents(uri=uri, mime_type="image/jpeg", blob=base64_text(picture)),
    ]


async def _collection(uri: str, context: McpContext) -> types.TextResourceContents:
    clients = context.clients
    collection = await read_collection(uri.removeprefix(COLLECTION_URI), clients.collections, clients.index)
    photos = await context.query.library.get_many(collection.photos[:MAX_LISTED])
    facts = prompt_object(
        name=untrusted_line(collection.name, MAX_TITLE),
        description=untrusted_prose(collection.description, 2000),
        total=len(collection.photos),
        search=prompt_facts(q=untrusted(str((collection.search or {}).get("q", "")), 500)),
        photos=[
            prompt_facts(id=untrusted(each.id, 32), title=photo_title(each), url=photo_url(each.id, context.page_url))
            for each in photos
        ],
    )
    return _json(uri, facts, context)


def _json(uri: str, facts: PromptObject, context: McpContext) -> types.TextResourceContents:
    text = json.dumps(inert(json.loads(facts.json()), context.page_url), ensure_ascii=False)
    return types.TextResourceContents(uri=uri, mime_type=JSON, text=text)
