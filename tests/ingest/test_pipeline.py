"""A blob becomes a searchable photo, once, whatever happens to it meanwhile."""

import errno
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from ingest import image, original_bytes, preparation, retries
from ingest.image import sha256_hex
from ingest.novelty import Novelty
from ingest.pipeline import ingest
from ingest.removal import remove
from ingest.versions import CURRENT
from shared.errors import BadPhoto, BadReply, OutOfMemory, Transient
from shared.photo import Photo, photo_id
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "2024/rome/dog.jpg"
ID = photo_id(NAME)


async def test_a_new_photo_is_described_embedded_and_indexed() -> None:
    world = fakes()
    info = world.storage.put(NAME, jpeg())

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert world.index.photos == {ID: photo}
    assert (photo.id, photo.path, photo.folder, photo.file_name) == (ID, NAME, "2024/rome", "dog.jpg")
    assert (photo.title, photo.tags, photo.tokens) == ("A dog on a beach", ["dog", "beach", "sea"], 1000)
    assert (photo.etag, photo.digest, photo.recipe) == (info.etag, sha256_hex(jpeg()), world.context.recipe)
    assert photo.vector == [1.0, 0.5]
    assert photo.size_bytes == len(jpeg())
    preview, thumbnail = world.storage.pictures[ID]
    assert Pillow.open(io.BytesIO(preview)).size == Pillow.open(io.BytesIO(thumbnail)).size == (64, 48)
    assert len(world.models.requests) == 1


async def test_an_unchanged_photo_is_not_even_read() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    first = await ingest(NAME, world.context)

    second = await ingest(NAME, world.context)

    assert first
    assert second == replace(first, vector=[])  # which is not fetched
    assert world.storage.reads == [NAME]
    assert len(world.models.requests) == 1


async def test_the_same_bytes_under_a_new_etag_only_change_the_etag() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    newer = world.storage.put(NAME, jpeg())

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert world.index.photos[ID].etag == newer.etag
    assert len(world.models.requests) == len(world.models.embedded) == 1


async def test_a_photo_of_an_older_recipe_is_described_again() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    world.models.caption_model = "better vision"

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert photo.recipe == world.context.recipe
    assert len(world.models.requests) == 2


async def test_the_vector_of_a_copy_is_said_to_be_of_the_model_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg())
    first = await ingest("a.jpg", world.context)
    assert first is not None
    find_copy = world.index.find_copy

    async def find_after_the_switch(*arguments: Any, **options: Any) -> Photo | None:
        """The library moves to another model while the copy is looked for."""
        world.models.embedding_model = "another"
        copied = replace(world.index.photos[first.id], embedding_recipe=world.context.embedding_recipe, vector=[7.0])
        world.index.photos[first.id] = copied
        return await find_copy(*arguments, **options)

    monkeypatch.setattr(world.index, "find_copy", find_after_the_switch)
    world.storage.put("copy.jpg", jpeg())
    copy = await ingest("copy.jpg", world.context)

    assert copy is not None
    assert (copy.vector, copy.embedding_recipe) == ([7.0], world.context.embedding_recipe)
    assert copy.embedding_recipe != first.embedding_recipe


async def test_a_copy_in_the_same_folder_takes_description_and_vector() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    world.storage.put("2024/rome/copy.jpg", jpeg())
    first = await ingest(NAME, world.context)

    copy = await ingest("2024/rome/copy.jpg", world.context)

    assert first is not None
    assert copy is not None
    assert (copy.caption, copy.vector) == (first.caption, first.vector)
    assert len(world.models.requests) == len(world.models.embedded) == 1


@pytest.mark.parametrize(
    "name", ["paris/copy.jpg", "renamed.jpg", "IMG-20240607-WA0001.jpg", "x/2019-05-13 10.11.12.jpg"]
)
async def test_a_renamed_copy_elsewhere_takes_description_and_vector_too(name: str) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    world.storage.put(name, jpeg())
    first = await ingest(NAME, world.context)

    copy = await ingest(name, world.context)

    assert first is not None
    assert copy is not None
    assert (copy.caption, copy.vector) == (first.caption, first.vector)
    assert len(world.models.requests) == len(world.models.embedded) == 1


async def test_a_copy_takes_the_vector_of_that_copy_whose_text_is_the_same() -> None:
    world = fakes()
    for name in (NAME, "second.jpg", "third.jpg"):
        world.storage.put(name, jpeg())
    first = await ingest(NAME, world.context)
    second = await ingest("second.jpg", world.context)
    assert first
    assert second
    world.index.photos[first.id] = replace(first, embedded_text="of an older version", vector=[9.0, 9.0])

    third = await ingest("third.jpg", world.context)

    assert third is not None
    assert third.vector == second.vector
    assert len(world.models.embedded) == 1


# -- older versions -----------------------------------------------------------------------


async def indexed_by_an_older_version(world: Fakes, *, name: str = NAME, **changes: Any) -> Photo:
    """A photo that an older version indexed, without a camera."""
    world.storage.put(name, jpeg())
    photo = await ingest(name, world.context)
    assert photo
    old = replace(photo, facts_version=0, format="", **changes)
    world.index.photos[photo.id] = old
    for calls in (world.models.requests, world.models.embedded, world.storage.reads):
        calls.clear()
    world.storage.pictures.clear()
    world.descriptions.texts.clear()  # a description that is indexed is enough
    return old


@pytest.mark.parametrize("refresh", [True, False])
async def test_an_older_document_is_read_again_without_paying(refresh: bool) -> None:
    world = fakes()
    old = await indexed_by_an_older_version(world)
    world.storage.pictures[old.id] = b"preview", b"thumbnail"

    photo = await ingest(NAME, world.context, refresh=refresh)

    assert photo is not None
    assert (photo.format, photo.facts_version) == ("jpeg", CURRENT.facts_version)
    assert (photo.caption, photo.vector, photo.tokens) == (old.caption, old.vector, old.tokens)
    assert not world.models.requests
    assert not world.models.embedded
    assert world.storage.pictures == {old.id: (b"preview", b"thumbnail")}


async def test_an_older_document_without_pictures_gets_them() -> None:
    world = fakes()
    old = await indexed_by_an_older_version(world)

    await ingest(NAME, world.context)

    assert all(world.storage.pictures[old.id])
    assert not world.models.requests


async def test_it_is_embedded_again_where_the_text_has_changed() -> None:
    world = fakes()
    await indexed_by_an_older_version(world, embedded_text="another")

    photo = await ingest(NAME, world.context, refresh=True)

    assert photo is not None
    assert len(world.models.embedded) == 1
    assert photo.embedded_text == sha256_hex(world.models.embedded[0].encode())
    assert not world.models.requests


async def test_its_pictures_are_made_again_where_they_would_look_otherwise() -> None:
    world = fakes()
    await indexed_by_an_older_version(world, height=1)

    await ingest(NAME, world.context, refresh=True)

    assert list(world.storage.pictures) == [ID]


async def test_a_refresh_leaves_a_description_of_an_older_recipe_to_recaption() -> None:
    world = fakes()
    old = await indexed_by_an_older_version(world)
    world.models.caption_model = "better vision"

    photo = await ingest(NAME, world.context, refresh=True)

    assert photo is not None
    assert (photo.recipe, photo.caption, photo.vector) == (old.recipe, old.caption, old.vector)
    assert photo.facts_version == CURRENT.facts_version
    assert not world.models.requests
    assert not world.models.embedded
    await ingest(NAME, world.context)
    assert len(world.models.requests) == 1


async def test_the_same_bytes_under_a_new_etag_are_brought_up_to_date_too() -> None:
    world = fakes()
    await indexed_by_an_older_version(world)
    newer = world.storage.put(NAME, jpeg())

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert (photo.etag, photo.facts_version) == (newer.etag, CURRENT.facts_version)
    assert not world.models.requests


@pytest.mark.parametrize("state", ["not indexed", "changed", "other bytes"])
async def test_a_refresh_pays_for_nothing_that_is_not_described(state: str) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    if state != "not indexed":
        await indexed_by_an_older_version(world, **({"digest": "0"} if state == "other bytes" else {}))
    if state == "changed":
        world.storage.put(NAME, jpeg(1))

    assert await ingest(NAME, world.context, refresh=True) is None
    assert not world.models.requests


async def test_what_was_paid_for_outlives_a_later_failure() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())

    def fail() -> None:
        raise BadReply("the index is out")

    world.index.before_put = fail
    with pytest.raises(BadReply):
        await ingest(NAME, world.context)
    world.index.before_put = lambda: None
    await ingest(NAME, world.context)

    assert len(world.models.requests) == 1
    assert ID in world.index.photos


@pytest.mark.parametrize(
    ("data", "limit", "message"),
    [
        (jpeg(), len(jpeg()) - 1, r"has [\d,]+ bytes, more than the limit of [\d,]+ bytes \(MAX_PHOTO_BYTES\)"),
        (b"", 100, "the file is empty"),
    ],
)
async def test_a_bad_size_is_refused_before_reading(data: bytes, limit: int, message: str) -> None:
    world = fakes(MAX_PHOTO_BYTES=str(limit))
    world.storage.put(NAME, data)

    with pytest.raises(BadPhoto, match=message):
        await ingest(NAME, world.context)
    assert not world.storage.reads


async def test_a_file_of_just_the_limit_is_taken() -> None:
    world = fakes(MAX_PHOTO_BYTES=str(len(jpeg())))
    world.storage.put(NAME, jpeg())

    assert await ingest(NAME, world.context)


# -- what changes meanwhile ---------------------------------------------------------------


async def test_a_blob_that_is_gone_takes_everything_along() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    del world.storage.blobs[NAME]

    assert await ingest(NAME, world.context) is None

    assert not world.index.photos
    assert not world.storage.pictures
    assert not world.descriptions.texts
    assert world.failures.cleared == [ID]


async def test_a_blob_that_changes_while_being_read_is_left_to_its_next_event() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    original_read = world.storage.read

    async def read(info: Any) -> Any:
        world.storage.put(NAME, jpeg(1))
        return await original_read(info)

    world.storage.read = read  # type: ignore[method-assign]

    assert await ingest(NAME, world.context) is None
    assert not world.index.photos
    assert not world.models.requests


async def test_a_blob_that_changes_while_being_described_is_left_to_its_next_event() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    at_stat(world, 2, lambda: world.storage.put(NAME, jpeg(1)))

    assert await ingest(NAME, world.context) is None
    assert not world.index.photos
    assert not world.storage.pictures
    assert not world.tickets.sent


async def test_a_blob_that_is_read_by_another_worker_while_being_indexed_is_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())

    async def is_replaced() -> None:
        world.storage.put(NAME, jpeg(1))
        assert await ingest(NAME, world.context)

    before_put(world, monkeypatch, is_replaced)

    assert await ingest(NAME, world.context) is None
    assert world.tickets.sent == [(Ticket(NAME), 0)]


async def test_a_blob_that_goes_while_being_described_leaves_nothing_behind() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    at_stat(world, 2, world.storage.blobs.clear)

    assert await ingest(NAME, world.context) is None

    assert not world.index.photos
    assert not world.storage.pictures
    assert world.descriptions.forgotten == [sha256_hex(jpeg())]
    assert not world.tickets.sent


async def test_a_blob_that_goes_while_being_indexed_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())

    async def goes() -> None:
        world.storage.blobs.clear()
        await remove(NAME, world.context)

    before_put(world, monkeypatch, goes)

    assert await ingest(NAME, world.context) is None

    assert not world.index.photos
    assert not world.storage.pictures
    assert world.descriptions.forgotten == [sha256_hex(jpeg())]
    assert not world.tickets.sent


async def test_a_new_photo_is_not_looked_for_but_one_that_was_seen_is(monkeypatch: pytest.MonkeyPatch) -> None:
    world, looked_for = fakes(), list[str]()
    get = world.index.get

    async def look(id_: str, *, with_vector: bool = False) -> Photo | None:
        looked_for.append(id_)
        return await get(id_, with_vector=with_vector)

    monkeypatch.setattr(world.index, "get", look)
    world.storage.put(NAME, jpeg())

    await ingest(NAME, world.context)
    assert looked_for == []

    await ingest(NAME, world.context)
    assert looked_for == [photo_id(NAME)]


async def test_in_a_process_that_has_not_seen_it_a_photo_costs_nothing_again() -> None:
    world = fakes()
    names = ["a.jpg", "b.jpg", "c.jpg"]
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
        await ingest(name, world.context)
    before, requests = dict(world.index.photos), len(world.models.requests)
    world.storage.reads.clear()
    world.context.novelty = Novelty()

    for name in names:
        await ingest(name, world.context)

    assert world.index.photos == before
    assert len(world.models.requests) == requests
    assert world.storage.reads == ["a.jpg"]  # the others are asked for, as that one was found to be known


def before_put(world: Fakes, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]) -> None:
    """Let something happen once just before a document is written."""
    put = world.index.put

    async def put_after_that(photo: Photo) -> bool:
        monkeypatch.setattr(world.index, "put", put)
        await happens()
        return await put(photo)

    monkeypatch.setattr(world.index, "put", put_after_that)


def at_stat(world: Fakes, number: int, change: Any) -> None:
    """Do something just before an original is looked at for the `number`th time."""
    world.storage.before_stat = lambda count: change() if count == number else None


# -- removing -----------------------------------------------------------------------------


async def test_a_blob_that_is_there_is_not_removed() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)

    await remove(NAME, world.context)

    assert ID in world.index.photos
    assert ID in world.storage.pictures


@pytest.mark.parametrize("fails", ["embed", "put"])
async def test_a_photo_that_failed_takes_its_description_along_when_it_is_deleted(
    fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise Transient("busy")

    world = fakes()
    world.storage.put(NAME, jpeg())
    monkeypatch.setattr(world.models if fails == "embed" else world.index, fails, fail)
    await retries.attempt(
        Ticket(NAME),
        lambda: ingest(NAME, world.context),
        tickets=world.context.tickets,
        failures=world.context.failures,
    )
    assert world.descriptions.texts
    del world.storage.blobs[NAME]

    await remove(NAME, world.context)

    assert not world.descriptions.texts


async def test_a_description_that_a_copy_uses_is_not_forgotten() -> None:
    world = fakes()
    for name in (NAME, "copy.jpg"):
        world.storage.put(name, jpeg())
        await ingest(name, world.context)
    del world.storage.blobs[NAME]

    await remove(NAME, world.context)

    assert [photo.path for photo in world.index.photos.values()] == ["copy.jpg"]
    assert not world.descriptions.forgotten
    assert len(world.descriptions.texts) == 1


async def test_a_blob_that_comes_back_while_it_is_removed_is_queued() -> None:
    world = fakes()
    world.index.photos[ID] = Photo(id=ID, path=NAME)
    at_stat(world, 2, lambda: world.storage.put(NAME, jpeg()))

    await remove(NAME, world.context)

    assert not world.index.photos
    assert world.tickets.names == [NAME]


# -- memory -------------------------------------------------------------------------------


async def test_a_photo_that_ran_out_of_memory_gets_the_whole_budget_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes(MEMORY_BUDGET_BYTES="9000000")
    context = world.context
    world.storage.put(NAME, jpeg())
    free: list[tuple[int, int]] = []
    prepare = image.prepare

    def fail_once(data: bytes, **options: Any) -> Any:
        free.append((context.read_memory._free, context.decode_memory._free))
        if len(free) == 1:
            raise MemoryError
        return prepare(data, **options)

    monkeypatch.setattr(preparation, "prepare", fail_once)

    assert await ingest(NAME, context) is not None
    assert free[0][0] == 3_000_000 - len(jpeg())
    assert free[0][1] > 0
    assert free[1] == (0, 0)
    assert (context.read_memory._free, context.decode_memory._free) == (3_000_000, 6_000_000)


async def test_after_that_it_is_out_of_memory_and_after_three_attempts_a_failure_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    tries = []

    def fail(data: bytes, **_: Any) -> Any:
        tries.append(data)
        raise MemoryError

    monkeypatch.setattr(preparation, "prepare", fail)
    with pytest.raises(OutOfMemory, match="not enough memory for this photo, even with nothing else in progress"):
        await ingest(NAME, world.context)
    assert len(tries) == 2

    ticket = Ticket(NAME)
    for attempt in (1, 2, 3):
        await retries.attempt(
            ticket,
            lambda: ingest(NAME, world.context),
            tickets=world.context.tickets,
            failures=world.context.failures,
        )
        state = world.failures.records[ID].state
        assert state == ("failed" if attempt == 3 else "retrying")
        ticket = world.tickets.sent[-1][0]

    assert [sent.attempt for sent, _ in world.tickets.sent] == [2, 3]
    assert world.failures.records[ID].reason.startswith("gave up after 3 attempts: there is not enough memory")


async def test_a_small_photo_still_takes_a_share_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes(MEMORY_BUDGET_BYTES="9000000")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    world.storage.put(NAME, jpeg())
    free = []
    prepare = image.prepare

    def look(data: bytes, **options: Any) -> Any:
        free.append(world.context.decode_memory._free)
        return prepare(data, **options)

    monkeypatch.setattr(preparation, "prepare", look)
    await ingest(NAME, world.context)

    assert free == [6_000_000 - 9_000_000 // 8]


async def test_a_bug_of_ours_is_not_the_photos_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    monkeypatch.setattr("ingest.image.read_facts", lambda *_, **__: 1 + "1")  # type: ignore[operator]

    with pytest.raises(TypeError):
        await retries.attempt(
            Ticket(NAME),
            lambda: ingest(NAME, world.context),
            tickets=world.context.tickets,
            failures=world.context.failures,
        )
    assert not world.failures.records
    assert not world.tickets.sent


async def test_the_upload_time_is_no_date_but_sorts() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg(), modified=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert (photo.taken_local, photo.taken_at, photo.taken_at_source) == (None, None, None)
    assert photo.arrived_at == photo.sorted_at == "2026-01-02T03:04:05Z"


# -- a full disk --------------------------------------------------------------------------


async def test_a_large_file_is_read_from_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(original_bytes, "IN_MEMORY", 10)
    world = fakes()
    world.storage.put(NAME, jpeg())

    photo = await ingest(NAME, world.context)

    assert photo is not None
    assert photo.digest == sha256_hex(jpeg())
    assert not world.storage.reads


def no_room() -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def quota() -> Any:
    raise OSError(errno.EDQUOT, "Disk quota exceeded")


def no_folder() -> Any:
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")


def full_device() -> Any:
    """Opens like any other file, and has no room for a byte; Linux has it."""
    if not Path("/dev/full").exists():
        no_room()
    return Path("/dev/full").open("w+b")


@pytest.mark.parametrize("temporary_file", [no_room, quota, no_folder, full_device])
async def test_a_full_disk_is_said_in_words_and_the_photo_is_tried_again(
    temporary_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(original_bytes, "IN_MEMORY", 10)
    monkeypatch.setattr("ingest.original_bytes.tempfile.TemporaryFile", temporary_file)
    world = fakes()
    world.storage.put(NAME, jpeg())
    tickets, failures = world.context.tickets, world.context.failures

    await retries.attempt(Ticket(NAME), lambda: ingest(NAME, world.context), tickets=tickets, failures=failures)

    [failure] = world.failures.records.values()
    assert failure.state == "retrying"
    assert failure.reason.startswith(f"the disk for temporary files is full: this photo needs {len(jpeg())} bytes")
    assert world.tickets.names == [NAME]


async def test_other_faults_of_a_disk_are_left_to_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(original_bytes, "IN_MEMORY", 10)
    monkeypatch.setattr("ingest.original_bytes.tempfile.TemporaryFile", fail)
    world = fakes()
    world.storage.put(NAME, jpeg())

    with pytest.raises(OSError, match="Input/output"):
        await ingest(NAME, world.context)


async def test_an_older_etag_of_the_same_bytes_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg())
    await ingest("a.jpg", world.context)
    world.storage.put("a.jpg", jpeg(), md5="second")
    touch = world.index.touch

    async def overwritten_meanwhile(id_: str, **values: Any) -> None:
        world.storage.put("a.jpg", jpeg(), md5="third")
        await touch(id_, **values)

    monkeypatch.setattr(world.index, "touch", overwritten_meanwhile)
    await ingest("a.jpg", world.context)

    assert world.tickets.names == ["a.jpg"]
