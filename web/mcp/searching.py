"""The tools that find, count, show and ask: none of them changes anything."""

import asyncio
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

from PIL import Image

from ingest.jpeg import encode_jpeg
from query.chat import wire_format
from query.chat.answer import collect
from query.chat.conversation import converse_within_budget
from query.chat.payloads import photo_facts
from query.chat.tools import MAX_VALUE, how_counted, limits_of, outside_groups
from query.search import facets
from query.search.query_terms import query_terms
from query.search.typed_search import find_typed
from shared.blob_reader import StoredPicture
from shared.catalogue.in_force import catalogue
from shared.errors import BadReply
from shared.prompt_text import (
    PromptObject,
    PromptText,
    PromptValue,
    prompt_counts,
    prompt_facts,
    prompt_object,
    untrusted,
    untrusted_line,
    untrusted_prose,
)
from shared.search.results import Hit, SearchResults
from shared.search.search import Search
from shared.visible_collections import visible_collections
from web.chat import spender_name
from web.mcp.gallery import read_thumbnails
from web.mcp.photo_facts import photo_links, photo_object, photo_title, photo_url
from web.mcp.search_schemas import (
    AskPhotos,
    ById,
    ByQuery,
    DescribeLibrary,
    PhotoCountArguments,
    PhotoSearchArguments,
    SimilarPhotos,
    ViewPhoto,
    filters_of,
)
from web.mcp.tools import McpContext, ToolOutput
from web.parameters import parse_time_zone

CONNECTOR_TOP = 10
MAX_ANSWER = 20_000
MAX_COLLECTIONS = 50
JPEG_QUALITY = 85
LIBRARY_FACETS = ("folder", "tags", "year", "city", "country", "camera", "creators", "keywords", "persons", "rating")


async def search_photos(arguments: PhotoSearchArguments, context: McpContext) -> ToolOutput:
    """A page of the photos that likely show what is asked for."""
    typed = await find_typed(context.query.library, arguments.search())
    results = typed.results
    hits = [hit for hit in results.hits if hit.likely]
    end = arguments.skip + arguments.top
    facts: dict[str, PromptValue] = {"total": results.total, **limits_of(results)}
    if len(hits) == arguments.top and end < results.total:
        facts["next_skip"] = end
    if results.less_likely:
        facts["less_likely"] = results.less_likely
    if typed.filters:
        facts["read_from_words"] = untrusted(json.dumps(dict(typed.filters), default=str, ensure_ascii=False), 500)
    return await _photo_list(hits, context, words=typed.q, **facts)


async def _photo_list(hits: list[Hit], context: McpContext, *, words: str = "", **facts: PromptValue) -> ToolOutput:
    terms = query_terms(words) if words else ()
    photos = [photo_object(hit, context.page_url, hit_count=len(hits), terms=terms) for hit in hits]
    shown = await read_thumbnails([hit.photo.id for hit in hits], context) if context.shows_apps else {}
    return ToolOutput(
        prompt_object(**facts, photos=photos),
        links=photo_links([hit.photo for hit in hits]),
        meta={"thumbnails": shown} if shown else {},
    )


async def count_photos(arguments: PhotoCountArguments, context: McpContext) -> ToolOutput:
    """How many photos there are, and of each value of a field."""
    results = await context.query.library.count(arguments.q, filters_of(arguments), top=0)
    counts: dict[str, PromptValue] = {"total": results.total, **how_counted(arguments.q)}
    if arguments.by:
        groups = facets.facet_counts(arguments.by, results.facets)
        counts["by"] = prompt_object(**{_key(arguments.by): _counted(groups)})
        if arguments.by in facets.DATE_FACETS:
            counts |= outside_groups(results, groups)
    return ToolOutput(prompt_object(**counts))


def _key(name: str) -> str:
    """The name of a field of the library's own without what makes it no name of an argument."""
    return name.removeprefix(facets.FIELD)


def _counted(groups: facets.Counts) -> PromptObject:
    return prompt_counts((untrusted(value, MAX_VALUE), count) for value, count in groups)


async def search(arguments: ByQuery, context: McpContext) -> ToolOutput:
    """The search that connectors of ChatGPT and others look for: ids, titles and addresses."""
    request = Search(q=arguments.query, top=CONNECTOR_TOP, fold=True)
    results = (await find_typed(context.query.library, request)).results
    photos = [hit.photo for hit in results.hits if hit.likely]
    entries = [
        prompt_object(id=untrusted(each.id, 32), title=photo_title(each), url=photo_url(each.id, context.page_url))
        for each in photos
    ]
    return ToolOutput(prompt_object(results=entries))


async def fetch(arguments: ById, context: McpContext) -> ToolOutput:
    """A photo as a document, as the same connectors read it."""
    photo = await context.photo(arguments.id)
    facts = prompt_facts(**photo_facts(Hit(photo)))
    metadata = prompt_facts(
        path=untrusted(photo.path, 300),
        taken=untrusted(photo.taken_local or "", 40),
        format=untrusted(photo.format, 20),
    )
    return ToolOutput(
        prompt_object(
            id=untrusted(photo.id, 32),
            title=photo_title(photo),
            text=facts.json(),
            url=photo_url(photo.id, context.page_url),
            metadata=metadata,
        )
    )


async def ask_photos(arguments: AskPhotos, context: McpContext) -> ToolOutput:
    """The answer of the chat, with what it cites."""
    body = json.dumps({"messages": [{"role": "user", "content": arguments.question}]}).encode()
    request = wire_format.parse(body, model_names=context.query.model_names)
    conversation = converse_within_budget(
        request,
        replace(context.query, proposer=None),
        now=datetime.now(UTC),
        zone=parse_time_zone(arguments.time_zone),
        caller=spender_name(context.caller),
    )
    answer = await collect(conversation)
    if answer.refusal:
        raise BadReply(answer.refusal)
    text = untrusted(answer.text, MAX_ANSWER)
    photos = await context.query.library.get_many([each["id"] for each in answer.cited])
    entries = [
        prompt_object(id=untrusted(each.id, 32), title=photo_title(each), url=photo_url(each.id, context.page_url))
        for each in photos
    ]
    return ToolOutput(prompt_object(answer=text, photos=entries), links=photo_links(photos))


async def view_photo(arguments: ViewPhoto, context: McpContext) -> ToolOutput:
    """A picture with what is known of it."""
    photo = await context.photo(arguments.id)
    stored = await context.clients.storage.find_derived(photo.id, arguments.size)
    picture = await read_whole(stored)
    if stored.content_type != "image/jpeg":  # servers of models read WebP less often than browsers do
        picture = await asyncio.to_thread(_as_jpeg, picture)
    return ToolOutput(photo_object(Hit(photo), context.page_url), pictures=[picture])


def _as_jpeg(picture: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as opened:
        return encode_jpeg(opened.convert("RGB"), JPEG_QUALITY)


async def read_whole(stored: StoredPicture) -> bytes:
    """All bytes of a picture."""
    return b"".join([part async for part in stored.read(0, stored.size - 1)])


async def similar_photos(arguments: SimilarPhotos, context: McpContext) -> ToolOutput:
    """Photos that look like another one."""
    photo = await context.photo(arguments.id)
    hits = await context.query.library.similar(photo.id, top=arguments.top)
    return await _photo_list(hits, context, total=len(hits))


async def describe_library(_arguments: DescribeLibrary, context: McpContext) -> ToolOutput:
    """What there is to ask for."""
    library = context.query.library
    results: SearchResults = await library.find(Search(top=0, facets=True))
    counts = {name: facets.facet_counts(name, results.facets) for name in LIBRARY_FACETS}
    values = prompt_facts(**{name: _counted(groups) for name, groups in counts.items()})
    collections = await visible_collections(context.clients.collections, context.clients.index)
    return ToolOutput(
        prompt_object(
            total=results.total,
            values=values,
            collections=[
                prompt_facts(name=untrusted_line(each.name, 200), description=untrusted_prose(each.description, 200))
                for each in collections[:MAX_COLLECTIONS]
            ],
            fields=[_own_field(each.name) for each in catalogue().fields],
        )
    )


def _own_field(name: str) -> PromptObject:
    field = catalogue().by_name[name]
    choices: list[PromptText] = [untrusted_line(each.value, 100) for each in field.values]
    return prompt_facts(name=untrusted_line(name, 100), type=untrusted_line(field.type, 40), choices=choices)
