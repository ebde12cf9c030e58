"""The photo index: the only file that speaks Azure AI Search."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import Any, Literal
from urllib.parse import quote

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceResponseError,
    map_error,
)
from azure.core.rest import HttpRequest
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex

from shared.azure import in_our_words, translated
from shared.errors import BadRequest, SettingsError, Transient
from shared.once import Once
from shared.photo import SEMANTIC, STORED, Photo, schema

log = logging.getLogger(__name__)

SERVICE = "Azure AI Search"
API_VERSION = "2026-04-01"  # the one azure-search-documents 12.0 speaks
ACCEPT = {"Accept": "application/json;odata.metadata=none"}
PATIENCE: dict[str, Any] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
}
HIGHLIGHTED = "title,caption,text_in_photo,tags"
TEXT_FIELDS = [
    each.name for each in fields(Photo) if each.name != "vector" and "searchable" in each.metadata["index"]["does"]
]
RANKER_RESTS = 3600.0  # seconds until the semantic ranker is tried again: a tier may change, a quota is renewed

Source = Literal["semantic", "hybrid", "keywords", "vector", "filter"]


@dataclass(frozen=True)
class Hit:
    """
    A photo that was found.

    `score` is the service's own: BM25, a similarity, or rank fusion, so compare it within one
    answer only. `reranker` is 0 to 4 where the semantic ranker ran; `source` says what the order
    comes from. Highlights hold `<em>` marks. `alike` are photos that this one stands for.
    """

    photo: Photo
    score: float = 0.0
    reranker: float | None = None
    source: Source = "filter"
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    passage: str = ""
    alike: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Results:
    """One page of hits, how many there are in all, and counts by facet: `{"tags": [("beach", 3), ...]}`."""

    total: int
    hits: list[Hit]
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    passages: Sequence[str] = ()


@dataclass(frozen=True)
class Stamp:
    """What tells whether a document is up to date, and what its description took."""

    id: str
    path: str
    etag: str
    recipe: str
    tokens: int

    @classmethod
    def of(cls, photo: Photo) -> "Stamp":
        return cls(photo.id, photo.path, photo.etag, photo.recipe, photo.tokens)


STAMPED = ("id", "path", "etag", "recipe", "tokens")


@dataclass(frozen=True, kw_only=True)
class Query:
    """
    One request to the index. With neither text nor vector it lists what the filter lets through.

    `text` is in the simple query syntax; any of its words is enough unless `match_all`.
    """

    text: str | None = None
    match_all: bool = False
    vector: Sequence[float] | None = None
    weight: float = 1.0
    candidates: int = 50
    filter: str | None = None
    order_by: Sequence[str] = ()
    facets: Sequence[str] = ()
    top: int = 10
    skip: int = 0
    semantic: bool = False
    fields: Sequence[str] = STORED
    with_vector: bool = False


class PhotoIndex:
    """The documents of all photos. Create it once; `ready()` makes or checks the index on first use."""

    def __init__(
        self,
        documents: SearchClient,
        indexes: SearchIndexClient,
        *,
        name: str,
        dimensions: int,
        semantic: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._indexes = indexes
        self._name = name
        self._dimensions = dimensions
        self._semantic = semantic
        self._clock = clock
        self._ranker_rests_until = 0.0
        self._once = Once()

    async def ready(self) -> None:
        """Create the index or add the fields it lacks; SettingsError when it contradicts the settings."""
        await self._once(self._prepare)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._documents.close()
        await self._indexes.close()

    async def _prepare(self) -> None:
        wanted = schema(self._name, self._dimensions)
        async with translated(SERVICE):
            try:
                existing = await self._indexes.get_index(self._name)
            except ResourceNotFoundError:
                await self._indexes.create_or_update_index(SearchIndex(wanted))
                log.info("created the index %s", self._name)
                return
            _agree(wanted, existing.as_dict())
            missing = {each["name"] for each in wanted["fields"]} - {each.name for each in existing.fields}
            if missing:
                existing.fields = [
                    *existing.fields,
                    *(f for f in SearchIndex(wanted).fields if f.name in missing),
                ]
                await self._indexes.create_or_update_index(existing)
                log.info("added %s to the index %s", ", ".join(sorted(missing)), self._name)

    async def check(self) -> None:
        """Raise Transient when the service cannot be reached, SettingsError when the index does not fit."""
        await self.ready()
        async with translated(SERVICE):
            await self._indexes.get_index_statistics(self._name)

    # -- writing --------------------------------------------------------------------------

    async def put(self, photo: Photo) -> None:
        """Write the whole document, replacing an earlier one of the same id."""
        await self._write("upload_documents", photo.to_document())

    async def touch(self, id_: str, **fields: Any) -> None:
        """Change single fields of a document that exists."""
        await self._write("merge_documents", {"id": id_, **fields})

    async def delete(self, id_: str) -> None:
        """Remove a document; one that is gone already is fine."""
        await self._write("delete_documents", {"id": id_})

    async def _write(self, action: str, document: Mapping[str, Any]) -> None:
        await self.ready()
        async with self._speaking():
            [result] = await getattr(self._documents, action)(documents=[dict(document)])
        if result.succeeded:
            return
        message = f"{SERVICE} answered {result.status_code} for the document: {result.error_message}"
        raise Transient(message) if result.status_code in {409, 422, 429, 503} else BadRequest(message)

    # -- reading --------------------------------------------------------------------------

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        """One photo, without its vector unless asked for; None when it is not indexed."""
        await self.ready()
        fields = [*STORED, "vector"] if with_vector else list(STORED)
        async with self._speaking():
            try:
                return Photo.from_document(await self._documents.get_document(id_, selected_fields=fields))
            except ResourceNotFoundError:
                return None

    async def search(self, query: Query) -> Results:
        """Run one query; where the semantic ranker is not to be had, plain hybrid, and one warning an hour."""
        await self.ready()
        semantic = query.semantic and bool(query.text) and self._ranks()
        async with self._speaking():
            try:
                return await self._run(query, semantic=semantic)
            except HttpResponseError as error:
                if not (semantic and _no_ranker(error)):
                    raise
                self._ranker_rests_until = self._clock() + RANKER_RESTS
                log.warning("semantic ranking is not available, searching without it: %s", error.message)
            return await self._run(query, semantic=False)

    def _ranks(self) -> bool:
        """Whether the semantic ranker is wanted, and did not refuse within the last hour."""
        return self._semantic and self._clock() >= self._ranker_rests_until

    async def _run(self, query: Query, *, semantic: bool) -> Results:
        """Ask once, and once more where the connection broke: a search is a POST, which the SDK does not repeat."""
        try:
            return await self._asked(query, semantic=semantic)
        except ServiceResponseError:
            return await self._asked(query, semantic=semantic)

    async def _asked(self, query: Query, *, semantic: bool) -> Results:
        found = await self._post(_body(query, semantic=semantic))
        return Results(
            total=found.get("@odata.count") or 0,
            hits=[_hit(document, _source(query)) for document in found["value"]],
            facets=_facets(found.get("@search.facets") or {}),
            passages=[answer["text"] or "" for answer in found.get("@search.answers") or ()],
        )

    async def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """
        Send a search through the client's own pipeline: credentials, retries and all.

        `SearchClient.search` makes a model of every field of every hit, which takes longer than all
        the rest of a search: 8 of 15 ms for 25 photos with their facets.
        """
        url = f"/indexes('{quote(self._name)}')/docs/search.post.search"
        request = HttpRequest("POST", url, params={"api-version": API_VERSION}, headers=ACCEPT, json=body)
        answer = await self._documents.send_request(request)
        if answer.status_code not in {200, 206}:  # 206: the ranker ran out of time for some
            map_error(answer.status_code, answer, {401: ClientAuthenticationError, 404: ResourceNotFoundError})
            raise HttpResponseError(response=answer)
        found: dict[str, Any] = answer.json()
        return found

    async def count(self, filter_: str | None = None) -> int:
        """How many photos there are, or how many the filter lets through."""
        return (await self.search(Query(filter=filter_, top=0))).total

    async def holds(self, digest: str, *, besides: str) -> bool:
        """Whether any photo but one, which may just have lost them, has these bytes; both are hex."""
        return await self.count(f"digest eq '{digest}' and id ne '{besides}'") > 0

    async def stamps(self, ids: Sequence[str]) -> dict[str, Stamp]:
        """What is indexed of these photos, 1,000 at the most, by id. Ids are hex and need no escaping."""
        listed = ",".join(ids)
        query = Query(filter=f"search.in(id, '{listed}', ',')", top=len(ids), fields=STAMPED)
        return {hit.photo.id: Stamp.of(hit.photo) for hit in (await self.search(query)).hits}

    async def walk(self, filter_: str | None = None, *, page: int = 1000) -> AsyncIterator[Stamp]:
        """Everything indexed that the filter lets through, in the order of ids, page by page."""
        last = ""
        while True:
            clauses = [clause for clause in (filter_, last and f"id gt '{last}'") if clause]
            query = Query(filter=" and ".join(clauses) or None, order_by=["id"], top=page, fields=STAMPED)
            hits = (await self.search(query)).hits
            for hit in hits:
                yield Stamp.of(hit.photo)
            if len(hits) < page:
                return
            last = hits[-1].photo.id

    async def twin(self, digest: str, recipe: str) -> Photo | None:
        """Any photo of these bytes made by this recipe, with its vector; both are hex and need no escaping."""
        same = Query(filter=f"digest eq '{digest}' and recipe eq '{recipe}'", top=1, with_vector=True)
        return next((hit.photo for hit in (await self.search(same)).hits), None)

    @asynccontextmanager
    async def _speaking(self) -> AsyncIterator[None]:
        """Translate errors; an index that was dropped while we run is made again at the next use."""
        try:
            yield
        except ResourceNotFoundError as error:
            self._once.again()
            raise Transient(f"the index {self._name} is gone and will be made again") from error
        except AzureError as error:
            raise in_our_words(SERVICE, error) from error


def _body(query: Query, *, semantic: bool) -> dict[str, Any]:
    """The query in the words of the REST API."""
    made: dict[str, Any] = {
        "count": True,
        "filter": query.filter,
        "orderby": ",".join(query.order_by) or None,
        "facets": list(query.facets) or None,
        "top": query.top,
        "skip": query.skip,
        "select": ",".join([*query.fields, "vector"] if query.with_vector else query.fields),
    }
    if query.text:
        made |= {
            "search": query.text,
            "searchFields": ",".join(TEXT_FIELDS),
            "searchMode": "all" if query.match_all else "any",
            "highlight": HIGHLIGHTED,
        }
    elif query.vector is None:
        made["search"] = "*"
    if query.vector is not None:
        near = {"kind": "vector", "vector": list(query.vector), "k": query.candidates, "fields": "vector"}
        made["vectorQueries"] = [near | {"weight": query.weight}]
    if semantic:
        made |= {
            "queryType": "semantic",
            "semanticConfiguration": SEMANTIC,
            "captions": "extractive",
            "answers": "extractive|count-3",
            "semanticErrorHandling": "partial",
        }
    return {name: value for name, value in made.items() if value is not None}


def _source(query: Query) -> Source:
    """What ranks the hits of a query where the semantic ranker does not."""
    if query.order_by:
        return "filter"
    if query.vector is not None:
        return "hybrid" if query.text else "vector"
    return "keywords" if query.text else "filter"


def _hit(document: Mapping[str, Any], source: Source) -> Hit:
    captions = document.get("@search.captions") or []
    reranker = document.get("@search.rerankerScore")
    return Hit(
        photo=Photo.from_document(document),
        score=document.get("@search.score") or 0.0,
        reranker=reranker,
        source=source if reranker is None else "semantic",
        highlights=document.get("@search.highlights") or {},
        passage=(captions[0]["text"] or "") if captions else "",
    )


def _facets(facets: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {name: [(str(each["value"]), int(each["count"])) for each in counts] for name, counts in facets.items()}


def _no_ranker(error: HttpResponseError) -> bool:
    said = str(error.message).lower()
    return error.status_code in {400, 402, 403, 429} and ("semantic" in said or error.status_code == 402)


def _agree(wanted: Mapping[str, Any], existing: Mapping[str, Any]) -> None:
    """SettingsError when the index there is cannot hold our documents."""
    there = {each["name"]: each for each in existing["fields"]}
    clashes = []
    for ours in wanted["fields"]:
        theirs = there.get(ours["name"])
        if theirs and theirs["type"] != ours["type"]:
            clashes.append(f"{ours['name']} is {theirs['type']}, wanted {ours['type']}")
        if theirs and ours.get("dimensions") != theirs.get("dimensions"):
            clashes.append(
                f"its vectors have {theirs.get('dimensions')} numbers, EMBEDDING_DIMENSIONS is {ours['dimensions']}"
            )
    if clashes:
        raise SettingsError(
            f"the index {wanted['name']!r} does not fit: {'; '.join(clashes)}. Set AZURE_SEARCH_INDEX to a new "
            "name (photos are indexed again without paying for captions twice) or delete the index"
        )
