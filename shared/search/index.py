"""The client of the photo index."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
    map_error,
)
from azure.core.pipeline import PipelineResponse
from azure.core.rest import HttpRequest
from azure.search.documents import IndexDocumentsBatch
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex
from azure.search.documents.models import IndexAction, IndexActionType, IndexingResult
from pydantic_core import to_json

from shared.access.sight import current_sight
from shared.azure_errors import first_line, to_photo_error, translated_errors
from shared.batched_calls import BatchedCalls
from shared.catalogue.definition import Catalogue
from shared.catalogue.in_force import EMPTY, catalogue
from shared.errors import BadPhoto, PhotoError, SettingsError, Transient
from shared.languages import ENGLISH
from shared.log_text import error_label, logs_paths
from shared.once import Once
from shared.photo import VECTORS, Photo, stored_fields
from shared.search.index_reader import IndexReader
from shared.search.language_fields import PREFIX
from shared.search.limits import fit
from shared.search.odata import both, id_filter
from shared.search.query import IndexQuery, all_searched, request_body
from shared.search.results import SearchResults, parse_results
from shared.search.schema import (
    SEMANTIC_CONFIGURATION,
    check_agreement,
    differences,
    index_definition,
    ranks_the_same,
)
from shared.search.search_words import search_words
from shared.search.service_errors import SERVICE, TOO_LARGE, document_error, is_ranker_unavailable, is_unknown_field
from shared.search.vector_compression import VectorCompression

log = logging.getLogger(__name__)

API_VERSION = "2026-04-01"  # the version that azure-search-documents 12.0 uses
HEADERS = {"Accept": "application/json;odata.metadata=none", "Content-Type": "application/json"}
RETRY_OPTIONS: dict[str, Any] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
}
WRITTEN_TOGETHER = 200  # documents in one request, of those that are written at the same time; 16 MB is the limit
LINGER = 0.005  # seconds that a change waits for others
PATIENCE = 0.2  # seconds that a whole document does, after a description that has taken seconds
ALONE_AFTER = 1.0  # seconds without another write, after which one is written at once
RANKER_PAUSE = 3600.0  # seconds until the semantic ranker is tried again: the tier may change, or the quota be renewed


class PhotoIndex(IndexReader):
    """The index of all photos. Create it once; `ready()` creates or checks the index on first use."""

    def __init__(
        self,
        documents: SearchClient,
        indexes: SearchIndexClient,
        *,
        name: str,
        dimensions: int,
        semantic: bool,
        language: str = ENGLISH,
        image_dimensions: int = 0,
        compression: VectorCompression = "none",
        may_create: Callable[[], Awaitable[bool]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        count_ranking: Callable[[], None] | None = None,
    ) -> None:
        """`may_create` tells whether an index that is not there is to be created; without it, it is."""
        self._documents = documents
        self._indexes = indexes
        self._name = name
        self._dimensions = dimensions
        self._image_dimensions = image_dimensions  # 0: no picture has a vector of its own
        self._compression = compression
        self._semantic = semantic
        self._language = language
        self._languages: list[str] = []  # the fields for languages that the index has; known once it is ready
        self._may_create = may_create
        self._clock = clock
        self._count_ranking = count_ranking  # told of each query that the ranker is paid for
        self._ranker_paused_until = 0.0
        self._once = Once()
        self._writes = BatchedCalls(
            self._write_together,
            most=WRITTEN_TOGETHER,
            linger=LINGER,
            alone_after=ALONE_AFTER,
            key=lambda action: str(action["id"]),
        )
        self._catalogue = EMPTY  # whose fields it has been made ready for
        self._differences: list[str] = []

    @property
    def differences(self) -> list[str]:
        """From a new index, as sentences; known once the index is ready."""
        return self._differences

    async def ready(self) -> None:
        """Create the index, or add what it lacks; SettingsError when it does not fit the settings."""
        if catalogue() != self._catalogue:
            self._catalogue = catalogue()
            self._once.reset()
        await self._once(self._prepare)

    async def can_hold(self, new: Catalogue) -> None:
        """Whether the index, if there is one, can have these fields; SettingsError says why not. Nothing is changed."""
        async with translated_errors(SERVICE):
            try:
                existing = await self._indexes.get_index(self._name)
            except ResourceNotFoundError:
                return
        check_agreement(self._definition(new, [each.name for each in existing.fields]), existing.as_dict())

    async def adopt(self, new: Catalogue) -> None:
        """Add the fields of these definitions; SettingsError when the index cannot hold them, or may not be changed."""
        await self._prepare(new)

    async def close(self) -> None:
        """Close the connections."""
        await self._documents.close()
        await self._indexes.close()

    async def _prepare(self, new: Catalogue | None = None) -> None:
        new = new or self._catalogue
        async with translated_errors(SERVICE):
            try:
                existing = await self._indexes.get_index(self._name)
            except ResourceNotFoundError:
                if self._may_create and not await self._may_create():
                    raise Transient(f"the index {self._name} is not there, and the library is in another") from None
                await self.create(new)
                return
            definition = self._definition(new, [each.name for each in existing.fields])
            check_agreement(definition, existing.as_dict())
            self._differences = differences(definition, existing.as_dict())
            for each in self._differences:
                log.warning("%s", each)
            await self._complete(existing, definition)

    async def create(self, new: Catalogue, *, languages: Sequence[str] = ()) -> None:
        """Create the index, also with the fields for languages that another has."""
        async with translated_errors(SERVICE):
            await self._indexes.create_or_update_index(SearchIndex(self._definition(new, languages)))
        log.info("created the index %s", self._name)

    def _definition(self, new: Catalogue, existing: Sequence[str] = ()) -> dict[str, Any]:
        """What the index should be with the fields of this catalogue, if it has those of `existing` already."""
        definition = index_definition(
            self._name,
            self._dimensions,
            new,
            language=self._language,
            existing=existing,
            image_dimensions=self._image_dimensions,
            compression=self._compression,
        )
        self._languages = [each["name"] for each in definition["fields"] if each["name"].startswith(PREFIX)]
        return definition

    async def _complete(self, existing: SearchIndex, definition: Mapping[str, Any]) -> None:
        """
        Add the fields that the index lacks, and let the semantic ranker read what it should.

        SettingsError names them if the service refuses.
        """
        ours, added = SearchIndex(definition), []
        if missing := {each.name for each in ours.fields} - {each.name for each in existing.fields}:
            existing.fields = [*existing.fields, *(each for each in ours.fields if each.name in missing)]
            added.append(f"the fields {', '.join(sorted(missing))}")
        if not ranks_the_same(definition, existing.as_dict()):
            _rank_as(existing, ours)
            added.append("the fields to rank by")
        if not added:
            return
        try:
            await self._indexes.create_or_update_index(existing)
        except HttpResponseError as error:
            if error.status_code not in {400, 403}:
                raise
            raise SettingsError(
                f"the index {self._name!r} lacks {' and '.join(added)}, and the service refuses to add them: "
                f"{first_line(error)}. Give the app the role Search Service Contributor, or delete the index"
            ) from error
        log.warning("added %s to the index %s", " and ".join(added), self._name)

    async def check(self) -> None:
        """Check the definition as `check_definition` does, and that documents may be read: another role allows that."""
        await self.check_definition()
        async with self._translated():
            await self._documents.get_document_count()

    async def check_definition(self) -> None:
        """
        Look at the index, create it if it is missing and add the fields it lacks.

        Transient when the service cannot be reached, SettingsError when the index does not fit.
        """
        await self._prepare()

    async def remove(self) -> None:
        """Delete the index with all that it holds; one that is gone already is fine."""
        async with translated_errors(SERVICE):
            await self._indexes.delete_index(self._name)
        self._once.reset()
        log.info("deleted the index %s", self._name)

    @property
    def languages(self) -> Sequence[str]:
        """The fields for languages that it has, once it is ready."""
        return tuple(self._languages)

    @property
    def vectors(self) -> Sequence[str]:
        """The fields of vectors that it has."""
        return VECTORS if self._image_dimensions else VECTORS[:1]

    async def exists(self) -> bool:
        """Whether the index is there. Nothing is created or changed."""
        async with translated_errors(SERVICE):
            try:
                await self._indexes.get_index(self._name)
            except ResourceNotFoundError:
                return False
        return True

    # -- writing --------------------------------------------------------------------------

    async def put(self, photo: Photo) -> bool:
        """Write the whole document, replacing any with the same id; False if there was one."""
        await self.ready()
        document = fit(photo.to_document()) | self.words_of(photo)
        return await self._write(IndexActionType.UPLOAD, document, linger=PATIENCE)

    async def put_many(self, photos: Sequence[Photo]) -> None:
        """Write whole documents, 1,000 at most, in one request; an error if one of them cannot be written."""
        await self.ready()
        documents = [fit(each.to_document()) | self.words_of(each) for each in photos]
        for each in await self._send_in_parts([_action(IndexActionType.UPLOAD, each) for each in documents]):
            if not each.succeeded:
                raise document_error(each.status_code, str(each.error_message))

    def words_of(self, photo: Photo) -> dict[str, Any]:
        """What is only searched of this photo: to write with fields that it follows from, once the index is ready."""
        return search_words(photo, self._languages)

    async def touch(self, id_: str, **fields: Any) -> None:
        """Change single fields of an existing document; BadRequest if there is none."""
        await self.ready()
        await self._write(IndexActionType.MERGE, {"id": id_, **fields})

    async def merge(self, documents: Sequence[Mapping[str, Any]], *, logs_missing: bool = True) -> int:
        """Change the fields that these documents name, of as many photos that are still there; return how many."""
        await self.ready()
        results = await self._send_in_parts([_action(IndexActionType.MERGE, each) for each in documents])
        for each in results:
            if not each.succeeded and (logs_missing or each.status_code != 404):
                said = each.error_message if logs_paths() else "LOG_PATHS=on says why"
                log.warning("%s answered %s for %s: %s", SERVICE, each.status_code, each.key, said)
        return sum(each.succeeded for each in results)

    async def delete(self, id_: str) -> None:
        """Delete a document; one that is gone already is fine."""
        await self.ready()
        await self._write(IndexActionType.DELETE, {"id": id_})

    async def _write(self, action: IndexActionType, document: Mapping[str, Any], *, linger: float = LINGER) -> bool:
        return await self._writes(_action(action, document), linger=linger)

    async def _write_together(self, actions: Sequence[IndexAction]) -> list[bool | PhotoError]:
        """Write several documents in one request; for each whether it is new, or why it cannot be written."""
        by_id = {each.key: each for each in await self._send_actions(actions)}
        return [_outcome(by_id.get(each["id"])) for each in actions]

    async def _send_in_parts(self, actions: Sequence[IndexAction]) -> list[IndexingResult]:
        """Write documents in one request, or in as many as it takes where that is too large."""
        try:
            return await self._send_actions(actions)
        except BadPhoto:
            if len(actions) == 1:
                raise
        half = len(actions) // 2
        return [*await self._send_in_parts(actions[:half]), *await self._send_in_parts(actions[half:])]

    async def _send_actions(self, actions: Sequence[IndexAction]) -> list[IndexingResult]:
        """
        Write documents in one request; BadPhoto if that is too large.

        The SDK would send each half by itself then, but its async client does not get to the second one (12.0).
        """
        batch = IndexDocumentsBatch(actions=[*actions])
        async with self._translated():
            return await self._documents.index_documents(batch, raw_response_hook=_refuse_too_large)

    # -- reading: all of it through `get` and `search`, which show what the caller of now may see ---

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        """
        One photo as it is now, without its vectors unless asked for; None when it is not indexed, or hidden.

        A lookup sends the whole of a hidden document, and takes longer than of one that there never was. So from whom
        photos are hidden, one is looked up that a search has found, which takes a moment after it is new.
        """
        sight = current_sight()
        if not (sight.is_full or await self._is_found(id_)):
            return None
        await self.ready()
        fields = [*stored_fields(), *self.vectors] if with_vector else list(stored_fields())
        async with self._translated():
            try:
                photo = Photo.from_document(await self._documents.get_document(id_, selected_fields=fields))
            except ResourceNotFoundError:
                return None
        return photo if sight.sees_document(photo) else None

    async def _is_found(self, id_: str) -> bool:
        """Whether a search finds it: where it does not, the answer is the same whether it is hidden or unknown."""
        filter_ = id_filter([id_])
        return filter_ is not None and await self.count(filter_) > 0

    async def search(self, query: IndexQuery) -> SearchResults:
        """Run one query; where the semantic ranker is not available, search without it and log one warning an hour."""
        if sight := current_sight().odata():
            query = replace(query, filter=both(query.filter, sight))
        await self.ready()
        semantic = query.semantic and bool(query.text) and self.is_ranking
        async with self._translated():
            try:
                return await self._run(query, semantic=semantic)
            except HttpResponseError as error:
                if not (semantic and is_ranker_unavailable(error)):
                    raise
                self._ranker_paused_until = self._clock() + RANKER_PAUSE
                log.warning("semantic ranking is not available, searching without it: %s", error_label(error))
            return await self._run(query, semantic=False)

    @property
    def searched_fields(self) -> Sequence[str]:
        """The fields that a search for words looks into; those for languages once the index is ready."""
        return all_searched(self._languages)

    @property
    def is_ranking(self) -> bool:
        """Whether the semantic ranker is enabled and has not refused within the last hour."""
        return self._semantic and self._clock() >= self._ranker_paused_until

    async def _run(self, query: IndexQuery, *, semantic: bool) -> SearchResults:
        """Send the query, again if the connection broke: a search is a POST, which the SDK does not repeat."""
        try:
            return await self._send(query, semantic=semantic)
        except (ServiceRequestError, ServiceResponseError):
            return await self._send(query, semantic=semantic)

    async def _send(self, query: IndexQuery, *, semantic: bool) -> SearchResults:
        answer = await self._post(request_body(query, semantic=semantic, languages=self._languages))
        if semantic and self._count_ranking:
            self._count_ranking()
        return parse_results(answer, query)

    async def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """
        Send a search through the client's own pipeline: credentials, retries and all.

        `SearchClient.search` builds a model of every field of every hit, which takes longer than the
        rest of the search: 8 of 15 ms for 25 photos with their facets. It is streamed, as the pipeline would read a
        body's JSON for nobody, before it is read here, and JSON is made and read here, by a faster encoder and decoder.
        """
        url = f"/indexes('{quote(self._name)}')/docs/search.post.search"
        request = HttpRequest("POST", url, params={"api-version": API_VERSION}, headers=HEADERS, content=to_json(body))
        # The pipeline's own ids tell when and on which machine they were made, which takes longer than to draw one.
        response = await self._documents.send_request(request, stream=True, request_id=str(uuid4()))
        content = await response.read()
        if response.status_code not in {200, 206}:  # 206: the ranker ran out of time for some hits
            map_error(response.status_code, response, {401: ClientAuthenticationError, 404: ResourceNotFoundError})
            raise HttpResponseError(response=response)
        try:
            results: dict[str, Any] = orjson.loads(content)
        except ValueError as error:
            raise DecodeError(f"the answer to a search is no JSON: {error}", error=error) from error
        return results

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Turn errors into ours; an index that was deleted or changed meanwhile is put right on the next use."""
        try:
            yield
        except ResourceNotFoundError as error:
            self._once.reset()
            raise Transient(f"the index {self._name} is gone; it will be created again") from error
        except HttpResponseError as error:
            if not is_unknown_field(error):
                raise to_photo_error(SERVICE, error) from error
            self._once.reset()
            raise Transient(
                f"the index {self._name} lacks a field, which will be added: {first_line(error)}"
            ) from error
        except AzureError as error:
            raise to_photo_error(SERVICE, error) from error


def _action(action: IndexActionType, document: Mapping[str, Any]) -> IndexAction:
    return IndexAction({**document, "@search.action": action})


def _refuse_too_large(response: PipelineResponse[Any, Any]) -> None:
    if response.http_response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise BadPhoto(TOO_LARGE)


def _outcome(result: IndexingResult | None) -> bool | PhotoError:
    if result is None:
        return Transient(f"{SERVICE} did not say whether it has written a document")
    if not result.succeeded:
        return document_error(result.status_code, str(result.error_message))
    return result.status_code == HTTPStatus.CREATED


def _rank_as(existing: SearchIndex, ours: SearchIndex) -> None:
    """Give an index our semantic configuration, in place of the one of its name; any others stay."""
    if not (existing.semantic_search and ours.semantic_search):
        existing.semantic_search = ours.semantic_search
        return
    others = [each for each in existing.semantic_search.configurations or () if each.name != SEMANTIC_CONFIGURATION]
    existing.semantic_search.configurations = [*others, *(ours.semantic_search.configurations or ())]
