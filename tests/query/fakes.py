"""An index, models and a storage in memory, for unit tests of the query side."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from query.chat.budget import ChatLimits
from query.context import QueryContext
from query.search.image_vectors import ImageVectors
from query.search.library import Library
from shared.errors import NotFound, PhotoError
from shared.models import ModelReply
from shared.photo import Photo, photo_id
from shared.search.query import SEARCHABLE_TEXT, IndexQuery
from shared.search.results import Hit, SearchResults
from tests.image_models import FakeImageModel


def hit(number: int, *, score: float = 0.0, reranker: float | None = None, **facts: Any) -> Hit:
    """A hit whose photo is `<number>.jpg`."""
    path = f"{number}.jpg"
    photo = Photo(id=photo_id(path), path=path, **facts)
    return Hit(photo, score=score, reranker=reranker, document=photo.to_document())


Pieces = AsyncGenerator[str | ModelReply, None]


@dataclass
class FakeIndex:
    """
    Answers each query with the next of `hits`, cut to its page, and remembers the queries.

    Photos without a caption hold the words they are asked for, so that they are likely, unless `hits_hold_words` is
    off. Queries for photos that the words name, which look into some fields only, are answered with `named`, those for
    more photos with every word with `more`, and those for all of them with `holding_all`, if that is given.
    """

    hits: Sequence[Hit] = ()
    total: int | None = None
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    queries: list[IndexQuery] = field(default_factory=list)
    is_ranking: bool = True
    named: Sequence[Hit] = ()
    name_queries: list[IndexQuery] = field(default_factory=list)
    fetched: list[IndexQuery] = field(default_factory=list)  # those for whole photos that the words name
    more: Sequence[Hit] = ()
    more_queries: list[IndexQuery] = field(default_factory=list)
    holding_all: Sequence[Hit] | None = None
    hits_hold_words: bool = True
    counted: int | None = None  # the total of queries for facets alone
    searched_fields: Sequence[str] = (*SEARCHABLE_TEXT, "described_de")

    def held(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def search(self, query: IndexQuery) -> SearchResults:
        if self.named and str(query.filter).startswith("search.in(id"):
            self.fetched.append(query)
            hits = [each for each in self.named if each.photo.id in str(query.filter)]
            return SearchResults(len(hits), hits)
        if query.match_all and "search.in(id" in str(query.filter):
            self.more_queries.append(query)
            return SearchResults(len(self.more), list(self.more[: query.top]))
        if query.match_all and not query.order_by and self.holding_all is not None:
            return SearchResults(len(self.holding_all), list(self.holding_all[: query.top]))
        if query.search_fields != SEARCHABLE_TEXT:
            self.name_queries.append(query)
            return SearchResults(len(self.named), list(self.named[: query.top]))
        self.queries.append(query)
        if self.counted is not None and query.facets and not query.top:
            return SearchResults(self.counted, [], self.facets)
        page = [self._holding(each, query) for each in self.hits[query.skip : query.skip + query.top]]
        return SearchResults(len(self.hits) if self.total is None else self.total, page, self.facets)

    def _holding(self, one: Hit, query: IndexQuery) -> Hit:
        if not (self.hits_hold_words and query.text) or one.photo.caption:
            return one
        return replace(one, photo=replace(one.photo, caption=query.text))

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        return next((each.photo for each in self.hits if each.photo.id == id_), None)


@dataclass
class FakeModels:
    """Embeds a text as its length, and gives `replies` in order: words, replies or errors."""

    replies: list[Sequence[str | ModelReply] | Exception] = field(default_factory=list)
    completion: ModelReply = field(default_factory=ModelReply)
    chat_model: str = "chat"
    caption_model: str = "vision"
    embedding_model: str = "embedding"
    dimensions: int = 2
    embedded: list[list[str]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded.append(list(texts))
        return [[float(len(text))] for text in texts]

    async def complete(self, messages: Sequence[dict[str, Any]], **options: Any) -> ModelReply:
        self.requests.append({"messages": messages, **options})
        return self.completion

    async def stream(self, messages: Sequence[dict[str, Any]], **options: Any) -> Pieces:
        self.requests.append({"messages": messages, **options})
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return self._pieces(reply)

    async def _pieces(self, reply: Sequence[str | ModelReply]) -> Pieces:
        for piece in reply:
            yield piece


@dataclass
class FakeStorage:
    """Previews by id, and links that say what they were asked for."""

    previews: Mapping[str, bytes] = field(default_factory=dict)

    async def read_preview(self, id_: str) -> bytes:
        if id_ not in self.previews:
            raise NotFound(f"no preview of {id_}")
        return self.previews[id_]

    async def derive(self, id_: str, size: str, make: Callable[[bytes], bytes | None]) -> bool:
        return make(await self.read_preview(id_)) is not None

    async def link(self, path: str, *, minutes: int, content_type: str, file_name: str) -> str:
        return f"https://blobs/{path}?minutes={minutes}&type={content_type}&name={file_name}"

    async def picture_link(self, id_: str, size: str, *, minutes: int) -> str:
        return f"https://blobs/{id_}/{size}?minutes={minutes}"

    async def export_link(self, id_: str, *, minutes: int) -> str:
        return f"https://blobs/exports/{id_}?minutes={minutes}"


@dataclass
class FakeSpending:
    """What callers have left today, and what was counted of them."""

    left: int = 5_000_000
    reserved: list[tuple[str, int]] = field(default_factory=list)
    added: list[tuple[str, int, int]] = field(default_factory=list)
    outage: PhotoError | None = None

    async def reserve_answer(self, day: date, caller: str, *, tokens: int, cap: int) -> int:
        granted = max(0, min(tokens, self.left))
        self.reserved.append((caller, granted))
        return granted

    async def add_answer(self, day: date, caller: str, *, answers: int = 0, tokens: int = 0) -> None:
        if self.outage:
            raise self.outage
        self.added.append((caller, answers, tokens))


def fake_library(
    index: FakeIndex | None = None,
    models: FakeModels | None = None,
    *,
    weight: float = 65.0,
    images: FakeImageModel | None = None,
    calibrator: Any = None,
) -> Library:
    any_index: Any = index or FakeIndex()
    any_models: Any = models or FakeModels()
    any_images: Any = images
    return Library(any_index, any_models, weight=weight, images=ImageVectors(any_images), calibrator=calibrator)


def fake_context(
    index: FakeIndex | None = None,
    models: FakeModels | None = None,
    storage: FakeStorage | None = None,
    *,
    spending: FakeSpending | None = None,
    limits: ChatLimits | None = None,
) -> QueryContext:
    any_models: Any = models or FakeModels()
    any_storage: Any = storage or FakeStorage()
    any_spending: Any = spending or FakeSpending()
    library = fake_library(index, any_models)
    return QueryContext(library, any_models, any_storage, 15, any_spending, limits or ChatLimits())
