"""Originals and the pictures derived from them: blobs in Azure Storage."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from urllib.parse import quote, urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobProperties, BlobSasPermissions, ContentSettings, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.access.uploader import NOBODY, Uploader
from shared.azure_errors import translated_errors
from shared.blob_reader import StoredPicture, find_picture
from shared.blob_upload import NotReplaced, StagedBlob, commit, stage
from shared.errors import BadPhoto, PhotoError, PreconditionFailed, SameBytes, Transient
from shared.picture_links import LARGE_THUMBNAIL
from shared.service_clock import ServiceClock
from shared.storage_resources import StorageResources, ignore_missing, is_gone, pages_of
from shared.stores import exports

SERVICE = "blob storage"
DERIVED = "photo-derived"
ON_DEMAND = (LARGE_THUMBNAIL,)  # pictures that are made of the preview when they are first asked for
PICTURES = ("preview", "thumbnail")  # made when a photo is read
LARGE = "large"  # made when somebody first looks closer; its metadata says of which version
OF_VERSION = "of_version"
CREATED = "created_as"  # metadata of a preview that was touched: the etag that it was created with
LISTED = 100  # names of one request that looks for what belongs to a photo
DERIVED_CACHE_CONTROL = "private, max-age=3600"
ARRIVED = "arrived_at"  # metadata of an original that was moved: when it first came
MARK = {"uploaded_through": "app"}  # metadata of an original that came through the app: somebody waits for it
FOR_BATCH = {"described_by": "batch"}  # metadata of an original that is to be described with many others
CLOCK_MARGIN = timedelta(minutes=15)  # links are valid from that long ago: Microsoft's advice, as clocks differ

# Three quick tries when a connection breaks; tickets wait out anything longer.
RETRY_OPTIONS: dict[str, Any] = {
    "retry_total": 3,
    "initial_backoff": 0.4,
    "increment_base": 2,
    "connection_timeout": 5,
}


@dataclass(frozen=True)
class Blob:
    """An original with its bytes; `etag` tells whether it has changed since."""

    name: str
    data: bytes
    etag: str
    last_modified: datetime
    uploader: Uploader = NOBODY


@dataclass(frozen=True)
class BlobInfo:
    """An original as the container lists it, without its bytes."""

    name: str
    etag: str
    size: int
    last_modified: datetime
    md5: str | None = None  # base64, if storage has it: all that we write, and small blobs by others
    from_app: bool = False  # uploaded through the app; listings of the whole container do not say so
    arrived: datetime | None = None  # of one that was moved: when it first came; likewise
    uploader: Uploader = NOBODY  # likewise
    for_batch: bool = False  # uploaded to be described with many others; likewise


@dataclass(frozen=True)
class CreatedPictures:
    """The derived pictures of a photo, by id, that somebody has written: their etags by size."""

    id: str
    etags: Mapping[str, str]

    @property
    def are_complete(self) -> bool:
        """Whether the photo has all that are made when it is read."""
        return len(self.etags) == len(PICTURES)


class Storage(StorageResources):
    """The storage account of the photos. Create it once; `ready()` creates the containers."""

    def __init__(self, blobs: BlobServiceClient, *, container: str) -> None:
        self._blobs = blobs
        self._photos = blobs.get_container_client(container)
        self._derived = blobs.get_container_client(DERIVED)
        super().__init__(SERVICE, self._photos, self._derived)
        self._delegation: UserDelegationKey | None = None
        self._clock = ServiceClock()

    # -- originals ------------------------------------------------------------------------

    async def stat(self, name: str) -> BlobInfo | None:
        """The properties of one original, or None when it is gone."""
        async with self.calls():
            with ignore_missing():
                properties = await self._photos.get_blob_client(name).get_blob_properties()
                return _info(properties)
        return None

    async def uploader(self, name: str) -> Uploader:
        """Whose an original is; nobody's if it is gone."""
        info = await self.stat(name)
        return info.uploader if info else NOBODY

    async def read(self, info: BlobInfo) -> Blob | None:
        """An original with its bytes, or None when it has changed or gone since `info` was read."""
        async with self.calls():
            with ignore_missing(ResourceModifiedError):
                stream = await self._photos.download_blob(
                    info.name,
                    etag=info.etag,
                    match_condition=MatchConditions.IfNotModified,
                    max_concurrency=2,
                )
                uploader = _info(stream.properties).uploader
                return Blob(info.name, await stream.readall(), info.etag, info.last_modified, uploader)
        return None

    async def read_head(self, original: BlobInfo, length: int) -> bytes:
        """The first bytes of the version that `original` describes; empty when it has changed or gone since."""
        async with self.calls():
            with ignore_missing(ResourceModifiedError):
                stream = await self._photos.download_blob(
                    original.name,
                    offset=0,
                    length=length,
                    etag=original.etag,
                    match_condition=MatchConditions.IfNotModified,
                )
                return await stream.readall()
        return b""

    async def digest(self, original: BlobInfo) -> str | None:
        """The SHA-256 of an original in hexadecimal digits, for which it is read; None if it has changed or gone."""
        sha256 = hashlib.sha256()
        return sha256.hexdigest() if await self._download(original, sha256.update) else None

    async def read_into(self, original: BlobInfo, file: IO[bytes]) -> bool:
        """Write the version that `original` describes into a file; False when it has changed or gone since."""
        if not await self._download(original, file.write):
            return False
        await asyncio.to_thread(file.flush)
        return True

    async def _download(self, original: BlobInfo, take: Callable[[bytes], object]) -> bool:
        """Hand over the bytes of that version, chunk by chunk, in a thread; False when it has changed or gone since."""
        async with self.calls():
            with ignore_missing(ResourceModifiedError):
                stream = await self._photos.download_blob(
                    original.name, etag=original.etag, match_condition=MatchConditions.IfNotModified
                )
                async for chunk in stream.chunks():
                    await asyncio.to_thread(take, chunk)
                return True
        return False

    async def content_type(self, name: str) -> str:
        """The stored type of an original; that of any bytes where it has none."""
        async with self.calls():
            properties = await self._photos.get_blob_client(name).get_blob_properties()
            return properties.content_settings.content_type or "application/octet-stream"

    async def chunks(self, original: BlobInfo) -> AsyncIterator[bytes]:
        """The bytes of the version that `original` describes; PreconditionFailed when it has changed or gone since."""
        async with self.calls():
            try:
                stream = await self._photos.download_blob(
                    original.name, etag=original.etag, match_condition=MatchConditions.IfNotModified
                )
                async for chunk in stream.chunks():
                    yield chunk
            except ResourceModifiedError as error:
                raise PreconditionFailed("the photo has changed meanwhile", param="If-Match") from error

    async def upload(
        self,
        name: str,
        data: AsyncIterable[bytes],
        *,
        limit: int,
        setting: str = "MAX_PHOTO_BYTES",
        content_type: str = "application/octet-stream",
        if_match: str | None = None,
        if_none_match: bool = False,
        from_app: bool = False,
        uploader: Uploader = NOBODY,
        for_batch: bool = False,
    ) -> BlobInfo:
        """
        Stream an original into the container, replacing one of the same name.

        BadPhoto if it is empty or larger than `limit` bytes, a limit that comes from `setting`. `content_type` must be
        that of the bytes, whatever the name or the client says: browsers believe it. The MD5 is stored with it, so that
        others can tell that a file is the same. PreconditionFailed, and nothing is replaced, if the original no longer
        has the etag `if_match`, or, with `if_none_match`, if there is one; SameBytes if the original that is there has
        the same bytes. `from_app` marks it as uploaded by a person, in the same request, so that its etag is that of
        the bytes; so does `uploader` say whose it is, and `for_batch` that it waits for many others.
        """
        blob = self._photos.get_blob_client(name)
        marks = (MARK if from_app else {}) | (FOR_BATCH if for_batch else {})
        async with self.calls():
            staged = await stage(blob, _check_size(data, limit, setting))
            try:
                etag, modified = await commit(
                    blob,
                    staged,
                    content_type=content_type,
                    metadata=marks | uploader.metadata or None,
                    if_match=if_match,
                    if_none_match=if_none_match,
                )
            except NotReplaced as error:
                raise await self._refusal(name, staged, if_match, if_none_match) from error
        return BlobInfo(
            name, etag, staged.size, modified, staged.base64_md5, from_app, uploader=uploader, for_batch=for_batch
        )

    async def _refusal(self, name: str, staged: StagedBlob, if_match: str | None, if_none_match: bool) -> PhotoError:
        """Why these blocks did not become an original."""
        if not if_match and not if_none_match:
            return Transient("another upload of this name was finished at the same time: send it again")
        existing = await self.stat(name)
        if existing and (existing.size, existing.md5) == (staged.size, staged.base64_md5):
            return SameBytes("this very file is already there under this name", param="If-None-Match")
        if if_match:
            return PreconditionFailed("the photo has changed or is gone", param="If-Match")
        return PreconditionFailed("there is already a photo of this name", param="If-None-Match")

    async def copy(self, original: BlobInfo, name: str) -> BlobInfo:
        """
        Copy the version that `original` describes to another name, with its type, its metadata and when it came.

        PreconditionFailed if it has changed, or if there is another file of that name; SameBytes if it is the same.
        """
        source, target = self._photos.get_blob_client(original.name), self._photos.get_blob_client(name)
        async with self.calls():
            properties = await source.get_blob_properties()
            metadata = {ARRIVED: original.last_modified.isoformat(), **(properties.metadata or {})}
            staged = await stage(target, self.chunks(original))
            try:
                etag, modified = await commit(
                    target,
                    staged,
                    content_type=properties.content_settings.content_type or "application/octet-stream",
                    metadata=metadata,
                    if_match=None,
                    if_none_match=True,
                    like=properties.content_settings,
                )
            except NotReplaced as error:
                raise await self._refusal(name, staged, None, if_none_match=True) from error
        return BlobInfo(name, etag, staged.size, modified, staged.base64_md5)

    async def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Delete an original; one that is gone is fine, but PreconditionFailed without the etag `if_match`."""
        await self._delete(self._photos.get_blob_client(name), if_match)

    async def originals(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Every original whose name starts with `prefix`, by name; 1,000 in a request, as 5,000 would take 60 MB."""
        async with self.calls():
            async for each in self._photos.list_blobs(name_starts_with=prefix or None, results_per_page=1000):
                yield _info(each)

    async def original_pages(self, after: str = "") -> AsyncIterator[tuple[list[BlobInfo], str]]:
        """All originals by name, 1,000 at a time, each with where to go on `after` it; "" at the end."""
        async with self.calls():
            async for blobs, end in pages_of(self._photos.list_blobs(results_per_page=1000), after):
                yield [_info(each) for each in blobs], end

    async def list_some(self, prefix: str, *, most: int = LISTED) -> list[BlobInfo]:
        """The first originals whose names start with `prefix`, by name, as `stat` describes them, in one request."""
        async with self.calls():
            blobs = self._photos.list_blobs(name_starts_with=prefix, results_per_page=most, include=["metadata"])
            pages = blobs.by_page()
            return [_info(each) async for each in await anext(pages)]

    # -- derived pictures -----------------------------------------------------------------

    async def write_pictures(self, id_: str, *, preview: bytes, thumbnail: bytes) -> CreatedPictures:
        """Write the two derived pictures of a photo; a large one of an earlier version goes."""
        etags: dict[str, str] = {}
        async with self.calls():
            for size, data in (("preview", preview), ("thumbnail", thumbnail)):
                picture = self._picture(id_, size)
                written = await picture.upload_blob(data, overwrite=True, content_settings=_settings(data))
                etags[size] = _quote(written["etag"])
        await self._delete_derived(id_, (*ON_DEMAND, LARGE))
        return CreatedPictures(id_, etags)

    async def create_picture(self, id_: str, size: str, data: bytes) -> str | None:
        """
        Write a derived picture of a photo and return its etag; None if there is one, which stays.

        Without a preview there is nothing that was made of it, so there is nothing to delete either.
        """
        async with self.calls():
            try:
                written = await self._picture(id_, size).upload_blob(data, content_settings=_settings(data))
            except ResourceExistsError as error:
                if is_gone(error):
                    raise
                return None
            return _quote(written["etag"])

    async def has_created(self, created: CreatedPictures) -> bool:
        """Whether the preview that was created is there, and nobody has touched it."""
        async with self.calls():
            with ignore_missing():
                properties = await self._picture(created.id, "preview").get_blob_properties()
                return _quote(properties.etag) == created.etags.get("preview")
        return False

    async def has_preview(self, id_: str) -> bool:
        """Whether a photo has a preview, whoever has written it."""
        async with self.calls():
            return await self._picture(id_, "preview").exists()

    async def touch_preview(self, id_: str) -> bool:
        """Give a photo's preview another etag, which tells whoever has created it; False if there is none."""
        async with self.calls():
            with ignore_missing():
                preview = self._picture(id_, "preview")
                there = await preview.get_blob_properties()
                with suppress(ResourceModifiedError):  # somebody else has just given it one
                    await preview.set_blob_metadata(
                        {CREATED: _created_as(there)}, etag=there.etag, match_condition=MatchConditions.IfNotModified
                    )
                return True
        return False

    async def take_back(self, created: CreatedPictures) -> None:
        """Delete pictures that were created, unless they have been replaced since; a touched preview goes as well."""
        for size, etag in created.etags.items():
            picture = self._picture(created.id, size)
            try:
                await self._delete(picture, etag)
            except PreconditionFailed:
                await self._take_back_touched(picture, etag)

    async def _take_back_touched(self, picture: BlobClient, etag: str) -> None:
        async with self.calls():
            with ignore_missing():
                there = await picture.get_blob_properties()
                if _created_as(there) == etag:
                    with suppress(PreconditionFailed):
                        await self._delete(picture, _quote(there.etag))

    async def write_large(self, id_: str, picture: bytes, *, etag: str) -> None:
        """Write the large JPEG of the version of an original that has this etag."""
        async with self.calls():
            blob = self._picture(id_, LARGE)
            await blob.upload_blob(
                picture, overwrite=True, content_settings=_settings(picture), metadata={OF_VERSION: etag}
            )

    async def has_large(self, id_: str, *, etag: str) -> bool:
        """Whether there is a large JPEG of this very version."""
        async with self.calls():
            with ignore_missing():
                properties = await self._picture(id_, LARGE).get_blob_properties()
                metadata = {key.lower(): value for key, value in (properties.metadata or {}).items()}
                return metadata.get(OF_VERSION) == etag
        return False

    async def delete_large(self, id_: str) -> None:
        """Delete the large JPEG of a photo; if there is none, that is fine."""
        await self._delete(self._picture(id_, LARGE))

    async def derive(self, id_: str, size: str, make: Callable[[bytes], bytes | None]) -> bool:
        """
        Make a picture of a photo's preview, unless there is one; NotFound without a preview.

        False if `make`, which runs in a thread, makes none. What was made of a preview that is replaced or deleted
        meanwhile is not kept.
        """
        preview, made = (self._picture(id_, each) for each in ("preview", size))
        async with self.calls():
            if await made.exists():
                return True
            stream = await preview.download_blob()
            picture = await asyncio.to_thread(make, await stream.readall())
            if picture is None:
                return False
            await made.upload_blob(picture, overwrite=True, content_settings=_settings(picture))
            with ignore_missing():
                if (await preview.get_blob_properties()).etag == stream.properties.etag:
                    return True
        await self._delete(made)
        return False

    async def copy_pictures(self, id_: str, new_id: str) -> None:
        """Copy the derived pictures of a photo to another id, but for a large one; if they are gone, that is fine."""
        pictures = []
        async with self.calls():
            with ignore_missing():
                for size in ("preview", "thumbnail"):
                    pictures.append(await (await self._derived.download_blob(f"{id_}/{size}.jpg")).readall())
        if len(pictures) == 2:
            await self.write_pictures(new_id, preview=pictures[0], thumbnail=pictures[1])

    async def read_preview(self, id_: str) -> bytes:
        """The JPEG that the vision model was shown; NotFound when there is none."""
        async with self.calls():
            return await (await self._derived.download_blob(f"{id_}/preview.jpg")).readall()

    async def find_derived(self, id_: str, size: str) -> StoredPicture:
        """A derived picture to be passed on; NotFound when there is none."""
        return await find_picture(self._picture(id_, size), self)

    async def find_original(self, path: str) -> StoredPicture:
        """An original to be passed on; NotFound when there is none."""
        return await find_picture(self._photos.get_blob_client(path), self)

    async def delete_pictures(self, id_: str) -> None:
        """
        Delete the derived pictures of a photo; if they are gone already, that is fine.

        The preview goes after all that was made of it, which tells `create_picture` that nothing is left; and what is
        made of it at this very moment is looked for once more.
        """
        await self._delete_derived(id_, (*ON_DEMAND, LARGE, *reversed(PICTURES), *ON_DEMAND))

    async def _delete_derived(self, id_: str, sizes: Sequence[str]) -> None:
        for size in sizes:
            await self._delete(self._picture(id_, size))

    def _picture(self, id_: str, size: str) -> BlobClient:
        return self._derived.get_blob_client(f"{id_}/{size}.jpg")

    async def _delete(self, blob: BlobClient, if_match: str | None = None) -> None:
        condition: dict[str, Any] = {}
        if if_match:
            condition = {"etag": if_match, "match_condition": MatchConditions.IfNotModified}
        async with self.calls():
            try:
                with ignore_missing():
                    await blob.delete_blob(delete_snapshots="include", **condition)
            except ResourceModifiedError as error:
                raise PreconditionFailed("the photo has changed or is gone", param="If-Match") from error

    # -- links ----------------------------------------------------------------------------

    @property
    def origin(self) -> str:
        """The origin that links lead to: scheme, host and port."""
        parts = urlsplit(self._blobs.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def _account(self) -> str:
        """The name of the account. Clients of single blobs get it wrong where it is not the first word of the host."""
        return self._blobs.account_name or (urlsplit(self._blobs.url).hostname or "").partition(".")[0]

    async def link(self, path: str, *, minutes: int, content_type: str, file_name: str) -> str:
        """
        A read-only link to an original that expires after `minutes`.

        Browsers save it under `file_name` and never show it: whoever uploaded it chose its bytes, name and stored type.
        """
        disposition = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
        return await self._sign(self._photos.get_blob_client(path), minutes, disposition, content_type)

    async def picture_link(self, id_: str, size: str, *, minutes: int) -> str:
        """A read-only link to a derived picture; `size` is `preview`, `thumbnail` or `large`."""
        return await self._sign(self._picture(id_, size), minutes)

    async def export_link(self, id_: str, *, minutes: int) -> str:
        """A read-only link to a large export, which browsers save."""
        blob = self._blobs.get_blob_client(exports.CONTAINER, exports.file_name(id_))
        return await self._sign(blob, minutes, f'attachment; filename="{exports.FILE}"', exports.MEDIA_TYPE)

    async def _sign(
        self, blob: BlobClient, minutes: int, disposition: str | None = None, content_type: str | None = None
    ) -> str:
        now = await self._now()
        key = getattr(self._blobs.credential, "account_key", None)
        token = generate_blob_sas(
            account_name=self._account,
            container_name=blob.container_name,
            blob_name=blob.blob_name,
            account_key=key,
            user_delegation_key=None if key else await self._delegation_key(now, minutes),
            permission=BlobSasPermissions(read=True),
            content_disposition=disposition,
            content_type=content_type,
            start=now - CLOCK_MARGIN,
            expiry=now + timedelta(minutes=minutes),
        )
        return f"{blob.url}?{token}"

    async def _now(self) -> datetime:
        """The time by the clock that will check a link; our own where the service cannot be asked."""
        if self._clock.expire():
            with suppress(AzureError):
                await self._photos.get_container_properties(
                    raw_response_hook=self._clock.read, retry_total=0, connection_timeout=2, read_timeout=2
                )
        return self._clock.now()

    async def _delegation_key(self, now: datetime, minutes: int) -> UserDelegationKey:
        """A key that is valid for as long as the link it signs; one is used for hours."""
        key = self._delegation
        if key and _is_valid(key, now - CLOCK_MARGIN, now + timedelta(minutes=minutes)):
            return key
        async with translated_errors(SERVICE):
            self._delegation = await self._blobs.get_user_delegation_key(
                now - CLOCK_MARGIN, now + timedelta(minutes=minutes, hours=6)
            )
        return self._delegation


def _is_valid(key: UserDelegationKey, start: datetime, end: datetime) -> bool:
    """Whether a key is valid all that time; one that was got while our clock was fast only begins later."""
    begins, expires = (datetime.fromisoformat(str(each)) for each in (key.signed_start, key.signed_expiry))
    return begins <= start and end < expires


def _info(properties: BlobProperties) -> BlobInfo:
    """An original as storage describes it."""
    md5 = properties.content_settings.content_md5
    metadata = {key.lower(): value for key, value in (properties.metadata or {}).items()}
    return BlobInfo(
        str(properties.name),
        _quote(properties.etag),
        properties.size,
        properties.last_modified,
        b64encode(md5).decode() if md5 else None,
        MARK.items() <= metadata.items(),
        _moment(metadata.get(ARRIVED, "")),
        Uploader.of_metadata(metadata),
        FOR_BATCH.items() <= metadata.items(),
    )


def _created_as(picture: BlobProperties) -> str:
    """The etag that a picture was created with, whoever has touched it since."""
    metadata = {key.lower(): value for key, value in (picture.metadata or {}).items()}
    return metadata.get(CREATED) or _quote(picture.etag)


def _settings(picture: bytes) -> ContentSettings:
    """What storage is to say of a derived picture: thumbnails are WebP, and those of earlier releases JPEG."""
    type_ = "image/webp" if picture[8:12] == b"WEBP" else "image/jpeg"
    return ContentSettings(content_type=type_, cache_control=DERIVED_CACHE_CONTROL)


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else None
    return None


async def _check_size(data: AsyncIterable[bytes], limit: int, setting: str) -> AsyncIterator[bytes]:
    """Pass chunks on; BadPhoto when they are too large or empty, which ends the upload, so nothing is stored."""
    total = 0
    async for chunk in data:
        total += len(chunk)
        if total > limit:
            raise BadPhoto(f"the file is larger than the limit of {limit:,} bytes ({setting})")
        yield chunk
    if not total:
        raise BadPhoto("the file is empty")


def _quote(etag: str) -> str:
    """The etag in quotes: listings give it bare, everything else gives it in quotes."""
    return f'"{etag.strip(chr(34))}"'
