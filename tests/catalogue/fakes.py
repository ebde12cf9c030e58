"""What jobs and collections are kept in, in memory."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from azure.storage.blob import BlobBlock

from shared.access.caller import Caller
from shared.blob_upload import StagedBlob
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.stores.collections import Collection
from shared.stores.jobs import Job, JobTurn, ListedJob, PhotoFault
from shared.stores.proposals import Proposal
from shared.stores.shares import Share, id_of_token


@dataclass
class FakeJobQueue:
    """Turns and their delays, in the order they were sent."""

    sent: list[tuple[JobTurn, float]] = field(default_factory=list)
    waiting: int = 0

    async def send(self, turn: JobTurn, *, delay: float = 0) -> None:
        self.sent.append((turn, delay))

    async def count(self) -> int:
        return self.waiting


@dataclass
class FakeJobs:
    """Jobs by id; `before_update` runs before each change of a record."""

    records: dict[str, Job] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, dict[int, list[PhotoFault]]] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    before_update: Callable[[], None] = lambda: None

    async def create(self, job: Job, ids: Iterable[str]) -> bool:
        if job.id in self.records:
            return False
        self.records[job.id] = job
        self.written[job.id] = datetime.now(UTC)
        if not job.undoes:
            self.ids[job.id] = list(ids)
        return True

    async def read(self, id_: str) -> Job:
        if id_ not in self.records:
            raise NotFound(f"there is no job {id_}", param="id")
        return self.records[id_]

    async def update(self, id_: str, change: Callable[[Job], Job | None]) -> Job | None:
        self.before_update()
        after = change(await self.read(id_))
        if after:
            self.records[id_] = after
        return after

    async def photos(self, job: Job, count: int) -> list[str]:
        return self.ids[job.photos_of][job.position : min(job.position + count, job.total)]

    async def keep_order(self, job: Job, ids: Iterable[str]) -> None:
        self.orders.setdefault(job.id, list(ids))

    async def kept_order(self, id_: str) -> list[str]:
        return self.orders.get(id_, [])

    async def write_faults(self, job: Job, faults: Sequence[PhotoFault]) -> None:
        self.errors.setdefault(job.id, {})[job.position] = list(faults)

    async def faults(self, id_: str, *, skip: int, top: int) -> list[PhotoFault]:
        slices = self.errors.get(id_, {})
        return [each for position in sorted(slices) for each in slices[position]][skip : skip + top]

    async def recent(self, *, skip: int, top: int) -> tuple[int, list[Job]]:
        latest = list(self.records.values())[::-1]
        return len(latest), latest[skip : skip + top]

    async def all(self) -> AsyncIterator[ListedJob]:
        for job in list(self.records.values()):
            yield ListedJob(job.id, self.written[job.id], job.has_ended)

    async def forget_photos(self, ids: Set[str]) -> set[str]:
        before = dict(self.ids)
        self.ids = {id_: ["0" * 32 if each in ids else each for each in photos] for id_, photos in before.items()}
        return {id_ for id_, photos in before.items() if photos != self.ids[id_]}

    async def delete(self, id_: str) -> None:
        del self.records[id_]


@dataclass
class FakeExports:
    """Exports by id: blocks that were staged, parts, and what was committed."""

    staged: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, dict[str, bytes]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    before_part: Callable[[str], None] = lambda _: None

    async def stage(self, id_: str, data: AsyncIterable[bytes], *, block_size: int) -> StagedBlob:
        content = b"".join([each async for each in data])
        staged = StagedBlob(size=len(content))
        for start in range(0, len(content), block_size):
            name = f"{len(self.staged):048d}"
            self.staged[name] = content[start : start + block_size]
            staged.blocks.append(BlobBlock(name))
        return staged

    async def commit(self, id_: str, blocks: Sequence[str]) -> None:
        self.files[id_] = b"".join(self.staged[each] for each in blocks)

    async def find(self, id_: str) -> "FakeFile":
        if id_ not in self.files:
            raise NotFound("this picture is gone", param="id")
        return FakeFile(self.files[id_])

    async def write_part(self, id_: str, name: str, content: bytes) -> None:
        self.before_part(name)
        self.written.setdefault(id_, {})[name] = content

    async def read_part(self, id_: str, name: str) -> bytes | None:
        return self.written.get(id_, {}).get(name)

    async def parts(self, id_: str) -> list[str]:
        return sorted(self.written.get(id_, {}))

    async def all(self) -> AsyncIterator[str]:
        for id_ in sorted({*self.written, *self.files}):
            yield id_

    async def delete(self, id_: str) -> None:
        self.written.pop(id_, None)
        self.files.pop(id_, None)


@dataclass(frozen=True)
class FakeFile:
    """A blob that is passed on."""

    data: bytes
    etag: str = '"0x8D"'
    last_modified: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    @property
    def size(self) -> int:
        return len(self.data)

    async def read(self, first: int, last: int) -> AsyncIterator[bytes]:
        yield self.data[first : last + 1]


@dataclass
class FakeCollections:
    """Collections by id; each write gives an etag of its own."""

    records: dict[str, Collection] = field(default_factory=dict)
    writes: int = 0

    async def read(self, id_: str) -> Collection:
        if id_ not in self.records:
            raise NotFound(f"there is no collection {id_}", param="id")
        return self.records[id_]

    async def all(self, *, max_age: float = 0.0) -> list[Collection]:
        return list(self.records.values())

    async def find(self, name: str) -> Collection:
        for each in self.records.values():
            if name in {each.id, each.name}:
                return each
        raise NotFound(f"there is no collection {name!r}", param="collection")

    async def of_photo(self, id_: str) -> list[str]:
        return list((await self.of_photos()).get(id_, ()))

    async def of_photos(self) -> Mapping[str, Sequence[str]]:
        members: dict[str, list[str]] = {}
        for collection in self.records.values():
            for id_ in collection.photos:
                members.setdefault(id_, []).append(collection.id)
        return members

    async def create(self, collection: Collection) -> Collection:
        if collection.id in self.records:
            raise Conflict("the collection has been made already", param="id")
        return self._write(collection)

    def _write(self, collection: Collection) -> Collection:
        self.writes += 1
        self.records[collection.id] = replace(collection, etag=f'"{self.writes}"')
        return self.records[collection.id]

    async def update(
        self, id_: str, change: Callable[[Collection], Collection], *, if_match: frozenset[str] = frozenset()
    ) -> Collection:
        before = await self.read(id_)
        if if_match and before.etag not in if_match:
            raise PreconditionFailed("the collection has changed since: read it again", param="If-Match")
        return self._write(change(before))

    async def rename_photo(self, old: str, new: str | None) -> None:
        for id_, each in list(self.records.items()):
            if old in each.photos:
                photos = [new if photo == old else photo for photo in each.photos]
                self.records[id_] = replace(each, photos=tuple(photo for photo in photos if photo))

    async def delete(self, id_: str) -> None:
        self.records.pop(id_, None)


@dataclass
class FakeShares:
    """Shares by id, and the ids of those of which something was used."""

    records: dict[str, Share] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)

    async def create(self, share: Share) -> None:
        self.records[share.id] = share

    async def read(self, id_: str) -> Share:
        if id_ not in self.records:
            raise NotFound("there is no such share, or it is over", param="id")
        return self.records[id_]

    async def of_token(self, token: str) -> Share:
        return await self.read(id_of_token(token))

    async def all(self) -> list[Share]:
        return list(self.records.values())

    async def revoke(self, id_: str) -> None:
        self.records.pop(id_, None)

    async def sweep(self) -> None:
        pass

    async def forget_photos(self, ids: Set[str]) -> None:
        self.records = {id_: each for id_, each in self.records.items() if ids.isdisjoint(each.photos)}

    async def rename_photo(self, old: str, new: str) -> None:
        for id_, each in self.records.items():
            photos = tuple(new if photo == old else photo for photo in each.photos)
            self.records[id_] = replace(each, photos=photos)

    async def count_original(self, id_: str) -> None:
        self.used.append(id_)

    async def count_download(self, id_: str) -> None:
        self.used.append(id_)

    async def count_attempt(self, id_: str, client: str, number: int = 1) -> None:
        self.used.append(id_)


@dataclass
class FakeProposals:
    """Proposals by id."""

    records: dict[str, Proposal] = field(default_factory=dict)

    async def write(self, proposal: Proposal) -> None:
        self.records[proposal.id] = proposal

    async def read(self, id_: str) -> Proposal:
        if id_ not in self.records:
            raise NotFound(f"there is no proposal {id_}: one is kept for a day", param="id")
        return self.records[id_]

    async def open_of(self, caller: Caller) -> list[Proposal]:
        mine = [each for each in self.records.values() if each.is_of(caller) and not each.accepted_by]
        return sorted(mine, key=lambda proposal: proposal.created_at, reverse=True)

    async def mark_accepted(self, id_: str, *, by: str, at: str) -> None:
        if id_ in self.records:
            self.records[id_] = replace(self.records[id_], accepted_by=by, accepted_at=at)

    async def delete(self, id_: str) -> None:
        self.records.pop(id_, None)

    async def forget_photos(self, ids: Set[str]) -> None:
        self.records = {id_: each for id_, each in self.records.items() if ids.isdisjoint(each.photos)}

    async def sweep(self) -> None:
        pass
