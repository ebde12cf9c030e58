"""The client of the photo index."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
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

from shared.azure_errors import to_photo_error, translated_errors
from shared.errors import BadRequest, Transient
from shared.once import Once
from shared.photo import STORED, Photo
from shared.search.query import IndexQuery, request_body
from shared.search.results import ENTRY_FIELDS, IndexEntry, SearchResults, parse_results
from shared.search.schema import check_agreement, index_definition

log = logging.getLogger(__name__)

SERVICE = "Azure AI Search"
API_VERSION = "2026-04-01"  # the one azure-search-documents 12.0 speaks
ACCEPT = {"Accept": "application/json;odata.metadata=none"}
RETRY_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
}
RANKER_PAUSE = 3600.0  # seconds until the semantic ranker is tried again: a tier may change, a quota is renewed


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
        self._ranker_paused_until = 0.0
        self._once = Once()

    async def ready(self) -> None:
        """Create the index or add the fields it lacks; SettingsError when it contradicts the settings."""
        await self._once(self._prepare)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._documents.close()
        await self._indexes.close()

    async def _prepare(self) -> None:
        definition = index_definition(self._name, self._dimensions)
        async with translated_errors(SERVICE):
            try:
                existing = await self._indexes.get_index(self._name)
            except ResourceNotFoundError:
                await self._indexes.create_or_update_index(SearchIndex(definition))
                log.info("created the index %s", self._name)
                return
            check_agreement(definition, existing.as_dict())
            missing = {each["name"] for each in definition["fields"]} - {each.name for each in existing.fields}
            if missing:
                existing.fields = [
                    *existing.fields,
                    *(f for f in SearchIndex(definition).fields if f.name in missing),
                ]
                await self._indexes.create_or_update_index(existing)
                log.info("added %s to the index %s", ", ".join(sorted(missing)), self._name)

    async def check(self) -> None:
        """Raise Transient when the service cannot be reached, SettingsError when the index does not fit."""
        await self.ready()
        async with translated_errors(SERVICE):
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
        async with self._translated():
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
        async with self._translated():
            try:
                return Photo.from_document(await self._documents.get_document(id_, selected_fields=fields))
            except ResourceNotFoundError:
                return None

    async def search(self, query: IndexQuery) -> SearchResults:
        """Run one query; where the semantic ranker is not to be had, plain hybrid, and one warning an hour."""
        await self.ready()
        semantic = query.semantic and bool(query.text) and self._ranker_is_on()
        async with self._translated():
            try:
                return await self._run(query, semantic=semantic)
            except HttpResponseError as error:
                if not (semantic and _is_ranker_unavailable(error)):
                    raise
                self._ranker_paused_until = self._clock() + RANKER_PAUSE
                log.warning("semantic ranking is not available, searching without it: %s", error.message)
            return await self._run(query, semantic=False)

    def _ranker_is_on(self) -> bool:
        """Whether the semantic ranker is wanted, and did not refuse within the last hour."""
        return self._semantic and self._clock() >= self._ranker_paused_until

    async def _run(self, query: IndexQuery, *, semantic: bool) -> SearchResults:
        """Ask once, and once more where the connection broke: a search is a POST, which the SDK does not repeat."""
        try:
            return await self._send(query, semantic=semantic)
        except ServiceResponseError:
            return await self._send(query, semantic=semantic)

    async def _send(self, query: IndexQuery, *, semantic: bool) -> SearchResults:
        return parse_results(await self._post(request_body(query, semantic=semantic)), query)

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
        response: dict[str, Any] = answer.json()
        return response

    async def count(self, filter_: str | None = None) -> int:
        """How many photos there are, or how many the filter lets through."""
        return (await self.search(IndexQuery(filter=filter_, top=0))).total

    async def holds(self, digest: str, *, besides: str) -> bool:
        """Whether any photo but one, which may just have lost them, has these bytes; both are hex."""
        return await self.count(f"digest eq '{digest}' and id ne '{besides}'") > 0

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        """What is indexed of these photos, 1,000 at the most, by id. Ids are hex and need no escaping."""
        listed = ",".join(ids)
        query = IndexQuery(filter=f"search.in(id, '{listed}', ',')", top=len(ids), fields=ENTRY_FIELDS)
        return {hit.photo.id: IndexEntry.of(hit.photo) for hit in (await self.search(query)).hits}

    async def walk(self, filter_: str | None = None, *, page: int = 1000) -> AsyncIterator[IndexEntry]:
        """Everything indexed that the filter lets through, in the order of ids, page by page."""
        last = ""
        while True:
            clauses = [clause for clause in (filter_, last and f"id gt '{last}'") if clause]
            query = IndexQuery(filter=" and ".join(clauses) or None, order_by=["id"], top=page, fields=ENTRY_FIELDS)
            hits = (await self.search(query)).hits
            for hit in hits:
                yield IndexEntry.of(hit.photo)
            if len(hits) < page:
                return
            last = hits[-1].photo.id

    async def find_copy(self, digest: str, recipe: str) -> Photo | None:
        """Any photo of these bytes made by this recipe, with its vector; both are hex and need no escaping."""
        same = IndexQuery(filter=f"digest eq '{digest}' and recipe eq '{recipe}'", top=1, with_vector=True)
        return next((hit.photo for hit in (await self.search(same)).hits), None)

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Translate errors; an index that was dropped while we run is made again at the next use."""
        try:
            yield
        except ResourceNotFoundError as error:
            self._once.again()
            raise Transient(f"the index {self._name} is gone and will be made again") from error
        except AzureError as error:
            raise to_photo_error(SERVICE, error) from error


def _is_ranker_unavailable(error: HttpResponseError) -> bool:
    message = str(error.message).lower()
    return error.status_code in {400, 402, 403, 429} and ("semantic" in message or error.status_code == 402)
