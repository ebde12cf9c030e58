"""
Shares: photos that people without an account may look at, for a while. A blob for each, and one of what was used of it.

Whoever has a share's token may look. The token is told once; kept is its SHA-256, of which the first half is the id.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shared.access.roles import Role
from shared.errors import BadRequest, NotFound
from shared.photo import is_photo_id
from shared.storage_resources import StorageResources, ignore_missing
from shared.stores.api_keys import unless_changed
from shared.stores.descriptions import moment_of_mark
from shared.stores.share_use import ShareUse

CONTAINER = "photo-shares"
TOKEN_BYTES = 32
MAX_SHARES = 1000
EXPIRES_AT = "expires_at"  # metadata of a record, so that a listing tells


@dataclass(frozen=True, kw_only=True)
class Share:
    """
    The photos of a collection, as they are at any time, or those of `photos`, until a time.

    `maker` is who has made it, as they were then: what they may not see, the share does not show. `password` is a hash,
    empty where there is none. `originals` may be downloaded, `metadata` of files be seen, and names of `persons`.
    """

    id: str
    token_digest: str
    name: str
    expires_at: str
    created_at: str
    maker: str
    maker_id: str = ""
    maker_groups: tuple[str, ...] = ()
    maker_role: Role = Role.EDITOR
    description: str = ""
    collection: str = ""
    photos: tuple[str, ...] = ()
    password: str = ""
    originals: bool = True
    metadata: bool = True
    persons: bool = False

    def has_expired(self, now: datetime) -> bool:
        return datetime.fromisoformat(self.expires_at) <= now


SHARE, USE = TypeAdapter(Share), TypeAdapter(ShareUse)


def new_token() -> str:
    """A token that nobody can guess, in characters that addresses take."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of_token(token: str) -> str:
    """What is kept of a token; of its 256 bits nothing can be told from it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def id_of_token(token: str) -> str:
    """The id of the share that has this token."""
    return digest_of_token(token)[:32]


class Shares(StorageResources):
    """The store of shares. Create it once; `ready()` creates the container."""

    def __init__(self, blobs: BlobServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        super().__init__("blob storage", self._container)
        self._selections: dict[str, tuple[str, frozenset[str]]] = {}  # etag and photos by the id of a share

    async def create(self, share: Share) -> None:
        """Keep a new share; BadRequest if there are too many."""
        async with self.calls():
            count = len([each async for each in self._container.list_blobs(name_starts_with="shares/")])
            if count >= MAX_SHARES:
                raise BadRequest(f"there are {MAX_SHARES:,} shares, which is the most there can be: revoke some")
            metadata = {EXPIRES_AT: share.expires_at}
            await self._container.upload_blob(_record(share.id), SHARE.dump_json(share), metadata=metadata)

    async def read(self, id_: str) -> Share:
        """One share; NotFound if there is none of this id, or it has expired."""
        return (await self._read(id_))[0]

    async def _read(self, id_: str) -> tuple[Share, str]:
        async with self.calls():
            with ignore_missing(), suppress(ValidationError):
                stream = await self._container.download_blob(_record(id_))
                share = replace(SHARE.validate_json(await stream.readall()), id=id_)
                if not share.has_expired(datetime.now(UTC)):
                    return share, stream.properties.etag
        raise NotFound("there is no such share, or it is over", param="id")

    async def of_token(self, token: str) -> Share:
        """The share of a token; NotFound alike for one that is unknown, expired or revoked."""
        share = await self.read(id_of_token(token))
        if hmac.compare_digest(share.token_digest, digest_of_token(token)):
            return share
        raise NotFound("there is no such share, or it is over", param="id")

    async def all(self) -> list[Share]:
        """Every share that has not expired, the latest first."""
        async with self.calls():
            names = [each.name async for each in self._container.list_blobs(name_starts_with="shares/")]
        shares = []
        for name in names:
            with suppress(NotFound):
                shares.append(await self.read(_id(name)))
        return sorted(shares, key=lambda each: (each.created_at, each.id), reverse=True)

    async def revoke(self, id_: str) -> None:
        """Delete a share; one that is gone is fine."""
        async with self.calls():
            for name in (_record(id_), _use(id_)):
                with ignore_missing():
                    await self._container.delete_blob(name, delete_snapshots="include")

    async def sweep(self) -> None:
        """Delete what has expired, and what was used of shares that are gone."""
        now, live = datetime.now(UTC), set()
        async for id_, expires_at in self._listed():
            if expires_at and expires_at <= now:
                await self.revoke(id_)
            else:
                live.add(id_)
        async with self.calls():
            async for each in self._container.list_blobs(name_starts_with="uses/"):
                if _id(each.name) not in live and now - each.last_modified > timedelta(hours=1):
                    with ignore_missing():
                        await self._container.delete_blob(each.name)

    async def _listed(self) -> AsyncIterator[tuple[str, datetime | None]]:
        async for each in self._blobs():
            yield _id(each.name), moment_of_mark((each.metadata or {}).get(EXPIRES_AT))

    async def _blobs(self) -> AsyncIterator[BlobProperties]:
        async with self.calls():
            listed = self._container.list_blobs(name_starts_with="shares/", include=["metadata"])
            blobs = [each async for each in listed if is_photo_id(_id(each.name))]
        for each in blobs:
            yield each

    # -- what becomes of photos ---------------------------------------------------------------

    async def rename_photo(self, old: str, new: str) -> None:
        """Let a photo that has another id now keep its place in selections."""
        await self._replace({old: new})

    async def forget_photos(self, ids: Set[str]) -> None:
        """Take photos that are gone out of every selection; a share of no other goes."""
        await self._replace(dict.fromkeys(ids))

    async def _replace(self, new_ids: Mapping[str, str | None]) -> None:
        """Put other ids in the places of these, or nothing. Only shares that have changed are read for that."""
        selections: dict[str, tuple[str, frozenset[str]]] = {}
        async for each in self._blobs():
            id_ = _id(each.name)
            known = self._selections.get(id_)
            if not known or known[0] != each.etag:
                with suppress(NotFound):
                    known = (each.etag, frozenset((await self.read(id_)).photos))
            if known:
                selections[id_] = known
        self._selections = selections
        for id_ in [id_ for id_, (_, photos) in selections.items() if not photos.isdisjoint(new_ids)]:
            with suppress(NotFound):
                await self._replace_in(id_, new_ids)

    async def _replace_in(self, id_: str, new_ids: Mapping[str, str | None]) -> None:
        while True:
            share, etag = await self._read(id_)
            photos = [new_ids.get(each, each) for each in share.photos]
            rest = tuple(dict.fromkeys(each for each in photos if each))
            if rest == share.photos:
                return
            if not rest:
                await self.revoke(id_)
                return
            content, metadata = SHARE.dump_json(replace(share, photos=rest)), {EXPIRES_AT: share.expires_at}
            async with self.calls():
                with ignore_missing(ResourceModifiedError, ResourceExistsError):
                    await self._container.upload_blob(_record(id_), content, metadata=metadata, **unless_changed(etag))
                    return

    # -- limits, which all instances count together -------------------------------------------

    async def count_original(self, id_: str) -> None:
        """Count a link to an original; Throttled if there were too many today."""
        await self._count(id_, lambda use: use.with_original(datetime.now(UTC)))

    async def count_download(self, id_: str) -> None:
        """Count that such a link was followed; Throttled if that was too often today."""
        await self._count(id_, lambda use: use.with_download(datetime.now(UTC)))

    async def count_attempt(self, id_: str, client: str, number: int = 1) -> None:
        """
        Count a password that a client tries, before it is looked at; -1 takes it back, as it was right.

        Throttled if there were too many in this hour.
        """
        await self._count(id_, lambda use: use.with_attempts(number, client, datetime.now(UTC)))

    async def _count(self, id_: str, counted: Callable[[ShareUse], ShareUse]) -> None:
        while True:
            use, etag = await self._read_use(id_)
            content = USE.dump_json(counted(use))
            async with self.calls():
                with ignore_missing(ResourceModifiedError, ResourceExistsError):
                    await self._container.upload_blob(_use(id_), content, **unless_changed(etag))
                    return

    async def _read_use(self, id_: str) -> tuple[ShareUse, str | None]:
        async with self.calls():
            with ignore_missing():
                stream = await self._container.download_blob(_use(id_))
                content, etag = await stream.readall(), stream.properties.etag
                try:
                    return USE.validate_json(content), etag
                except ValidationError:
                    return ShareUse(), etag
        return ShareUse(), None


def _record(id_: str) -> str:
    return f"shares/{id_}.json"


def _use(id_: str) -> str:
    return f"uses/{id_}.json"


def _id(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".json")
