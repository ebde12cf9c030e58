"""What is deleted waits and comes back for nothing, or goes for good and leaves nothing."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ingest import trash
from ingest.context import IngestContext
from ingest.originals import delete_original
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.removal import remove
from ingest.to_trash import keep_file
from ingest.trash import restore, sweep_trash
from shared.access.audit import audit_writer
from shared.access.caller import Caller, acting_for
from shared.access.roles import Role
from shared.access.sight import PhotosSight, current_sight
from shared.access.uploader import Uploader
from shared.edits import FieldEdit
from shared.errors import NotFound, PreconditionFailed
from shared.photo import Photo, photo_id
from shared.stores.audit import AuditRecord
from shared.stores.tickets import Ticket
from shared.stores.trash import Purpose, TrashedPhoto
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME = "dog.jpg"
ID = photo_id(NAME)
LONG_AGO = datetime.now(UTC) - timedelta(days=8)


async def world_with_photo(days: str = "7") -> Fakes:
    """A photo that is indexed and was edited."""
    world = fakes(TRASH_DAYS=days)
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    title = FieldEdit(value="Rex", by="ann", at="", digest=world.index.photos[ID].digest)
    edits = (await world.edits.read(ID)).changed({"title": title}, by="ann", at=datetime.now(UTC))
    await world.edits.write(replace(edits, path=NAME))
    await ingest(NAME, world.context)
    return world


def left(world: Fakes) -> list[str]:
    """The stores in which something is left of anything."""
    stores = {
        "index": world.index.photos,
        "originals": world.storage.blobs,
        "pictures": world.storage.pictures,
        "edits": world.edits.records,
        "descriptions": world.descriptions.texts,
        "trash": world.trash.records,
        "files in trash": world.trash.files,
        "failures": world.failures.records,
    }
    return [name for name, store in stores.items() if store]


async def test_a_deleted_photo_waits_in_the_trash_with_its_words() -> None:
    world = await world_with_photo()

    await delete_original(NAME, world.context, by="ann")

    assert left(world) == ["edits", "descriptions", "trash", "files in trash"]
    trashed = world.trash.records[ID]
    assert (trashed.path, trashed.by, trashed.title, trashed.restorable) == (NAME, "ann", "Rex", True)


async def test_a_restored_photo_is_as_it_was_and_costs_no_caption() -> None:
    world = await world_with_photo()
    before = world.index.photos[ID]
    await delete_original(NAME, world.context)

    await trash.restore(ID, world.context)
    assert world.upload_tickets.names == [NAME]
    photo = await ingest(NAME, world.context)

    assert photo
    same = {name: getattr(before, name) for name in ("title", "sources", "caption", "digest", "for_earlier_file")}
    assert {name: getattr(photo, name) for name in same} == same
    assert len(world.models.requests) == 1
    assert "trash" not in left(world)


async def test_nothing_is_restored_over_another_photo() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)
    world.storage.put(NAME, jpeg(1))

    with pytest.raises(PreconditionFailed):
        await trash.restore(ID, world.context)

    assert world.trash.records.keys() == {ID}
    assert world.storage.blobs[NAME][1] == jpeg(1)


async def test_a_restore_that_was_interrupted_can_be_tried_again() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)
    world.storage.put(NAME, jpeg())

    await trash.restore(ID, world.context)

    assert "trash" not in left(world)


async def test_what_others_delete_leaves_its_words_for_a_while_and_cannot_be_restored() -> None:
    world = await world_with_photo()
    del world.storage.blobs[NAME]

    await remove(NAME, world.context)

    assert left(world) == ["edits", "descriptions", "trash"]
    with pytest.raises(PreconditionFailed, match="upload it again"):
        await trash.restore(ID, world.context)
    world.storage.put(NAME, jpeg())
    photo = await ingest(NAME, world.context)
    assert photo
    assert photo.title == "Rex"
    assert len(world.models.requests) == 1


@pytest.mark.parametrize("by_app", [True, False])
async def test_after_its_time_nothing_is_left(by_app: bool) -> None:
    world = await world_with_photo()
    if not by_app:
        del world.storage.blobs[NAME]
    await (delete_original(NAME, world.context) if by_app else remove(NAME, world.context))
    await reconcile(world.context)
    assert "trash" in left(world)

    world.trash.deleted_at[ID] = LONG_AGO
    await reconcile(world.context)

    assert left(world) == []


@pytest.mark.parametrize("purged", ["after the attempt", "while it is described", "while its words are kept"])
async def test_of_a_version_that_was_being_described_when_its_photo_went_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, purged: str
) -> None:
    world = await world_with_photo()
    old = world.index.photos[ID].digest
    world.storage.put(NAME, jpeg(2))
    embed, add_digests = world.context.embed_one, world.trash.add_digests

    async def deleted_meanwhile(text: str) -> Any:
        """Its description is kept by now, and its document not written yet."""
        await delete_original(NAME, world.context)
        if purged == "while it is described":
            await trash.delete_for_good(ID, world.context)
        return await embed(text)

    async def purged_meanwhile(id_: str, digests: Set[str]) -> bool:
        if purged == "while its words are kept":
            await trash.delete_for_good(ID, world.context)
        return await add_digests(id_, digests)

    monkeypatch.setattr(IngestContext, "embed_one", lambda _, text: deleted_meanwhile(text))
    monkeypatch.setattr(world.trash, "add_digests", purged_meanwhile)

    assert await ingest(NAME, world.context) is None

    if purged == "after the attempt":
        assert {digest for digest, _ in world.descriptions.texts} > {old}  # it can still come back
        await trash.delete_for_good(ID, world.context)
    assert left(world) == []


async def test_a_photo_that_is_restored_while_it_is_removed_keeps_its_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await world_with_photo()
    paid, delete = len(world.models.requests), world.index.delete

    async def restored_meanwhile(id_: str) -> None:
        await delete(id_)
        if ID in world.trash.records:
            await restore(ID, world.context)

    monkeypatch.setattr(world.index, "delete", restored_meanwhile)
    await delete_original(NAME, world.context)
    await ingest(NAME, world.context)

    assert ID in world.index.photos
    assert len(world.models.requests) == paid


async def test_without_a_trash_nothing_is_left_at_once() -> None:
    world = await world_with_photo("0")

    await delete_original(NAME, world.context)

    assert left(world) == []


async def test_a_photo_is_deleted_for_good_at_once_if_asked() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)

    await trash.delete_for_good(ID, world.context)

    assert left(world) == []
    with pytest.raises(NotFound):
        await trash.delete_for_good(ID, world.context)


async def test_a_description_stays_while_a_copy_has_it_here_or_in_the_trash() -> None:
    world = await world_with_photo()
    for name in ("copy.jpg", "other.jpg"):
        world.storage.put(name, jpeg())
        await ingest(name, world.context)
    await delete_original(NAME, world.context)
    await delete_original("copy.jpg", world.context)

    await trash.delete_for_good(ID, world.context)
    assert world.descriptions.texts
    await delete_original("other.jpg", world.context)
    await trash.delete_for_good(photo_id("other.jpg"), world.context)
    assert world.descriptions.texts
    assert await trash.empty(world.context) == 1

    assert left(world) == []


async def test_emptying_leaves_a_photo_alone_that_has_taken_the_name() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)

    await trash.empty(world.context)

    assert left(world) == ["index", "originals", "pictures", "edits", "descriptions"]
    assert world.index.photos[ID].title == "Rex"


async def test_a_deletion_that_was_killed_before_the_file_went_is_forgotten() -> None:
    world = await world_with_photo()
    original = await world.storage.stat(NAME)
    assert original
    await keep_file(original, "ann", world.context)
    world.trash.deleted_at[ID] = datetime.now(UTC) - timedelta(hours=1)

    await reconcile(world.context)

    assert left(world) == ["index", "originals", "pictures", "edits", "descriptions"]


async def test_a_deletion_that_was_killed_after_the_file_went_is_finished() -> None:
    world = await world_with_photo()
    original = await world.storage.stat(NAME)
    assert original
    await keep_file(original, "ann", world.context)
    await world.storage.delete(NAME)

    await reconcile(world.context)

    assert left(world) == ["edits", "descriptions", "trash", "files in trash"]
    assert world.trash.records[ID].restorable


async def test_what_others_delete_costs_no_file_of_the_name_that_waits_in_the_trash() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context, by="ann")
    before = world.trash.records[ID]
    world.storage.put(NAME, jpeg(1))
    await ingest(NAME, world.context)
    del world.storage.blobs[NAME]

    await remove(NAME, world.context)

    [digest] = {digest for digest, _ in world.descriptions.texts} - {before.digest}
    assert world.trash.records == {ID: replace(before, other_digests=(digest,))}
    await trash.restore(ID, world.context)
    assert world.storage.blobs[NAME][1] == jpeg()


@pytest.mark.parametrize("event_first", [True, False])
async def test_a_new_version_that_is_deleted_before_it_is_read_can_be_restored(event_first: bool) -> None:
    world = await world_with_photo()
    world.storage.put(NAME, jpeg(1))
    if event_first:  # of the deletion, which comes before all is removed
        original = await world.storage.stat(NAME)
        assert original
        await keep_file(original, "ann", world.context)
        await world.storage.delete(NAME)
        await remove(NAME, world.context)
    else:
        await delete_original(NAME, world.context, by="ann")

    trashed = world.trash.records[ID]
    assert (trashed.by, trashed.restorable, trashed.size_bytes) == ("ann", True, len(jpeg(1)))
    await trash.restore(ID, world.context)
    assert world.storage.blobs[NAME][1] == jpeg(1)


async def test_what_is_kept_of_a_file_does_not_depend_on_what_its_deleter_sees() -> None:
    world = await world_with_photo()
    get, seen = world.index.get, []

    async def looked_at(id_: str, *, with_vector: bool = False) -> Photo | None:
        seen.append(current_sight().is_full)
        return await get(id_, with_vector=with_vector)

    world.index.get = looked_at  # type: ignore[method-assign]
    original = await world.storage.stat(NAME)
    assert original
    with acting_for(Caller("ed", Role.EDITOR, sight=PhotosSight(frozenset(), "nothing"))):
        await keep_file(original, "ed", world.context)

    assert seen == [True]


@pytest.mark.parametrize(("days", "rest"), [("7", ["edits", "trash"]), ("0", [])])
async def test_edits_of_a_photo_that_went_meanwhile_do_not_stay_for_ever(days: str, rest: list[str]) -> None:
    world = await world_with_photo("0")
    edits = world.edits.records[ID]
    await delete_original(NAME, world.context)
    world.edits.records[ID] = edits
    world.context.settings = fakes(TRASH_DAYS=days).context.settings

    await reconcile(world.context)

    assert left(world) == rest


async def test_a_photo_that_is_replaced_while_it_is_being_deleted_stays() -> None:
    world = await world_with_photo()
    write = world.trash.write

    async def replaced(photo: TrashedPhoto) -> None:
        await write(photo)
        world.storage.put(NAME, jpeg(1))

    world.trash.write = replaced  # type: ignore[method-assign]
    with pytest.raises(PreconditionFailed):
        await delete_original(NAME, world.context)

    assert world.storage.blobs[NAME][1] == jpeg(1)


async def test_a_photo_that_is_deleted_again_while_it_is_being_restored_stays_in_the_trash() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)
    send = world.upload_tickets.send

    async def deleted(ticket: Ticket, *, delay: float = 0) -> None:
        await send(ticket, delay=delay)
        await delete_original(NAME, world.context, by="ed")

    world.upload_tickets.send = deleted  # type: ignore[method-assign]
    await trash.restore(ID, world.context)

    assert world.trash.records[ID].by == "ed"
    assert world.trash.files == {ID: jpeg()}


async def test_what_is_deleted_for_good_is_not_a_file_that_was_deleted_meanwhile() -> None:
    world = await world_with_photo()
    await delete_original(NAME, world.context)
    claim = world.trash.claim

    async def deleted(id_: str, purpose: Purpose) -> TrashedPhoto:
        claimed = await claim(id_, purpose)
        world.storage.put(NAME, jpeg(1))
        await delete_original(NAME, world.context, by="ed")
        return claimed

    world.trash.claim = deleted  # type: ignore[method-assign]
    await trash.delete_for_good(ID, world.context)

    assert world.trash.records[ID].by == "ed"
    assert world.trash.files == {ID: jpeg(1)}


CLEO, ED = Caller("Cleo", Role.CONTRIBUTOR, "2"), Caller("Ed", Role.EDITOR, "3")


@pytest.mark.parametrize(
    ("caller", "seed", "expected"),
    [
        (CLEO, 1, False),
        (ED, 1, False),
        (ED, 0, True),  # the same bytes
        (Caller("Ada", Role.CONTRIBUTOR, "1"), 1, True),
        (Caller("Bo", Role.ADMIN, "4"), 1, True),
    ],
)
async def test_a_file_that_waits_in_the_trash_gives_way_only_to_its_owners_and_admins(
    caller: Caller, seed: int, expected: bool
) -> None:
    world, ada = await world_with_photo(), Uploader("1", "Ada")
    world.storage.put(NAME, jpeg(), uploader=ada)
    await ingest(NAME, world.context)
    await delete_original(NAME, world.context, by="ed")
    world.storage.put(NAME, jpeg(seed), uploader=Uploader.of_caller(caller))
    await ingest(NAME, world.context)

    with acting_for(caller):
        if expected:
            await delete_original(NAME, world.context, by=caller.name)
        else:
            with pytest.raises(PreconditionFailed, match="waits in the trash"):
                await delete_original(NAME, world.context, by=caller.name)

    assert world.trash.records[ID].by == (caller.name if expected else "ed")
    assert world.trash.files == {ID: jpeg(seed if expected else 0)}
    assert (NAME in world.storage.blobs) is not expected


class AuditRecords(list[AuditRecord]):
    """An audit log in memory."""

    async def append(self, records: Sequence[AuditRecord]) -> None:  # type: ignore[override]
        self.extend(records)


@pytest.fixture
def audit_log() -> Iterator[AuditRecords]:
    audit_writer.cache_clear()
    yield AuditRecords()
    audit_writer.cache_clear()


async def test_a_photo_in_the_trash_stays_its_uploaders() -> None:
    world, ann = await world_with_photo(), Uploader("1", "Änn")
    world.storage.put(NAME, jpeg(), uploader=ann)
    await ingest(NAME, world.context)

    await delete_original(NAME, world.context, by="ben")
    assert (world.trash.records[ID].owner, world.trash.records[ID].uploaded_by) == ("1", "Änn")
    await restore(ID, world.context)

    info = await world.storage.stat(NAME)
    assert info is not None
    assert info.uploader == ann


async def test_what_goes_by_itself_or_from_outside_is_written_down(audit_log: AuditRecords) -> None:
    world = await world_with_photo()
    world.context.audit = cast(Any, audit_log)
    await world.storage.delete(NAME)
    await remove(NAME, world.context)
    world.trash.deleted_at[ID] = LONG_AGO

    await sweep_trash(world.context)

    assert [(each.action, each.by, each.role, each.photos) for each in audit_log] == [
        ("deleted", "outside the app", "", (ID,)),
        ("emptied", "the app", "admin", (ID,)),
    ]


async def test_what_the_app_deletes_for_somebody_is_not_said_to_be_deleted_from_outside(
    audit_log: AuditRecords,
) -> None:
    world = await world_with_photo()
    world.context.audit = cast(Any, audit_log)

    await delete_original(NAME, world.context, by="ann")
    await remove(NAME, world.context)
    world.storage.put(NAME, jpeg(1))
    await ingest(NAME, world.context)
    world.storage.put(NAME, jpeg(2))
    await delete_original(NAME, world.context, by="ann")

    assert audit_log == []
    world.storage.put(NAME, jpeg(3), modified=datetime.now(UTC) + timedelta(minutes=1))
    await ingest(NAME, world.context)
    await world.storage.delete(NAME)
    await remove(NAME, world.context)
    assert [each.by for each in audit_log] == ["outside the app"]
