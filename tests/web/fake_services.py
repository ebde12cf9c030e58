"""Every service of the app in memory, for unit tests of the HTTP handlers."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from shared.access.in_force import RulesInForce, put_rules_in_force, rules_in_force
from shared.access.rules import parse_rules
from shared.access.uploader import NOBODY, Uploader
from shared.api_keys import ApiKey
from shared.catalogue.definition import Catalogue, parse_catalogue
from shared.catalogue.in_force import put_in_force, put_vocabulary_in_force
from shared.catalogue.vocabulary import Vocabulary
from shared.errors import BadPhoto, BadRequest, NotFound, PhotoError, PreconditionFailed, SettingsError
from shared.photo import photo_id
from shared.search.results import IndexEntry
from shared.settings import Settings, load
from shared.storage import BlobInfo
from shared.stores.audit import AuditPart, AuditRecord
from shared.stores.failures import Failure
from shared.stores.feedback import Feedback
from shared.stores.spending_page import ChatSpending, Spending
from shared.stores.tickets import Ticket
from tests.catalogue.fakes import FakeCollections, FakeExports, FakeJobQueue, FakeJobs, FakeProposals, FakeShares
from tests.ingest.fakes import FakeEdits, FakeMoves, FakeTrash, NoCaptionBatches
from tests.query.fakes import FakeIndex, FakeModels, FakeSpending, FakeStorage

SETTINGS = load(
    {
        "PhotoStorage": "UseDevelopmentStorage=true",
        "OPENAI_BASE_URL": "http://models/v1",
        "CAPTION_MODEL": "vision",
        "CHAT_MODEL": "chat",
        "EMBEDDING_MODEL": "embedding",
        "EMBEDDING_DIMENSIONS": "2",
        "AZURE_SEARCH_ENDPOINT": "http://search",
        "MAX_PHOTO_BYTES": "100",
        "CAPTIONS_PER_DAY": "50",
        "TRASH_DAYS": "0",
    }
)


def failure(path: str, **fields: Any) -> Failure:
    """The record of a photo that was given up."""
    values = {"state": "failed", "reason": "broken", "attempts": 8, **fields}
    return Failure(id=photo_id(path), path=path, **values)


class Checked:
    """A service whose check passes, or fails as a test says."""

    error: PhotoError | SettingsError | None = None

    async def check(self) -> None:
        if self.error:
            raise self.error


class FakeCalibrations:
    """Nothing was measured yet."""

    async def read(self) -> None:
        return None


@dataclass
class WebIndex(Checked, FakeIndex):
    differences: list[str] = field(default_factory=list)
    full: str = ""  # why it can hold no fields of the library's own

    async def count(self, filter_: str | None = None) -> int:
        return len(self.hits)

    async def can_hold(self, new: Catalogue) -> None:
        if self.full and new.fields:
            raise SettingsError(self.full)

    async def entries(self, ids: Sequence[str]) -> dict[str, IndexEntry]:
        return {hit.photo.id: IndexEntry.of(hit.photo) for hit in self.hits if hit.photo.id in ids}


class WebModels(Checked, FakeModels): ...


@dataclass
class WebStorage(Checked, FakeStorage):
    """Originals by path."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    conditions: list[tuple[str | None, bool]] = field(default_factory=list)
    uploaders: dict[str, Uploader] = field(default_factory=dict)
    digested: list[str] = field(default_factory=list)
    origin: str = "https://blobs"

    async def stat(self, name: str) -> BlobInfo | None:
        content = self.blobs.get(name)
        if content is None:
            return None
        return BlobInfo(name, '"etag"', len(content), datetime.now(UTC), uploader=await self.uploader(name))

    async def uploader(self, name: str) -> Uploader:
        return self.uploaders.get(name, NOBODY)

    async def upload(
        self,
        name: str,
        data: AsyncIterable[bytes],
        *,
        limit: int,
        setting: str = "",
        content_type: str,
        if_match: str | None = None,
        if_none_match: bool,
        from_app: bool,
        uploader: Uploader = NOBODY,
    ) -> BlobInfo:
        assert from_app
        self.uploaders[name] = uploader
        self.conditions.append((if_match, if_none_match))
        content = b"".join([chunk async for chunk in data])
        if len(content) > limit:
            raise BadPhoto("too large")
        self.blobs[name] = content
        self.types[name] = content_type
        return BlobInfo(name, '"etag"', len(content), datetime.now(UTC))

    async def ready(self) -> None:
        pass

    async def read_head(self, original: BlobInfo, length: int) -> bytes:
        return self.blobs[original.name][:length]

    async def list_some(self, prefix: str) -> list[BlobInfo]:
        return [each async for each in self.originals() if each.name.startswith(prefix)]

    async def digest(self, original: BlobInfo) -> str | None:
        self.digested.append(original.name)
        return hashlib.sha256(self.blobs[original.name]).hexdigest()

    async def delete_pictures(self, id_: str) -> None:
        pass

    async def has_large(self, id_: str, *, etag: str) -> bool:
        return f"{id_}/large" in self.blobs

    async def delete(self, name: str, *, if_match: str | None = None) -> None:
        if if_match not in {None, '"etag"'}:
            raise PreconditionFailed("the photo has changed or is gone", param="If-Match")
        self.blobs.pop(name, None)

    async def find_derived(self, id_: str, size: str) -> "FakeStored":
        return FakeStored(self.blobs.get(f"{id_}/{size}"))

    async def find_original(self, path: str) -> "FakeStored":
        return FakeStored(self.blobs.get(path))

    async def originals(self) -> AsyncIterator[BlobInfo]:
        for name in sorted(self.blobs):
            yield BlobInfo(name, '"etag"', len(self.blobs[name]), datetime.now(UTC))


class FakeStored:
    """A picture in storage, read in parts of four bytes."""

    etag = '"0x8D"'
    content_type = "image/webp"
    last_modified = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __init__(self, data: bytes | None) -> None:
        if data is None:
            raise NotFound("this picture is gone", param="id")
        self.data, self.size = data, len(data)

    async def read(self, first: int, last: int) -> AsyncIterator[bytes]:
        for start in range(first, last + 1, 4):
            yield self.data[start : min(start + 4, last + 1)]


@dataclass
class FakeTickets(Checked):
    sent: list[Ticket] = field(default_factory=list)

    async def send(self, ticket: Ticket, *, delay: float = 0) -> None:
        self.sent.append(ticket)

    async def count(self) -> int:
        await self.check()
        return len(self.sent)


@dataclass
class FakeFailures(Checked):
    records: dict[str, Failure] = field(default_factory=dict)

    async def all(self) -> AsyncIterator[Failure]:
        for record in list(self.records.values()):
            yield record

    async def read(self, id_: str) -> Failure:
        if id_ not in self.records:
            raise NotFound(f"no failure is recorded for {id_}", param="id")
        return self.records[id_]

    async def write(self, record: Failure) -> None:
        self.records[record.id] = record

    async def clear(self, id_: str) -> None:
        self.records.pop(id_, None)

    async def dismiss(self, record: Failure) -> None:
        self.records.pop(record.id, None)

    def add(self, *records: Failure) -> None:
        self.records |= {record.id: record for record in records}


@dataclass
class WebSpending(FakeSpending, Checked):
    async def total(self, day: str) -> Spending:
        return Spending(captions=3, tokens=400, chat={"page": ChatSpending(2, 9000)})


class WebDescriptions(Checked):
    """Descriptions, of which only deletions are known."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    async def forget(self, digest: str) -> None:
        self.forgotten.append(digest)


@dataclass
class FakeApiKeys:
    """Keys that were made, or why they cannot be read."""

    keys: tuple[ApiKey, ...] = ()
    error: PhotoError | SettingsError | None = None

    async def check(self) -> None:
        await self.recent()

    async def recent(self) -> tuple[ApiKey, ...]:
        if self.error:
            raise self.error
        return self.keys


class FakeLinkSecrets(Checked):
    """The secrets that sign links to pictures: the first signs, all are accepted, more once they are read anew."""

    def __init__(self) -> None:
        self.secrets = [b"s" * 32]
        self.newer: list[bytes] = []

    async def current(self) -> bytes:
        return self.secrets[0]

    async def accepted(self, *, anew: bool = False) -> list[bytes]:
        return [*self.secrets, *(self.newer if anew else [])]


@dataclass
class FakeFeedbackLog:
    records: list[Feedback] = field(default_factory=list)

    async def add(self, feedback: Feedback) -> None:
        self.records.append(feedback)

    async def forget_photos(self, ids: Set[str]) -> None:
        self.records = [each for each in self.records if ids.isdisjoint(each.photos)]


@dataclass
class FakeLimitations:
    sentences: list[str] = field(default_factory=lambda: ["chat works without filters and counts: m refused tools: no"])

    async def recent(self) -> list[str]:
        return self.sentences


@dataclass
class FakeVocabulary:
    """The vocabulary that was stored last."""

    etag: str | None = None
    fault: str = ""

    async def save(self, new: Vocabulary, *, if_match: str | None = None) -> None:
        if if_match and if_match != self.etag:
            raise PreconditionFailed("the vocabulary has changed since", param="If-Match")
        put_vocabulary_in_force(new)
        self.etag = f'"{len(new.terms)}"'


@dataclass
class FakeAccess:
    """The rules that were written last."""

    etag: str | None = None
    fault: str = ""

    async def read(self, **_: Any) -> None:
        """They are in force as soon as they are written."""

    async def save(self, content: bytes, *, if_match: str | None = None) -> None:
        if if_match and if_match != self.etag:
            raise PreconditionFailed("the rules have changed since", param="If-Match")
        before = rules_in_force()
        put_rules_in_force(RulesInForce(parse_rules(content), (before.rules, *before.earlier)))
        self.etag = f'"{len(content)}"'


@dataclass
class FakeCatalogue:
    """The definitions of fields, as a test puts them in force, and what is wrong with the file."""

    fault: str = ""
    address: str = "photo-settings/catalogue.json"
    vocabulary: FakeVocabulary = field(default_factory=FakeVocabulary)
    access: FakeAccess = field(default_factory=FakeAccess)
    etag: str | None = None

    async def save(self, content: bytes, *, if_match: str | None = None) -> Catalogue:
        if if_match and if_match != self.etag:
            raise PreconditionFailed("the fields have changed since", param="If-Match")
        try:
            new = parse_catalogue(content)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        put_in_force(new)
        self.etag = f'"{len(content)}"'
        return new

    async def refresh(self) -> None:
        pass

    async def follow(self, version: str) -> None:
        pass

    async def refresh_if_possible(self) -> None:
        pass

    async def check(self) -> None:
        pass


@dataclass
class FakeAuditLog(Checked):
    """What was written down."""

    records: list[AuditRecord] = field(default_factory=list)
    pages: dict[AuditPart, list[AuditRecord | None]] = field(default_factory=dict)

    async def append(self, records: Sequence[AuditRecord]) -> None:
        await self.check()
        self.records += records

    async def parts(self) -> list[AuditPart]:
        return sorted(self.pages)

    async def read(self, part: AuditPart) -> list[AuditRecord | None]:
        return self.pages[part]

    async def walk(self, first: date, last: date) -> AsyncIterator[AuditRecord]:
        for part in sorted(self.pages):
            for record in self.pages[part]:
                if record and first <= part.day <= last:
                    yield record


@dataclass
class FakeServices:
    """What `shared.services.services()` returns in these tests."""

    index: WebIndex = field(default_factory=WebIndex)
    models: WebModels = field(default_factory=WebModels)
    storage: WebStorage = field(default_factory=WebStorage)
    tickets: FakeTickets = field(default_factory=FakeTickets)
    upload_tickets: FakeTickets = field(default_factory=FakeTickets)
    refresh_tickets: FakeTickets = field(default_factory=FakeTickets)
    host_queues: None = None
    failures: FakeFailures = field(default_factory=FakeFailures)
    spending: WebSpending = field(default_factory=WebSpending)
    usage: Any = None
    budget: Any = None
    edits: FakeEdits = field(default_factory=FakeEdits)
    moves: FakeMoves = field(default_factory=FakeMoves)
    trash: FakeTrash = field(default_factory=FakeTrash)
    calibrations: FakeCalibrations = field(default_factory=FakeCalibrations)
    descriptions: WebDescriptions = field(default_factory=WebDescriptions)
    api_keys: FakeApiKeys = field(default_factory=FakeApiKeys)
    link_secrets: FakeLinkSecrets = field(default_factory=FakeLinkSecrets)
    feedback: FakeFeedbackLog = field(default_factory=FakeFeedbackLog)
    limitations: FakeLimitations = field(default_factory=FakeLimitations)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    live_index: None = None
    caption_batches: NoCaptionBatches = field(default_factory=NoCaptionBatches)
    rounds: None = None
    model_batches: None = None
    image_model: Any = None
    collections: FakeCollections = field(default_factory=FakeCollections)
    proposals: FakeProposals = field(default_factory=FakeProposals)
    shares: FakeShares = field(default_factory=FakeShares)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    exports: FakeExports = field(default_factory=FakeExports)
    job_queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    audit: FakeAuditLog = field(default_factory=FakeAuditLog)
    settings: Settings = SETTINGS
