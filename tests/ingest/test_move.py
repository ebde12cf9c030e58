"""A photo that is moved: all that belongs to it follows, for nothing, whatever happens on the way."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest import handlers
from ingest.arrivals import BULK_PLACES
from ingest.move import in_folder, move, move_to
from ingest.move_steps import INTERRUPTED, finish_moves
from ingest.originals import delete_original
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.removal import remove
from shared.edits import FieldEdit
from shared.errors import BadRequest, Conflict, NotFound, PreconditionFailed, Transient
from shared.photo import photo_id
from shared.stores.collections import Collection
from shared.stores.moves import Move
from tests.ingest.fakes import Fakes, fakes, jpeg

OLD, NEW = "rome/IMG_7.JPG", "2024/colosseum.jpg"
OLD_ID, NEW_ID = photo_id(OLD), photo_id(NEW)
SIDECARS = {
    "rome/IMG_7.xmp": "2024/colosseum.xmp",
    "rome/IMG_7.JPG.json": "2024/colosseum.jpg.supplemental-metadata.json",
}
MOVIE = b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  "
COLLECTION = "c" * 32


class Killed(BaseException):
    """The process is gone."""


async def write_title(world: Fakes, id_: str, title: str) -> None:
    edit = FieldEdit(value=title, by="ann", at="", digest=world.index.photos[id_].digest)
    edits = (await world.edits.read(id_)).changed({"title": edit}, by="ann", at=datetime.now(UTC))
    await world.edits.write(replace(edits, path=world.index.photos[id_].path))


async def world_with_photo() -> Fakes:
    """A photo with sidecars and a movie, which somebody has edited and put into a collection."""
    world = fakes(TRASH_DAYS="7")
    for name in SIDECARS:
        world.storage.put(name, f"<{name}>".encode(), md5=f"md5 {name}")
    world.storage.put("rome/IMG_7.MOV", MOVIE)
    world.storage.put(OLD, jpeg(), md5="md5")
    await world.collections.create(Collection(id=COLLECTION, name="Best", photos=("x", OLD_ID, "y"), cover="x"))
    await ingest(OLD, world.context)
    await write_title(world, OLD_ID, "The Colosseum")
    await ingest(OLD, world.context)
    return world


def check_moved(world: Fakes, name: str = NEW, *, title: str = "The Colosseum") -> None:
    """Everything is at the new place, and nothing at the old."""
    id_ = photo_id(name)
    assert world.index.photos.keys() == world.storage.pictures.keys() == world.edits.records.keys() == {id_}
    photo = world.index.photos[id_]
    assert (photo.path, photo.file_name, photo.title) == (name, name.rpartition("/")[2], title)
    assert photo.etag == world.storage.blobs[name][0].etag
    assert photo.collections == [COLLECTION]
    assert photo.vector
    assert world.collections.records[COLLECTION].photos == ("x", id_, "y")
    assert world.edits.records[id_].path == name
    assert [each.number for each in world.edits.records[id_].history] == [1]
    assert set(world.storage.blobs) == {name, "2024/colosseum.MOV", *SIDECARS.values()}
    assert world.trash.records == {}
    assert len(world.models.requests) == 1
    assert len(world.models.embedded) == 2  # before and after the title was written


async def test_all_that_belongs_to_a_photo_follows_and_nothing_is_paid() -> None:
    world = await world_with_photo()
    before = world.index.photos[OLD_ID]

    done = await move(OLD_ID, NEW, world.context, by="ann")

    check_moved(world)
    assert (done.new_id, done.done) == (NEW_ID, True)
    photo = world.index.photos[NEW_ID]
    changed = {"id", "path", "folder", "file_name", "path_words", "etag", "sidecar_digest", "edits_state", "unedited"}
    assert {name for name in vars(photo) if getattr(photo, name) != getattr(before, name)} <= changed
    assert (photo.folder, photo.path_words) == ("2024", "2024 colosseum")


async def test_what_is_moved_is_current_and_keeps_the_day_on_which_it_came() -> None:
    world = await world_with_photo()
    arrived = world.index.photos[OLD_ID].arrived_at
    await move(OLD_ID, NEW, world.context)
    photo = world.index.photos[NEW_ID]
    reads = len(world.storage.reads)

    assert await ingest(NEW, world.context) == replace(photo, vector=[])
    await remove(OLD, world.context)
    for name in SIDECARS:
        await remove(name, world.context)

    assert len(world.storage.reads) == reads
    assert world.tickets.names == []
    check_moved(world)
    world.index.photos[NEW_ID] = replace(photo, facts_version=0)
    await ingest(NEW, world.context, refresh=True)
    assert world.index.photos[NEW_ID].arrived_at == arrived
    check_moved(world)


async def test_an_edit_can_still_be_taken_back() -> None:
    world = await world_with_photo()
    caption = world.index.photos[OLD_ID].caption
    await move(OLD_ID, NEW, world.context)

    edits = world.edits.records[NEW_ID]
    await world.edits.write(edits.undone(by="ann", at=datetime.now(UTC)))
    photo = await world.context.edited_documents.follow(NEW_ID)

    assert photo
    assert (photo.title, photo.caption, photo.sources) == ("A dog on a beach", caption, [])


async def test_a_photo_comes_back() -> None:
    world = await world_with_photo()
    await move(OLD_ID, "2024/IMG_7.JPG", world.context)

    await move(photo_id("2024/IMG_7.JPG"), OLD, world.context)

    assert world.index.photos.keys() == {OLD_ID}
    assert set(world.storage.blobs) == {OLD, "rome/IMG_7.MOV", *SIDECARS}
    assert OLD_ID not in world.moves.records  # it leads nowhere else
    assert world.moves.records[photo_id("2024/IMG_7.JPG")].new_id == OLD_ID
    assert world.collections.records[COLLECTION].photos == ("x", OLD_ID, "y")


@pytest.mark.parametrize("name", [NEW, *SIDECARS.values(), "2024/colosseum.MOV"])
async def test_no_file_is_written_over(name: str) -> None:
    world = await world_with_photo()
    world.storage.put(name, b"another")
    before = dict(world.storage.blobs)

    with pytest.raises(PreconditionFailed, match="already"):
        await move(OLD_ID, NEW, world.context)

    assert (world.storage.blobs, world.moves.records) == (before, {})


async def test_a_name_that_is_taken_while_files_are_copied_leaves_the_photo_as_it_was() -> None:
    world = await world_with_photo()
    copy, before = world.storage.copy, set(world.storage.blobs)

    async def late(original: Any, name: str) -> Any:
        if name == NEW:
            world.storage.put(NEW, b"another")
        return await copy(original, name)

    world.storage.copy = late  # type: ignore[method-assign]
    with pytest.raises(PreconditionFailed):
        await move(OLD_ID, NEW, world.context)

    assert set(world.storage.blobs) == before | {NEW}
    assert world.moves.records == {}
    assert world.edits.records.keys() == {OLD_ID}
    assert world.collections.records[COLLECTION].photos == ("x", OLD_ID, "y")


async def test_the_same_request_at_the_same_time_does_it_once() -> None:
    world = await world_with_photo()
    copy = world.storage.copy

    async def slow(original: Any, name: str) -> Any:
        if name == NEW:
            world.storage.copy = copy  # type: ignore[method-assign]
            await move(OLD_ID, NEW, world.context)
        return await copy(original, name)

    world.storage.copy = slow  # type: ignore[method-assign]
    assert (await move(OLD_ID, NEW, world.context)).new_id == NEW_ID

    check_moved(world)
    assert world.moves.records[OLD_ID].done


async def test_words_that_wait_in_the_trash_keep_their_name() -> None:
    world = await world_with_photo()
    world.storage.put(NEW, jpeg(1))
    await ingest(NEW, world.context)
    await write_title(world, NEW_ID, "Another")
    await ingest(NEW, world.context)
    del world.storage.blobs[NEW]
    await remove(NEW, world.context)

    with pytest.raises(PreconditionFailed, match="trash"):
        await move(OLD_ID, NEW, world.context)


@pytest.mark.parametrize(
    "name", ["a.png", "IMG_7", "IMG_7.xmp", ".DS_Store", "Thumbs.db", "a\x00.jpg", "b" * 1030 + ".jpg"]
)
async def test_a_name_that_no_such_photo_can_have_is_refused(name: str) -> None:
    world = await world_with_photo()

    with pytest.raises(BadRequest):
        await move(OLD_ID, name, world.context)

    assert world.moves.records == {}


async def test_its_own_name_changes_nothing() -> None:
    world = await world_with_photo()
    before = dict(world.storage.blobs)

    assert (await move(OLD_ID, OLD, world.context)).new_id == OLD_ID

    assert (world.storage.blobs, world.moves.records) == (before, {})


async def test_a_photo_that_is_not_there_cannot_be_moved_nor_one_that_has_just_changed() -> None:
    world = await world_with_photo()
    with pytest.raises(NotFound):
        await move("a" * 32, NEW, world.context)
    world.storage.put(OLD, jpeg(1))
    with pytest.raises(Transient, match="try again"):
        await move(OLD_ID, NEW, world.context)
    del world.storage.blobs[OLD]
    with pytest.raises(NotFound):
        await move(OLD_ID, NEW, world.context)


async def test_a_photo_that_is_being_moved_goes_nowhere_else() -> None:
    world = await world_with_photo()
    await world.moves.begin(Move(path=OLD, new_path="elsewhere.jpg", etag="", at=""))

    with pytest.raises(Conflict):
        await move(OLD_ID, NEW, world.context)


async def test_what_another_photo_needs_stays_as_well() -> None:
    world = await world_with_photo()
    world.storage.put("rome/IMG_7.NEF", jpeg(1))

    await move(OLD_ID, NEW, world.context)

    assert set(world.storage.blobs) == {
        NEW, "2024/colosseum.MOV", *SIDECARS.values(), "rome/IMG_7.NEF", "rome/IMG_7.xmp", "rome/IMG_7.MOV",
    }  # fmt: skip


async def test_an_ordinary_video_of_the_same_name_stays() -> None:
    world = await world_with_photo()
    world.storage.put("rome/IMG_7.MOV", b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom")

    await move(OLD_ID, NEW, world.context)

    assert "rome/IMG_7.MOV" in world.storage.blobs
    assert "2024/colosseum.MOV" not in world.storage.blobs


async def test_a_new_name_with_a_date_is_read() -> None:
    world = await world_with_photo()

    await move(OLD_ID, "rome/2019-05-31.jpg", world.context)
    assert world.refresh_tickets.names == ["rome/2019-05-31.jpg"]
    await ingest("rome/2019-05-31.jpg", world.context, refresh=True)

    [photo] = world.index.photos.values()
    assert (photo.taken_local, photo.taken_at_source) == ("2019-05-31T00:00:00", "file_name")
    assert photo.title == "The Colosseum"
    assert len(world.models.requests) == 1


async def test_an_edit_of_the_last_moment_follows() -> None:
    world = await world_with_photo()
    put = world.index.put

    async def put_and_edit(photo: Any) -> bool:
        is_new = await put(photo)
        await write_title(world, OLD_ID, "Too late?")
        return is_new

    world.index.put = put_and_edit  # type: ignore[method-assign]
    await move(OLD_ID, NEW, world.context)

    assert world.index.photos[NEW_ID].title == "Too late?"
    assert [each.number for each in world.edits.records[NEW_ID].history] == [1, 2]
    assert OLD_ID not in world.edits.records


async def test_a_file_that_is_replaced_meanwhile_becomes_a_photo_of_its_own() -> None:
    world = await world_with_photo()
    put = world.index.put

    async def put_and_replace(photo: Any) -> bool:
        is_new = await put(photo)
        world.storage.put(OLD, jpeg(5))
        return is_new

    world.index.put = put_and_replace  # type: ignore[method-assign]
    await move(OLD_ID, NEW, world.context)

    assert {NEW, OLD} <= set(world.storage.blobs)
    assert world.storage.blobs[OLD][1] == jpeg(5)
    assert world.tickets.names == [OLD]


# -- kills --------------------------------------------------------------------------------

STEPS = {
    "storage": ("copy", "copy_pictures", "delete", "delete_pictures"),
    "index": ("put", "merge", "delete"),
    "edits": ("write", "delete"),
    "moves": ("begin", "write", "delete"),
    "collections": ("rename_photo",),
}


class Killer:
    """Kills after, or before, a number of writes."""

    def __init__(self, world: Fakes, writes: int, *, before: bool) -> None:
        self.left, self.before = writes, before
        for store, names in STEPS.items():
            for name in names:
                service = getattr(world.context, store)
                setattr(service, name, self.of(getattr(service, name)))

    def of(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0 and self.before:
                raise Killed
            answer = await call(*arguments, **options)
            if self.left == 0:
                raise Killed
            return answer

        return counted


async def killed_world(writes: int, *, before: bool) -> tuple[Fakes, bool]:
    """A world whose process was killed at this write of a move, and whether it was."""
    world = await world_with_photo()
    Killer(world, writes, before=before)
    with suppress(Killed):
        await move(OLD_ID, NEW, world.context)
        return world, False
    assert OLD in world.storage.blobs or NEW in world.storage.blobs
    assert world.index.photos
    return world, True


@pytest.mark.parametrize("before", [True, False])
async def test_a_kill_at_any_step_neither_loses_nor_doubles_the_photo(before: bool) -> None:
    writes, kills = 1, 0
    while True:
        world, was_killed = await killed_world(writes, before=before)
        if not was_killed:
            break
        is_begun = bool(world.moves.records)
        world.moves.since[OLD_ID] = datetime.now(UTC) - INTERRUPTED
        await reconcile(world.context)
        if is_begun:
            check_moved(world)
        else:
            assert set(world.index.photos) == {OLD_ID}
        writes, kills = writes + 1, kills + 1
    assert kills > 15
    check_moved(world)


async def test_a_photo_that_is_deleted_before_its_interrupted_move_is_finished_does_not_come_back() -> None:
    writes, deleted = 1, 0
    while True:
        world, was_killed = await killed_world(writes, before=False)
        if not was_killed:
            break
        writes += 1
        if NEW not in world.storage.blobs:
            continue
        await delete_original(NEW, world.context)
        world.moves.since[OLD_ID] = datetime.now(UTC) - INTERRUPTED
        await reconcile(world.context)

        assert not {OLD, NEW} & set(world.storage.blobs)
        assert not world.index.photos
        assert list(world.trash.records) == [NEW_ID]
        assert world.edits.records.keys() == {NEW_ID}
        deleted += 1
    assert deleted > 10


async def test_the_same_request_finishes_what_was_interrupted() -> None:
    for writes in (2, 4, 6, 8, 10, 12):
        world, _ = await killed_world(writes, before=False)

        await move(OLD_ID, NEW, world.context)

        check_moved(world)


async def test_a_move_whose_file_went_is_forgotten() -> None:
    world, _ = await killed_world(2, before=False)  # one sidecar is copied
    del world.storage.blobs[OLD]

    world.moves.since[OLD_ID] = datetime.now(UTC) - INTERRUPTED
    assert await finish_moves(world.context) == 0

    assert world.moves.records == {}
    assert set(world.storage.blobs) == {*SIDECARS, "rome/IMG_7.MOV"}


async def test_a_young_move_is_left_alone_and_a_done_one_forgotten_after_a_day() -> None:
    world, _ = await killed_world(3, before=False)
    assert await finish_moves(world.context) == 0
    await move(OLD_ID, NEW, world.context)
    await reconcile(world.context)
    assert OLD_ID in world.moves.records

    world.moves.since[OLD_ID] = datetime.now(UTC) - timedelta(hours=25)
    await reconcile(world.context)

    assert world.moves.records == {}


# -- into a folder, and for good ----------------------------------------------------------


def into(folder: str) -> Callable[[str], str]:
    """What a path becomes in another folder."""
    return lambda path: in_folder(folder, path.rpartition("/")[2])


async def test_a_photo_moves_into_a_folder_once() -> None:
    world = await world_with_photo()

    assert await move_to(OLD_ID, into("2024"), world.context)
    assert await move_to(OLD_ID, into("2024"), world.context)  # the job was killed, and does it again

    new_id = photo_id("2024/IMG_7.JPG")
    assert world.index.photos.keys() == {new_id}
    assert not await move_to(new_id, into("2024"), world.context)
    assert await move_to(new_id, into(""), world.context)
    assert world.index.photos.keys() == {photo_id("IMG_7.JPG")}
    with pytest.raises(NotFound):
        await move_to("a" * 32, into("2024"), world.context)


@pytest.mark.parametrize("days", ["0", "7"])
async def test_a_photo_that_goes_for_good_is_in_no_collection(days: str) -> None:
    world = await world_with_photo()
    world.context.settings = fakes(TRASH_DAYS=days).context.settings
    del world.storage.blobs[OLD]

    await remove(OLD, world.context)
    world.trash.deleted_at[OLD_ID] = datetime.now(UTC) - timedelta(days=8)
    await reconcile(world.context)

    assert world.collections.records[COLLECTION].photos == ("x", "y")


@pytest.mark.parametrize("is_busy", [False, True])
async def test_a_photo_of_an_earlier_recipe_is_not_described_anew_because_it_was_moved(
    is_busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    world.storage.put(OLD, jpeg())
    await ingest(OLD, world.context)
    world.context.settings = world.context.settings.model_copy(update={"caption_language": "de"})
    await move(OLD_ID, NEW, world.context)

    with ExitStack() as places:
        for _ in range(BULK_PLACES if is_busy else 0):
            places.enter_context(world.context.arrivals.place())
        await handlers.photo_arrived(NEW)

    assert len(world.models.requests) == 1
    assert not world.tickets.sent
    await ingest(NEW, world.context)  # by a ticket, as `recaption` sends it
    assert len(world.models.requests) == 2
    assert world.index.photos[NEW_ID].caption_language == "de"


async def test_a_new_file_of_the_old_name_is_not_lost_while_a_move_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await world_with_photo()
    delete_pictures = world.storage.delete_pictures
    came: list[str] = []

    async def arrives_meanwhile(id_: str) -> None:
        await delete_pictures(id_)
        if id_ == OLD_ID and OLD not in world.storage.blobs and not came:
            came.append(OLD)
            world.storage.put(OLD, jpeg(7), md5="other")
            assert await ingest(OLD, world.context)

    monkeypatch.setattr(world.storage, "delete_pictures", arrives_meanwhile)
    await move(OLD_ID, NEW, world.context)

    assert came
    assert OLD_ID in world.index.photos or OLD in world.tickets.names
