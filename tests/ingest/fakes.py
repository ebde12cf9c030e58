"""Ingestion on services that live in memory: what they hold is there to be looked at, and to be changed in between."""

import hashlib
import io
import json
import re
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import IO, Any, TypeVar, cast

from PIL import Image as Pillow

from ingest.context import IngestContext
from ingest.versions import VectorRecipes, is_outdated, outdated_filter
from shared.access.uploader import NOBODY, Uploader
from shared.edits import PhotoEdits
from shared.errors import BadPhoto, Conflict, NotFound, PreconditionFailed, SameBytes
from shared.models import ModelReply, TokenUsage
from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import IndexEntry, SearchResults
from shared.search.service_errors import document_error
from shared.settings import Settings, load
from shared.storage import LISTED, Blob, BlobInfo, CreatedPictures
from shared.stores.descriptions import KeptDescription, StoredDescription
from shared.stores.failures import Failure
from shared.stores.moves import Move, MoveEntry, Moves
from shared.stores.spending_page import Spending
from shared.stores.tickets import Ticket
from shared.stores.trash import Purpose, TrashedPhoto, TrashEntry
from tests.catalogue.fakes import FakeCollections, FakeExports, FakeJobQueue, FakeJobs, FakeProposals, FakeShares
from tests.shared.test_settings import GOOD

PAGE = 7  # items of a listing
Item = TypeVar("Item")
LONG_AGO = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANSWER = {
    "title": "A dog on a beach",
    "alt_text": "A brown dog runs along the sea.",
    "caption": "A brown dog runs along a wide beach.",
    "tags": ["dog", "beach", "sea"],
    "text_in_photo": "",
    "people": 0,
    "setting": "outdoors",
    "colors": ["brown"],
}

SIZES = ("preview", "thumbnail")  # of the pictures of a photo


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG unlike those of other seeds."""
    out = io.BytesIO()
    Pillow.new("RGB", size, (seed * 53 % 256, seed * 97 % 256, seed * 29 % 256)).save(
        out, "JPEG", comment=f"picture {seed}".encode()
    )
    return out.getvalue()


async def pages(
    items: Sequence[Item], after: str, name: Callable[[Item], str]
) -> AsyncIterator[tuple[list[Item], str]]:
    """Items as storage lists them, from one on: in the order of their names, a few at a time."""
    rest = sorted((each for each in items if name(each) > after), key=name)
    for start in range(0, len(rest) or 1, PAGE):
        page = rest[start : start + PAGE]
        yield page, name(page[-1]) if start + PAGE < len(rest) else ""


class FakeStorage:
    """Originals and pictures by name; `before_stat` runs before every look at an original."""

    def __init__(self) -> None:
        self.blobs: dict[str, tuple[BlobInfo, bytes]] = {}
        self.pictures: dict[str, tuple[bytes, bytes]] = {}
        self.large: dict[str, tuple[bytes, str]] = {}  # the picture, and of which version
        self.reads: list[str] = []
        self.stats: list[str] = []
        self.looks = 0
        self.digested: list[str] = []
        self.writes = 0
        self.listings: list[str] = []
        self.picture_etags: dict[tuple[str, str], str] = {}  # by id and size
        self.created_as: dict[tuple[str, str], str] = {}  # the etags before they were touched
        self.picture_writes = 0
        self.before_stat: Callable[[int], None] = lambda number: None

    def put(
        self,
        name: str,
        data: bytes,
        *,
        modified: datetime = LONG_AGO,
        md5: str | None = None,
        from_app: bool = False,
        uploader: Uploader = NOBODY,
        for_batch: bool = False,
    ) -> BlobInfo:
        self.writes += 1
        etag = f'"{hashlib.sha256(data).hexdigest()[:8]}-{self.writes}"'
        info = BlobInfo(name, etag, len(data), modified, md5, from_app, uploader=uploader, for_batch=for_batch)
        self.blobs[name] = (info, data)
        return info

    async def ready(self) -> None:
        pass

    async def stat(self, name: str) -> BlobInfo | None:
        self.stats.append(name)
        self._look()
        return self.blobs[name][0] if name in self.blobs else None

    def _look(self) -> None:
        self.looks += 1
        self.before_stat(self.looks)

    async def read(self, info: BlobInfo) -> Blob | None:
        self.reads.append(info.name)
        current = self.blobs.get(info.name)
        if current is None or current[0].etag != info.etag:
            return None
        return Blob(info.name, current[1], info.etag, info.last_modified, current[0].uploader)

    async def read_head(self, info: BlobInfo, length: int) -> bytes:
        current, data = self.blobs.get(info.name, (None, b""))
        return data[:length] if current and current.etag == info.etag else b""

    async def digest(self, info: BlobInfo) -> str | None:
        self.digested.append(info.name)
        blob = await self.read(info)
        return hashlib.sha256(blob.data).hexdigest() if blob else None

    async def content_type(self, name: str) -> str:
        return "image/jpeg"

    async def chunks(self, info: BlobInfo) -> AsyncIterator[bytes]:
        yield self.blobs[info.name][1]

    async def copy(self, original: BlobInfo, name: str) -> BlobInfo:
        current, data = self.blobs.get(original.name, (None, b""))
        if current is None or current.etag != original.etag:
            raise PreconditionFailed("the photo has changed meanwhile")
        if name in self.blobs:
            raise (SameBytes if self.blobs[name][1] == data else PreconditionFailed)("no")
        copy = self.put(name, data, modified=datetime.now(UTC), md5=original.md5, from_app=original.from_app)
        self.blobs[name] = (replace(copy, arrived=original.arrived or original.last_modified), data)
        return self.blobs[name][0]

    async def copy_pictures(self, id_: str, new_id: str) -> None:
        if id_ in self.pictures:
            self.pictures[new_id] = self.pictures[id_]

    async def delete(self, name: str, *, if_match: str | None = None) -> None:
        if if_match and (name not in self.blobs or self.blobs[name][0].etag != if_match):
            raise PreconditionFailed("no")
        self.blobs.pop(name, None)

    async def read_into(self, info: BlobInfo, file: IO[bytes]) -> bool:
        file.write(self.blobs[info.name][1])
        file.flush()
        return True

    async def upload(
        self,
        name: str,
        data: AsyncIterable[bytes],
        *,
        limit: int,
        setting: str = "",
        content_type: str = "",
        if_match: str | None = None,
        if_none_match: bool = False,
        from_app: bool = False,
        uploader: Uploader = NOBODY,
        for_batch: bool = False,
    ) -> BlobInfo:
        body = b"".join([chunk async for chunk in data])
        if len(body) > limit:
            raise BadPhoto("the file is too large")
        existing, old = self.blobs.get(name, (None, b""))
        if (existing and if_none_match) or (if_match and (existing is None or existing.etag != if_match)):
            raise (SameBytes if existing and old == body else PreconditionFailed)("no")
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        md5_text = b64encode(md5).decode()
        return self.put(name, body, md5=md5_text, from_app=from_app, uploader=uploader, for_batch=for_batch)

    async def originals(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        for name in sorted(self.blobs):
            if name.startswith(prefix):
                yield self.blobs[name][0]

    async def original_pages(self, after: str = "") -> AsyncIterator[tuple[list[BlobInfo], str]]:
        async for page in pages([each async for each in self.originals()], after, lambda each: each.name):
            yield page

    async def list_some(self, prefix: str) -> list[BlobInfo]:
        self.listings.append(prefix)
        self._look()
        return [self.blobs[name][0] for name in sorted(self.blobs) if name.startswith(prefix)][:LISTED]

    async def write_pictures(self, id_: str, *, preview: bytes, thumbnail: bytes) -> CreatedPictures:
        self.pictures[id_] = (preview, thumbnail)
        await self.delete_large(id_)
        return CreatedPictures(id_, {size: self._write_picture(id_, size) for size in SIZES})

    async def create_picture(self, id_: str, size: str, data: bytes) -> str | None:
        preview, thumbnail = self.pictures.get(id_, (b"", b""))
        if preview if size == "preview" else thumbnail:
            return None
        self.pictures[id_] = (data, thumbnail) if size == "preview" else (preview, data)
        return self._write_picture(id_, size)

    def _write_picture(self, id_: str, size: str) -> str:
        """Each write has an etag of its own."""
        self.picture_writes += 1
        self.picture_etags[id_, size] = self.created_as[id_, size] = etag = f'"picture-{self.picture_writes}"'
        return etag

    async def has_created(self, created: CreatedPictures) -> bool:
        is_there = bool(self.pictures.get(created.id, (b"", b""))[0])
        return is_there and self.picture_etags[created.id, "preview"] == created.etags["preview"]

    async def has_preview(self, id_: str) -> bool:
        return bool(self.pictures.get(id_, (b"", b""))[0])

    async def touch_preview(self, id_: str) -> bool:
        if (id_, "preview") not in self.picture_etags:
            return False
        self.picture_writes += 1
        self.picture_etags[id_, "preview"] = f'"picture-{self.picture_writes}"'
        return True

    async def take_back(self, created: CreatedPictures) -> None:
        for size, etag in created.etags.items():
            if self.created_as.get((created.id, size)) == etag:
                preview, thumbnail = self.pictures[created.id]
                self.pictures[created.id] = (b"", thumbnail) if size == "preview" else (preview, b"")
                self._forget_picture(created.id, size)
        if not any(self.pictures.get(created.id, ())):
            self.pictures.pop(created.id, None)

    def _forget_picture(self, id_: str, size: str) -> None:
        self.picture_etags.pop((id_, size), None)
        self.created_as.pop((id_, size), None)

    async def read_preview(self, id_: str) -> bytes:
        if id_ not in self.pictures:
            raise NotFound(f"no preview of {id_}")
        return self.pictures[id_][0]

    async def delete_pictures(self, id_: str) -> None:
        self.pictures.pop(id_, None)
        for size in SIZES:
            self._forget_picture(id_, size)
        await self.delete_large(id_)

    async def write_large(self, id_: str, picture: bytes, *, etag: str) -> None:
        self.large[id_] = (picture, etag)

    async def has_large(self, id_: str, *, etag: str) -> bool:
        return id_ in self.large and self.large[id_][1] == etag

    async def delete_large(self, id_: str) -> None:
        self.large.pop(id_, None)


class FakeIndex:
    """Photos by id; `before_put` runs before every write of a whole document, `before_merge` before one of fields."""

    def __init__(self) -> None:
        self.photos: dict[str, Photo] = {}
        self.walks = 0
        self.searches: list[IndexQuery] = []
        self.differences: list[str] = []
        self.before_put: Callable[[], None] = lambda: None
        self.before_merge: Callable[[], None] = lambda: None

    def held(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def get(self, id_: str, *, with_vector: bool = False) -> Photo | None:
        photo = self.photos.get(id_)
        return photo if photo is None or with_vector else replace(photo, vector=[])

    async def get_many(self, ids: Sequence[str]) -> dict[str, Photo]:
        return {id_: photo for id_ in ids if (photo := await self.get(id_))}

    async def put(self, photo: Photo) -> bool:
        self.before_put()
        is_new = photo.id not in self.photos
        self.photos[photo.id] = photo
        return is_new

    async def touch(self, id_: str, **fields: Any) -> None:
        values = {name: [] if value is None and name == "image_vector" else value for name, value in fields.items()}
        if id_ not in self.photos:
            raise document_error(404, "Document not found.")
        self.photos[id_] = replace(self.photos[id_], **values)

    async def merge(self, documents: Sequence[Mapping[str, Any]], *, logs_missing: bool = True) -> int:
        self.before_merge()
        present = [each for each in documents if each["id"] in self.photos]
        for each in present:
            self.photos[each["id"]] = Photo.from_document(self.photos[each["id"]].to_document() | {**each})
        return len(present)

    def words_of(self, photo: Photo) -> dict[str, Any]:
        return {}

    async def search(self, query: IndexQuery) -> SearchResults:
        self.searches.append(query)
        return SearchResults(0, [])

    async def delete(self, id_: str) -> None:
        self.photos.pop(id_, None)

    async def count(self) -> int:
        return len(self.photos)

    async def holds(self, digest: str, *, besides: str) -> bool:
        return any(photo.digest == digest and photo.id != besides for photo in self.photos.values())

    async def digests(self, digests: Sequence[str]) -> set[str]:
        return {photo.digest for photo in self.photos.values()} & set(digests)

    async def find_image_vector(self, digest: str, image_recipe: str) -> list[float]:
        copies = (each for each in self.photos.values() if (each.digest, each.image_recipe) == (digest, image_recipe))
        return next((each.image_vector for each in copies), [])

    async def find_copy(self, digest: str, embedded_text: str, *, is_embedded: Callable[[Photo], bool]) -> Photo | None:
        copies = (each for each in self.photos.values() if (each.digest, each.embedded_text) == (digest, embedded_text))
        return next(filter(is_embedded, copies), None)

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        assert len(ids) <= 1000
        return {id_: IndexEntry.of(self.photos[id_]) for id_ in ids if id_ in self.photos}

    async def walk(self, filter_: str | None = None, *, page: int = 1000, after: str = "") -> AsyncIterator[IndexEntry]:
        assert 0 < page <= 1000
        self.walks += filter_ is None
        in_order = sorted(self.photos.values(), key=lambda each: each.id) if filter_ is None else self.photos.values()
        for photo in list(in_order):
            if photo.id > after and _matches(photo, filter_):
                yield IndexEntry.of(photo)


def _matches(photo: Photo, filter_: str | None) -> bool:
    """Whether one of the filters that ingestion uses matches a photo."""
    if filter_ is None:
        return True
    if filter_.startswith(outdated_filter()[:-1]):
        named = dict(re.findall(r"(\w+)_recipe ne '(\w+)'", filter_))
        return is_outdated(photo, VectorRecipes(text=named.get("embedding", ""), image=named.get("image", "")))
    return photo.recipe not in re.findall(r"recipe ne '(\w+)'", filter_)


class FakeTickets:
    """The tickets that were sent, with their delays; `waiting` are queued, and of these some may be due."""

    def __init__(self) -> None:
        self.sent: list[tuple[Ticket, float]] = []
        self.waiting = 0
        self.due = False

    @property
    def names(self) -> list[str]:
        return [ticket.name for ticket, _ in self.sent]

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        self.sent.append((ticket, delay))

    async def count(self) -> int:
        return self.waiting

    async def any_due(self) -> bool:
        return self.due


class FakeHostQueues:
    """The host's own queue; None when it cannot be read."""

    def __init__(self) -> None:
        self.waiting: int | None = 0

    async def count(self) -> int | None:
        return self.waiting


class FakeFailures:
    """Failure records by id."""

    def __init__(self) -> None:
        self.records: dict[str, Failure] = {}
        self.cleared: list[str] = []

    async def write(self, failure: Failure) -> None:
        self.records[failure.id] = failure

    async def clear(self, id_: str, *, with_others: bool = False) -> bool:
        self.cleared.append(id_)
        return self.records.pop(id_, None) is not None

    async def read(self, id_: str) -> Failure:
        if id_ not in self.records:
            raise NotFound(f"no failure is recorded for {id_}")
        return self.records[id_]

    async def all(self) -> AsyncIterator[Failure]:
        for failure in list(self.records.values()):
            yield failure

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[Failure], str]]:
        async for page in pages(list(self.records.values()), after, lambda each: each.id):
            yield page


class FakeSpending:
    """Spending by day."""

    def __init__(self) -> None:
        self.days: dict[date, Spending] = {}

    async def total(self, day: date) -> Spending:
        return self.days.get(day, Spending())

    async def add(self, day: date, *, captions: int = 0, tokens: int = 0, cap: int = 0, once: str = "") -> bool:
        before = await self.total(day)
        total = before + Spending(captions, tokens, once=(once,) if once else ())
        if (cap and total.captions > cap) or once in before.once:
            return False
        self.days[day] = total
        return True

    def book(self, day: date, *, captions: int = 0, tokens: int = 0) -> None:
        self.days[day] = self.days.get(day, Spending()) + Spending(captions, tokens)


@dataclass
class FakeClaim:
    description: str | None
    ours: bool
    keep: Callable[[str], Any]


class FakeDescriptions:
    """Descriptions by digest and recipe; those in `claimed` are being made by another worker."""

    def __init__(self) -> None:
        self.unused: dict[str, datetime | None] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.claimed: set[tuple[str, str]] = set()
        self.claims = 0
        self.forgotten: list[str] = []

    @asynccontextmanager
    async def claim(
        self, digest: str, recipe: str, *, is_readable: Callable[[str], bool] = bool
    ) -> AsyncIterator[FakeClaim]:
        self.claims += 1
        key = (digest, recipe)

        async def keep(text: str) -> None:
            self.texts[key] = claim.description = text

        text = self.texts.get(key)
        if text is not None and not is_readable(text):
            text = None
        claim = FakeClaim(text, text is None and key not in self.claimed, keep)
        yield claim

    async def may_hold(self, recipes: Sequence[str]) -> bool:
        return any(recipe in recipes for _, recipe in self.texts)

    async def read(self, digest: str, recipe: str) -> str | None:
        return self.texts.get((digest, recipe))

    async def all(self) -> AsyncIterator[KeptDescription]:
        for digest, recipe in sorted(self.texts):
            name = f"{digest}/{recipe}.json"
            yield KeptDescription(name, digest, self.unused.get(name))

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[KeptDescription], str]]:
        async for page in pages([each async for each in self.all()], after, lambda each: each.name):
            yield page

    async def of(self, digest: str) -> list[StoredDescription]:
        return [StoredDescription(recipe, text, "") for (of, recipe), text in self.texts.items() if of == digest][::-1]

    async def mark(self, name: str, *, unused_since: datetime | None) -> None:
        self.unused[name] = unused_since

    async def delete(self, name: str) -> None:
        del self.texts[name.partition("/")[0], name.partition("/")[2].removesuffix(".json")]

    async def forget(self, digest: str) -> None:
        self.forgotten.append(digest)
        self.texts = {key: text for key, text in self.texts.items() if key[0] != digest}


class FakeEdits:
    """Edits by id; `before_write` runs before every write."""

    def __init__(self) -> None:
        self.records: dict[str, PhotoEdits] = {}
        self.writes = 0
        self.before_write: Callable[[], None] = lambda: None

    async def read(self, id_: str) -> PhotoEdits:
        return self.records.get(id_, PhotoEdits(id=id_))

    async def etag(self, id_: str) -> str:
        return (await self.read(id_)).etag

    async def write(self, edits: PhotoEdits) -> PhotoEdits | None:
        self.before_write()
        if await self.etag(edits.id) != edits.etag:
            return None
        self.writes += 1
        self.records[edits.id] = replace(edits, etag=f'"edits-{self.writes}"')
        return self.records[edits.id]

    async def delete(self, id_: str) -> None:
        self.records.pop(id_, None)

    async def pages(self, after: str = "") -> AsyncIterator[tuple[list[tuple[str, str]], str]]:
        async for page in pages([(id_, each.etag) for id_, each in self.records.items()], after, lambda each: each[0]):
            yield page


class FakeMoves:
    """Moves by the old id; what is in `since` was written then."""

    def __init__(self) -> None:
        self.records: dict[str, Move] = {}
        self.since: dict[str, datetime] = {}

    async def begin(self, move: Move) -> bool:
        return self.records.setdefault(move.id, move) is move

    async def write(self, move: Move) -> None:
        self.records[move.id] = move

    async def find(self, id_: str) -> Move | None:
        return self.records.get(id_)

    async def are_kept(self) -> bool:
        return bool(self.records)

    async def steps(self, id_: str) -> list[Move]:
        return await Moves.steps(cast(Any, self), id_)

    async def entries(self) -> AsyncIterator[MoveEntry]:
        for id_, each in sorted(self.records.items()):
            yield MoveEntry(id_, each.done, self.since.get(id_, datetime.now(UTC)))

    async def former_ids(self, ids: Set[str]) -> set[str]:
        return {id_ for id_, each in self.records.items() if each.new_id in ids}

    async def delete(self, id_: str) -> None:
        self.records.pop(id_, None)


class FakeTrash:
    """Records by id, and files; what is in `deleted_at` was deleted then."""

    def __init__(self) -> None:
        self.records: dict[str, TrashedPhoto] = {}
        self.files: dict[str, bytes] = {}
        self.deleted_at: dict[str, datetime] = {}
        self.noted: set[str] = set()
        self.writes = 0

    async def claim(self, id_: str, purpose: Purpose) -> TrashedPhoto:
        photo = await self.read(id_)
        if purpose and photo.claim not in {"", purpose}:
            raise Conflict("no")
        self.records[id_] = replace(photo, claim=purpose)
        return self.records[id_]

    async def note_gone(self, id_: str) -> None:
        self.noted.add(id_)

    async def gone(self) -> list[str]:
        return sorted(self.noted)

    async def forget_gone(self, ids: Iterable[str]) -> None:
        self.noted -= {*ids}

    async def keep_file(self, id_: str, data: AsyncIterable[bytes], *, content_type: str) -> str:
        self.files[id_] = b"".join([chunk async for chunk in data])
        self.writes += 1
        return f'"file-{self.writes}"'

    async def file(self, id_: str) -> AsyncIterator[bytes]:
        yield self.files[id_]

    async def write(self, photo: TrashedPhoto) -> None:
        self.records[photo.id] = photo

    async def write_words(self, photo: TrashedPhoto) -> None:
        if photo.id not in self.records or not self.records[photo.id].restorable:
            self.records[photo.id] = photo

    async def read(self, id_: str) -> TrashedPhoto:
        if id_ not in self.records:
            raise NotFound(f"the photo {id_} is not in the trash", param="id")
        return self.records[id_]

    async def entries(self) -> AsyncIterator[TrashEntry]:
        for id_, each in sorted(self.records.items()):
            yield TrashEntry(id_, each.digest, self.deleted_at.get(id_, datetime.fromisoformat(each.deleted_at)))

    async def add_digests(self, id_: str, digests: Set[str]) -> bool:
        if photo := self.records.get(id_):
            others = {*photo.other_digests, *digests} - {photo.digest}
            self.records[id_] = replace(photo, other_digests=tuple(sorted(others)))
        return photo is not None

    async def delete(self, photo: TrashedPhoto) -> TrashedPhoto | None:
        current = self.records.get(photo.id)
        came_later = {name: getattr(photo, name) for name in ("claim", "claimed_at", "other_digests")}
        if current is None or replace(current, **came_later) != photo:
            return None
        self.files.pop(photo.id, None)
        return self.records.pop(photo.id)


@dataclass
class FakeFeedback:
    """The photos that verdicts name."""

    photos: set[str] = field(default_factory=set)

    async def forget_photos(self, ids: Set[str]) -> None:
        self.photos -= ids


@dataclass
class FakeModels:
    """Models that answer with `reply`, or fail with `error`; `requests` are what the vision model was asked."""

    reply: ModelReply = field(default_factory=lambda: ModelReply(json.dumps(ANSWER), usage=TokenUsage(900, 100)))
    error: Exception | None = None
    caption_model: str = "vision"
    chat_model: str = "chat"
    embedding_model: str = "embedding"
    dimensions: int = 2
    requests: list[dict[str, Any]] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)

    async def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> ModelReply:
        self.requests.append({"messages": messages, **options})
        if self.error:
            raise self.error
        return self.reply

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += texts
        return [[float(len(self.embedded)), 0.5] for _ in texts]


class FakeLimitations:
    async def recent(self) -> list[str]:
        return ["chat works without filters and counts: m refused tools: no"]


class NoCaptionBatches:
    """A library of which no photo was ever described in a batch."""

    async def are_kept(self) -> bool:
        return False


def settings(**changes: str) -> Settings:
    return load(GOOD | {"TRASH_DAYS": "0"} | changes)


def fake_context(**changes: str) -> IngestContext:
    """A context of fakes, with these app settings changed."""
    return IngestContext(
        storage=cast(Any, FakeStorage()),
        tickets=cast(Any, FakeTickets()),
        upload_tickets=cast(Any, FakeTickets()),
        refresh_tickets=cast(Any, FakeTickets()),
        host_queues=cast(Any, FakeHostQueues()),
        failures=cast(Any, FakeFailures()),
        spending=cast(Any, FakeSpending()),
        descriptions=cast(Any, FakeDescriptions()),
        limitations=cast(Any, FakeLimitations()),
        edits=cast(Any, FakeEdits()),
        feedback=cast(Any, FakeFeedback()),
        moves=cast(Any, FakeMoves()),
        trash=cast(Any, FakeTrash()),
        collections=cast(Any, FakeCollections()),
        proposals=cast(Any, FakeProposals()),
        shares=cast(Any, FakeShares()),
        jobs=cast(Any, FakeJobs()),
        exports=cast(Any, FakeExports()),
        job_queue=cast(Any, FakeJobQueue()),
        models=cast(Any, FakeModels()),
        model_batches=cast(Any, None),  # nobody asks for them where no batch is kept
        caption_batches=cast(Any, NoCaptionBatches()),
        index=cast(Any, FakeIndex()),
        settings=settings(**changes),
    )


@dataclass
class Fakes:
    """A context and, typed as what they are, the fakes in it."""

    context: IngestContext

    def __post_init__(self) -> None:
        context: Any = self.context
        self.storage: FakeStorage = context.storage
        self.tickets: FakeTickets = context.tickets
        self.upload_tickets: FakeTickets = context.upload_tickets
        self.refresh_tickets: FakeTickets = context.refresh_tickets
        self.host_queues: FakeHostQueues = context.host_queues
        self.failures: FakeFailures = context.failures
        self.spending: FakeSpending = context.spending
        self.descriptions: FakeDescriptions = context.descriptions
        self.edits: FakeEdits = context.edits
        self.moves: FakeMoves = context.moves
        self.trash: FakeTrash = context.trash
        self.models: FakeModels = context.models
        self.feedback: FakeFeedback = context.feedback
        self.proposals: FakeProposals = context.proposals
        self.index: FakeIndex = context.index
        self.collections: FakeCollections = context.collections
        self.jobs: FakeJobs = context.jobs
        self.exports: FakeExports = context.exports
        self.job_queue: FakeJobQueue = context.job_queue


def fakes(**changes: str) -> Fakes:
    return Fakes(fake_context(**changes))
