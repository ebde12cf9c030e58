"""Originals and derived pictures, against Azurite."""

import asyncio
import base64
import hashlib
import io
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unittest.mock import AsyncMock, Mock
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.storage.blob import ContentSettings, UserDelegationKey
from azure.storage.blob.aio import BlobServiceClient

from shared import blob_upload
from shared.access.caller import Caller
from shared.access.roles import Role
from shared.access.uploader import NOBODY, Uploader
from shared.errors import BadPhoto, NotFound, Outage, PreconditionFailed, SameBytes, Transient
from shared.storage import BlobInfo, CreatedPictures, Storage
from tests.machine import Azurite, free_port
from tests.shared.scripted_server import Answer, scripted_server

CONTAINER = "storage-tests"
AS_JPEG = {"content_type": "image/jpeg", "file_name": "a.jpg"}


def against(azurite: Azurite, work: Callable[[Storage], Awaitable[None]]) -> None:
    async def run() -> None:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
            storage = Storage(blobs, container=CONTAINER)
            await storage.ready()
            await work(storage)

    asyncio.run(run())


async def chunks(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


def md5_of(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize("metadata", [None, {"uploaded_through": "azcopy"}, {"owner": "app"}])
def test_only_what_came_through_the_app_is_marked(azurite: Azurite, metadata: dict[str, str] | None) -> None:
    async def work(storage: Storage) -> None:
        marked = await storage.upload("marked.jpg", chunks(b"abc"), limit=3, from_app=True)
        assert marked.from_app
        assert await storage.stat("marked.jpg") == marked

        await storage._photos.upload_blob("other.jpg", b"abc", metadata=metadata, overwrite=True)
        other = await storage.stat("other.jpg")
        assert other is not None
        assert not other.from_app

    against(azurite, work)


def test_what_waits_for_a_batch_is_marked_until_it_is_replaced(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        marked = await storage.upload("batch.jpg", chunks(b"abc"), limit=3, for_batch=True)
        assert marked.for_batch
        assert await storage.stat("batch.jpg") == marked
        assert await storage.list_some("batch.jpg") == [marked]

        again = await storage.upload("batch.jpg", chunks(b"abd"), limit=3)
        assert not again.for_batch
        assert await storage.stat("batch.jpg") == again

    against(azurite, work)


def test_an_import_over_an_upload_takes_the_mark_away(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await storage.upload("again.jpg", chunks(b"abc"), limit=3, from_app=True)

        info = await storage.upload("again.jpg", chunks(b"abd"), limit=3)

        assert not info.from_app
        assert await storage.stat("again.jpg") == info

    against(azurite, work)


async def fetch(url: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.request(method, url)


async def put(storage: Storage, name: str, data: bytes = b"abc") -> BlobInfo:
    return await storage.upload(name, chunks(data), limit=100)


def test_an_original_is_uploaded_found_read_and_deleted(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        info = await storage.upload("2024/ä b.jpg", chunks(b"ab", b"", b"c"), limit=3)
        assert (info.name, info.size, info.md5) == ("2024/ä b.jpg", 3, md5_of(b"abc"))
        assert datetime.now(UTC) - info.last_modified < timedelta(minutes=1)
        assert await storage.stat("2024/ä b.jpg") == info

        blob = await storage.read(info)
        assert blob is not None
        assert (blob.name, blob.data, blob.etag, blob.last_modified) == (
            info.name,
            b"abc",
            info.etag,
            info.last_modified,
        )

        await storage.delete("2024/ä b.jpg")
        await storage.delete("2024/ä b.jpg")
        assert await storage.stat("2024/ä b.jpg") is None
        assert await storage.read(info) is None

    against(azurite, work)


def test_the_beginning_of_an_original_is_read_and_a_large_one_goes_to_a_file(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        info = await put(storage, "large.nef", b"0123456789")
        assert await storage.read_head(info, 4) == b"0123"
        file = io.BytesIO()
        assert await storage.read_into(info, file)
        assert file.getvalue() == b"0123456789"

        await put(storage, "large.nef", b"changed")
        assert await storage.read_head(info, 4) == b""
        assert not await storage.read_into(info, io.BytesIO())
        await storage.delete("large.nef")

    against(azurite, work)


def test_an_original_that_was_overwritten_is_not_read(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        info = await put(storage, "changing.jpg")
        newer = await put(storage, "changing.jpg", b"xyz")

        assert await storage.read(info) is None
        blob = await storage.read(newer)
        assert blob is not None
        assert blob.data == b"xyz"

    against(azurite, work)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((b"abcd", b"e"), r"the file is larger than the limit of 4 bytes \(MAX_PHOTO_BYTES\)"),
        ((), "the file is empty"),
        ((b"", b""), "the file is empty"),
    ],
)
def test_an_upload_of_a_bad_size_leaves_nothing(azurite: Azurite, data: tuple[bytes, ...], message: str) -> None:
    async def work(storage: Storage) -> None:
        with pytest.raises(BadPhoto, match=message):
            await storage.upload("bad.jpg", chunks(*data), limit=4)
        assert await storage.stat("bad.jpg") is None

    against(azurite, work)


def test_an_upload_on_condition_replaces_nothing_unseen(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        first = await storage.upload("mine.jpg", chunks(b"one"), limit=10, if_none_match=True)
        with pytest.raises(PreconditionFailed, match="already a photo of this name"):
            await storage.upload("mine.jpg", chunks(b"two"), limit=10, if_none_match=True)

        second = await storage.upload("mine.jpg", chunks(b"three"), limit=10, if_match=first.etag)
        with pytest.raises(PreconditionFailed, match="has changed or is gone"):
            await storage.upload("mine.jpg", chunks(b"four"), limit=10, if_match=first.etag)
        with pytest.raises(PreconditionFailed, match="has changed or is gone"):
            await storage.upload("nobodys.jpg", chunks(b"five"), limit=10, if_match=first.etag)

        blob = await storage.read(second)
        assert blob is not None
        assert blob.data == b"three"
        assert await storage.stat("nobodys.jpg") is None
        await storage.delete("mine.jpg")

    against(azurite, work)


def test_two_uploads_of_one_name_at_once_do_not_replace_each_other(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        uploads = [
            storage.upload("race.jpg", chunks(b"%d" % number), limit=10, if_none_match=True) for number in range(8)
        ]
        results = await asyncio.gather(*uploads, return_exceptions=True)

        assert sum(isinstance(each, BlobInfo) for each in results) == 1
        assert sum(isinstance(each, PreconditionFailed) for each in results) == 7
        await storage.delete("race.jpg")

    against(azurite, work)


def test_an_upload_on_condition_of_what_is_there_already_says_so(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        first = await storage.upload("same.jpg", chunks(b"one"), limit=10, if_none_match=True)

        with pytest.raises(SameBytes):
            await storage.upload("same.jpg", chunks(b"o", b"ne"), limit=10, if_none_match=True)
        with pytest.raises(SameBytes):  # the goal is reached, whoever reached it
            await storage.upload("same.jpg", chunks(b"one"), limit=10, if_match='"0x1"')

        assert await storage.stat("same.jpg") == first
        await storage.delete("same.jpg")

    against(azurite, work)


@pytest.mark.parametrize(
    ("condition", "error"),
    [({"if_none_match": True}, PreconditionFailed), ({"if_match": True}, PreconditionFailed), ({}, Transient)],
    ids=["if_none_match", "if_match", "unconditional"],
)
def test_uploads_of_several_blocks_that_meet_do_not_mix(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch, condition: dict[str, Any], error: type[Exception]
) -> None:
    monkeypatch.setattr(blob_upload, "BLOCK_SIZE", 4)
    one_is_sent, another_is_done = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"slow"
        one_is_sent.set()
        await another_is_done.wait()
        yield b"ones"

    async def work(storage: Storage) -> None:
        if condition.get("if_match"):
            condition["if_match"] = (await put(storage, "met.jpg")).etag
        upload = asyncio.create_task(storage.upload("met.jpg", slow(), limit=10, **condition))
        await one_is_sent.wait()
        quick = await storage.upload("met.jpg", chunks(b"quick", b"one"), limit=10)
        another_is_done.set()

        with pytest.raises(error):
            await upload
        blob = await storage.read(quick)
        assert blob is not None
        assert blob.data == b"quickone"
        assert quick.md5 == md5_of(b"quickone")
        await storage.delete("met.jpg")

    against(azurite, work)


def test_the_limit_itself_is_allowed(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        assert (await storage.upload("just.jpg", chunks(b"ab", b"cd"), limit=4)).size == 4

    against(azurite, work)


def test_the_type_and_checksum_of_a_file_are_stored_with_it(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await storage.upload("typed/a.png", chunks(b"abc"), limit=9, content_type="image/png")
        await storage.upload("typed/b.unknown", chunks(b"abc"), limit=9)

        first, second = [each async for each in storage.originals("typed/")]
        assert (first.name, first.md5) == ("typed/a.png", md5_of(b"abc"))
        assert await storage.stat("typed/a.png") == first
        assert second.name == "typed/b.unknown"
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
            container = account.get_container_client(CONTAINER)
            for name, type_ in (("typed/a.png", "image/png"), ("typed/b.unknown", "application/octet-stream")):
                stored = (await container.get_blob_client(name).get_blob_properties()).content_settings
                assert (stored.content_type, stored.content_disposition) == (type_, "attachment")

    against(azurite, work)


def test_the_digest_of_an_original_is_that_of_the_version_asked_for(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        info = await put(storage, "digest.jpg", b"abc")
        assert await storage.digest(info) == hashlib.sha256(b"abc").hexdigest()

        await put(storage, "digest.jpg", b"xyz")
        assert await storage.digest(info) is None
        await storage.delete("digest.jpg")
        assert await storage.digest(info) is None

    against(azurite, work)


def test_a_delete_on_condition_deletes_nothing_unseen(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        seen = await put(storage, "seen.jpg", b"abc")
        newer = await put(storage, "seen.jpg", b"xyz")

        with pytest.raises(PreconditionFailed, match="the photo has changed or is gone"):
            await storage.delete("seen.jpg", if_match=seen.etag)
        assert await storage.stat("seen.jpg") == newer
        await storage.delete("seen.jpg", if_match=newer.etag)
        assert await storage.stat("seen.jpg") is None

    against(azurite, work)


def test_originals_are_listed_in_order_as_they_are_found(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        infos = [await put(storage, name) for name in ("list/b.jpg", "list/a.jpg", "list/c/d.jpg")]

        listed = [each async for each in storage.originals("list/")]
        assert [each.name for each in listed] == ["list/a.jpg", "list/b.jpg", "list/c/d.jpg"]
        assert [each.etag for each in listed] == [infos[1].etag, infos[0].etag, infos[2].etag]
        assert await storage.list_some("list/") == listed
        assert [each.name for each in await storage.list_some("list/", most=2)] == ["list/a.jpg", "list/b.jpg"]
        assert await storage.list_some("no such/") == []

    against(azurite, work)


def test_derived_pictures_are_written_read_linked_and_deleted(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await storage.write_pictures("id1", preview=b"big", thumbnail=b"small")
        assert await storage.read_preview("id1") == b"big"

        response = await fetch(await storage.picture_link("id1", "thumbnail", minutes=5))
        assert (response.content, response.headers["content-type"]) == (b"small", "image/jpeg")
        assert response.headers["cache-control"] == "private, max-age=3600"

        webp = b"RIFF\x04\x00\x00\x00WEBP"
        await storage.write_pictures("id1", preview=b"big", thumbnail=webp)
        await storage.copy_pictures("id1", "id2")
        for id_ in ("id1", "id2"):
            response = await fetch(await storage.picture_link(id_, "thumbnail", minutes=5))
            assert (response.content, response.headers["content-type"]) == (webp, "image/webp")
        await storage.delete_pictures("id2")

        await storage.delete_pictures("id1")
        await storage.delete_pictures("id1")
        with pytest.raises(NotFound):
            await storage.read_preview("id1")
        assert (await fetch(await storage.picture_link("id1", "thumbnail", minutes=5))).status_code == 404

    against(azurite, work)


async def create(storage: Storage, preview: bytes, thumbnail: bytes) -> CreatedPictures:
    """Create those pictures of one photo that it lacks."""
    pictures = {"preview": preview, "thumbnail": thumbnail}
    etags = {size: await storage.create_picture("created early", size, data) for size, data in pictures.items()}
    return CreatedPictures("created early", {size: etag for size, etag in etags.items() if etag})


def test_pictures_of_a_new_photo_replace_none_and_are_taken_back_unless_replaced(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        first = await create(storage, b"one", b"1")
        second = await create(storage, b"two", b"2")
        assert (first.are_complete, second.are_complete, dict(second.etags)) == (True, False, {})
        assert await storage.read_preview("created early") == b"one"
        assert await storage.has_created(first)

        await storage.take_back(second)
        assert await storage.read_preview("created early") == b"one"

        written = await storage.write_pictures("created early", preview=b"three", thumbnail=b"3")
        assert not await storage.has_created(first)
        assert await storage.has_created(written)
        await storage.take_back(first)
        assert await storage.read_preview("created early") == b"three"

        await storage.delete_pictures("created early")
        third = await create(storage, b"four", b"4")
        await storage.take_back(third)
        await storage.take_back(third)
        with pytest.raises(NotFound):
            await storage.read_preview("created early")
        with pytest.raises(NotFound):
            await storage.find_derived("created early", "thumbnail")

    against(azurite, work)


def test_whoever_has_created_a_preview_learns_that_it_was_touched_and_may_still_take_it_back(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        assert not await storage.touch_preview("created early")

        first = await create(storage, b"one", b"1")
        assert await storage.touch_preview("created early")
        assert not await storage.has_created(first)
        assert await storage.touch_preview("created early")
        assert await storage.read_preview("created early") == b"one"

        await storage.take_back(first)
        assert not await storage.touch_preview("created early")

        first = await create(storage, b"one", b"1")
        await storage.write_pictures("created early", preview=b"two", thumbnail=b"2")
        await storage.touch_preview("created early")
        await storage.take_back(first)
        assert await storage.read_preview("created early") == b"two"
        await storage.delete_pictures("created early")

    against(azurite, work)


def test_a_listing_of_a_few_says_whose_they_are(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        uploader = Uploader.of_caller(Caller("Anna", Role.EDITOR, "6f0c"))
        await storage.upload("few/a.jpg", chunks(b"a"), limit=10, from_app=True, uploader=uploader)

        [listed] = await storage.list_some("few/")

        assert listed == await storage.stat("few/a.jpg")
        assert (listed.from_app, listed.uploader) == (True, uploader)

    against(azurite, work)


def test_a_picture_that_is_made_on_demand_is_kept_until_the_photo_changes_or_goes(azurite: Azurite) -> None:
    made: list[bytes] = []

    def make(preview: bytes) -> bytes:
        made.append(preview)
        return b"larger " + preview

    async def work(storage: Storage) -> None:
        with pytest.raises(NotFound):
            await storage.derive("id3", "thumbnail_640", make)
        await storage.write_pictures("id3", preview=b"one", thumbnail=b"small")
        assert not await storage.derive("id3", "thumbnail_640", lambda _: None)
        assert await storage.derive("id3", "thumbnail_640", make)
        assert await storage.derive("id3", "thumbnail_640", make)
        assert made == [b"one"]
        assert (await storage.find_derived("id3", "thumbnail_640")).size == len(b"larger one")

        await storage.write_pictures("id3", preview=b"two", thumbnail=b"small")
        with pytest.raises(NotFound):
            await storage.find_derived("id3", "thumbnail_640")
        assert await storage.derive("id3", "thumbnail_640", make)
        assert made == [b"one", b"two"]

        await storage.delete_pictures("id3")
        with pytest.raises(NotFound):
            await storage.find_derived("id3", "thumbnail_640")

    against(azurite, work)


def expiry(url: str) -> datetime:
    return datetime.fromisoformat(parse_qs(urlsplit(url).query)["se"][0])


def test_a_link_reads_one_original_for_a_while(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await put(storage, "links/ä b.jpg")

        url = await storage.link("links/ä b.jpg", minutes=5, content_type="image/jpeg", file_name="ä b.jpg")

        assert url.startswith(storage.origin + "/")
        assert (await fetch(url)).content == b"abc"
        assert (await fetch(url, "DELETE")).status_code == 403
        assert timedelta(minutes=4) < expiry(url) - datetime.now(UTC) <= timedelta(minutes=5)
        query = parse_qs(urlsplit(url).query)
        assert datetime.fromisoformat(query["st"][0]) < datetime.now(UTC) - timedelta(minutes=14)
        assert query["rscd"] == ["attachment; filename*=UTF-8''%C3%A4%20b.jpg"]

    against(azurite, work)


def test_a_link_decides_the_type_and_not_who_stored_the_blob(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        page = ContentSettings(content_type="text/html", content_disposition="inline; filename=a.html")
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
            container = account.get_container_client(CONTAINER)
            await container.upload_blob("links/x.html", b"<script>", content_settings=page, overwrite=True)

        response = await fetch(
            await storage.link("links/x.html", minutes=5, content_type="image/jpeg", file_name="x.html.jpg")
        )

        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''x.html.jpg"

    against(azurite, work)


def test_the_origin_is_scheme_host_and_port(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        assert storage.origin == f"http://127.0.0.1:{azurite.blob_port}"

    against(azurite, work)


class Delegating:
    """Stands for an account that is reached by an identity: it has no key and hands out delegation keys."""

    credential = object()

    def __init__(self, url: str, account_name: str | None = "a") -> None:
        self.url = url
        self.account_name = account_name
        self.calls: list[tuple[datetime, datetime]] = []
        self._blobs = BlobServiceClient(url, retry_total=0)

    def get_container_client(self, name: str) -> Any:
        return self._blobs.get_container_client(name)

    async def close(self) -> None:
        await self._blobs.close()

    async def get_user_delegation_key(self, start: datetime, end: datetime) -> UserDelegationKey:
        self.calls.append((start, end))
        key: Any = UserDelegationKey()  # type: ignore[no-untyped-call]
        key.signed_oid = key.signed_tid = "00000000-0000-0000-0000-000000000000"
        key.signed_start, key.signed_expiry = start.isoformat(), end.isoformat()
        key.signed_service, key.signed_version, key.value = "b", "2024-11-04", base64.b64encode(b"k").decode()
        return key  # type: ignore[no-any-return]


async def test_with_an_identity_one_delegation_key_signs_the_links_of_hours() -> None:
    account: Any = Delegating(f"http://127.0.0.1:{free_port()}/a")
    storage = Storage(account, container="photos")

    links = [await storage.link("a.jpg", minutes=15, **AS_JPEG) for _ in range(3)]

    [(start, end)] = account.calls
    assert end - start == timedelta(hours=6, minutes=30)
    assert timedelta(minutes=14) < datetime.now(UTC) - start < timedelta(minutes=16)
    assert all("skoid=" in link and "sig=" in link for link in links)
    await storage.link("a.jpg", minutes=7 * 60, **AS_JPEG)  # the key would end before this link
    assert len(account.calls) == 2
    await account.close()


@pytest.mark.parametrize("minutes", [1, 15, 24 * 60])
async def test_a_delegation_key_covers_each_link_it_signs_and_is_renewed_before_it_ends(
    minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    account: Any = Delegating(f"http://127.0.0.1:{free_port()}/a")
    storage, begin = Storage(account, container="photos"), datetime.now(UTC).replace(microsecond=0)
    keys = set()

    for hours in range(0, 48, 2):

        async def now(later: timedelta = timedelta(hours=hours)) -> datetime:
            return begin + later

        monkeypatch.setattr(storage, "_now", now)
        link = parse_qs(urlsplit(await storage.link("a.jpg", minutes=minutes, **AS_JPEG)).query)
        st, se, skt, ske = (datetime.fromisoformat(link[name][0]) for name in ("st", "se", "skt", "ske"))
        assert skt <= st <= await now() - timedelta(minutes=15) + timedelta(seconds=1)
        assert await now() < se <= ske
        assert ske - skt < timedelta(days=7)  # what Azure allows a key
        keys.add(skt)

    assert 5 < len(keys) == len(account.calls) < 12
    await account.close()


@pytest.mark.parametrize(
    ("url", "account_name", "expected"),
    [
        ("https://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1", "devstoreaccount1"),
        ("https://photos.blob.core.windows.net", "photos", "photos"),
        ("https://photos.z12.blob.storage.azure.net", None, "photos"),
    ],
)
async def test_links_are_signed_for_the_account_however_it_is_addressed(
    monkeypatch: pytest.MonkeyPatch, url: str, account_name: str | None, expected: str
) -> None:
    """The SDK's clients of single blobs say `devstoreaccount1/photos` for the first, and None for the last."""
    sign = Mock(return_value="sig=s")
    monkeypatch.setattr("shared.storage.generate_blob_sas", sign)
    account: Any = Delegating(url, account_name)
    storage = Storage(account, container="photos")
    monkeypatch.setattr(storage, "_now", AsyncMock(return_value=datetime.now(UTC)))

    await storage.link("a.jpg", minutes=15, **AS_JPEG)

    assert sign.call_args.kwargs["account_name"] == expected
    await account.close()


async def test_a_key_from_a_time_when_our_clock_was_fast_signs_nothing_once_it_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Storage refuses links until the key begins, which would be for as long as our clock was fast."""
    account: Any = Delegating("https://a.blob.core.windows.net")
    storage, now = Storage(account, container="photos"), datetime.now(UTC)
    for time in (now + timedelta(hours=1), now, now):
        monkeypatch.setattr(storage, "_now", AsyncMock(return_value=time))
        link = await storage.link("a.jpg", minutes=15, **AS_JPEG)

    assert len(account.calls) == 2
    query = parse_qs(urlsplit(link).query)
    assert datetime.fromisoformat(query["skt"][0]) <= datetime.fromisoformat(query["st"][0]) + timedelta(seconds=1)
    await account.close()


@pytest.mark.parametrize("difference", [timedelta(minutes=-25), timedelta(0), timedelta(minutes=40)])
@pytest.mark.parametrize("by_identity", [True, False])
async def test_links_are_valid_by_the_clock_of_the_service(difference: timedelta, by_identity: bool) -> None:
    service_time = datetime.now(UTC) + difference
    async with scripted_server(Answer(headers={"Date": format_datetime(service_time, usegmt=True)})) as server:
        account: Any = Delegating(f"{server.url}/a")
        if not by_identity:
            account = BlobServiceClient(f"{server.url}/a", {"account_name": "a", "account_key": "c2VjcmV0"})
        storage = Storage(account, container="photos")

        links = [await storage.link("a.jpg", minutes=5, **AS_JPEG) for _ in range(3)]

        for url in links:
            begins = datetime.fromisoformat(parse_qs(urlsplit(url).query)["st"][0])
            assert begins <= service_time - timedelta(minutes=10)
            assert timedelta(minutes=4) < expiry(url) - service_time < timedelta(minutes=6)
        if by_identity:
            [(start, end)] = account.calls
            assert start < service_time < expiry(links[0]) < end
        await account.close()
        assert len(server.requests) == 1


async def test_storage_that_cannot_be_reached_is_an_outage() -> None:
    async with BlobServiceClient(f"http://127.0.0.1:{free_port()}/a", retry_total=0) as blobs:
        with pytest.raises(Outage, match=r"^blob storage cannot be reached"):
            await Storage(blobs, container="photos").check()


async def test_the_containers_are_created_once_and_may_exist() -> None:
    async with (
        scripted_server(Answer(409, headers={"x-ms-error-code": "ContainerAlreadyExists"}), Answer(201)) as server,
        BlobServiceClient(f"{server.url}/a", retry_total=0) as blobs,
    ):
        storage = Storage(blobs, container="photos")
        await storage.ready()
        await storage.ready()

    assert [(each.method, each.target) for each in server.requests] == [
        ("PUT", "/a/photos?restype=container"),
        ("PUT", "/a/photo-derived?restype=container"),
    ]


def test_paths_stay_out_of_the_logs(azurite: Azurite, caplog: pytest.LogCaptureFixture) -> None:
    async def work(storage: Storage) -> None:
        await put(storage, "private.jpg")

    with caplog.at_level(logging.INFO, logger="shared"):
        against(azurite, work)

    assert not re.search("private", "".join(r.getMessage() for r in caplog.records if r.name.startswith("shared")))


def test_a_copy_has_the_type_the_metadata_and_the_day_of_its_original(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        settings = ContentSettings(content_type="image/heic", content_language="de", cache_control="max-age=1")
        await storage.ready()
        await storage._photos.upload_blob("a.heic", b"abc", metadata={"Owner": "ann"}, content_settings=settings)
        original = await storage.stat("a.heic")
        assert original

        copy = await storage.copy(original, "ü/b.heic")
        again = await storage.copy(copy, "c.heic")

        properties = await storage._photos.get_blob_client("c.heic").get_blob_properties()
        assert {key.lower(): value for key, value in properties.metadata.items()}["owner"] == "ann"
        copied = properties.content_settings
        assert (copied.content_type, copied.content_language, copied.cache_control) == (
            "image/heic",
            "de",
            "max-age=1",
        )
        stored = await storage.stat("c.heic")
        assert stored
        assert (stored.etag, stored.size, stored.md5) == (again.etag, 3, again.md5)
        assert stored.arrived == original.last_modified

    against(azurite, work)


def test_a_copy_writes_over_nothing_and_is_of_the_version_that_was_meant(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        first = await put(storage, "first.jpg")
        await storage.copy(first, "copied.jpg")
        with pytest.raises(SameBytes):
            await storage.copy(first, "copied.jpg")
        await put(storage, "other.jpg", b"abd")
        with pytest.raises(PreconditionFailed, match="already"):
            await storage.copy(first, "other.jpg")
        await put(storage, "first.jpg", b"xyz")
        with pytest.raises(PreconditionFailed, match="changed"):
            await storage.copy(first, "free.jpg")
        assert await storage.stat("free.jpg") is None

    against(azurite, work)


def test_pictures_are_copied_if_they_are_there(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        await storage.write_pictures("old", preview=b"large", thumbnail=b"small")
        await storage.copy_pictures("old", "new")
        await storage.copy_pictures("gone", "none")

        assert await storage.read_preview("new") == b"large"
        with pytest.raises(NotFound):
            await storage.read_preview("none")

    against(azurite, work)


def test_whose_an_upload_is_is_kept_with_it_and_goes_along(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        ann = Uploader.of_caller(Caller("Änn 山田, ann@example.com", Role.EDITOR, "id of Änn"))
        uploaded = await storage.upload("own.jpg", chunks(b"abc"), limit=3, from_app=True, uploader=ann)
        assert await storage.stat("own.jpg") == uploaded
        assert uploaded.from_app
        assert await storage.uploader("own.jpg") == ann
        blob = await storage.read(uploaded)
        assert blob
        assert blob.uploader == ann
        link = await storage.link("own.jpg", minutes=5, content_type="image/jpeg", file_name="own.jpg")
        async with httpx.AsyncClient() as http:
            headers = dict((await http.get(link)).headers)
        assert headers["x-ms-meta-uploaded_by"] == "id%20of%20%C3%84nn"
        assert not [word for word in ("example.com", "%E5%B1%B1") if word in str(headers)]

        await storage.delete("moved.jpg")
        await storage.copy(uploaded, "moved.jpg")
        assert await storage.uploader("moved.jpg") == ann

        await storage.upload("own.jpg", chunks(b"abc"), limit=3)
        assert await storage.uploader("own.jpg") == NOBODY
        assert await storage.uploader("nothing.jpg") == NOBODY

    against(azurite, work)


def test_a_large_picture_is_of_one_version_and_goes_with_the_others(azurite: Azurite) -> None:
    async def work(storage: Storage) -> None:
        assert not await storage.has_large("id2", etag='"1"')
        await storage.write_large("id2", b"large", etag='"1"')
        assert await storage.has_large("id2", etag='"1"')
        assert not await storage.has_large("id2", etag='"2"')
        response = await fetch(await storage.picture_link("id2", "large", minutes=5))
        assert (response.content, response.headers["content-type"]) == (b"large", "image/jpeg")

        await storage.write_pictures("id2", preview=b"new", thumbnail=b"new")  # of another version
        assert not await storage.has_large("id2", etag='"1"')

        await storage.write_large("id2", b"large", etag='"2"')
        await storage.delete_pictures("id2")
        assert not await storage.has_large("id2", etag='"2"')

    against(azurite, work)
