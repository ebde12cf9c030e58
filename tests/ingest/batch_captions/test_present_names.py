"""Photos that are renamed, deleted or copied while their batch is under way: its answer is paid for, and used."""

from datetime import UTC, datetime
from typing import Any

from ingest.batch_captions.answers import tend_batches
from ingest.image import sha256_hex
from ingest.move import move
from ingest.pipeline import ingest
from ingest.recaption import stale_paths
from shared.photo import photo_id
from shared.stores.trash import TrashedPhoto
from tests.ingest.batch_captions.batch_world import NAMES, BatchWorld
from tests.ingest.fakes import jpeg

MOVED, DIGEST = NAMES[5], sha256_hex(jpeg(5))


async def order_again(world: BatchWorld) -> None:
    """The library is described in English, and a batch for German is under way."""
    await world.run(NAMES)
    await world.work_off()
    world.context.settings = world.context.settings.model_copy(update={"caption_language": "de"})
    await world.run(await stale_paths(world.context), waits=False)
    await world.work_off()  # the first


async def test_a_photo_that_is_moved_gets_what_the_batch_says(world_of: Any) -> None:
    async with world_of() as world:
        await order_again(world)
        called = world.calls("vision")
        await move(photo_id(MOVED), "by year/05.jpg", world.context)
        await move(photo_id("by year/05.jpg"), "2026/05.jpg", world.context)
        assert await ingest("2026/05.jpg", world.context, arrives=True)  # as its event comes
        await ingest(MOVED, world.context, arrives=True)

        await world.run([])

        assert [each.result.dropped for each in await world.ended()] == [0, 0]
        await world.work_off()
        world.assert_searchable([*(each for each in NAMES if each != MOVED), "2026/05.jpg"])
        assert {each.caption_language for each in world.fakes.index.photos.values()} == {"de"}
        assert world.calls("vision") == called


async def test_a_file_that_was_renamed_elsewhere_is_found_by_its_bytes(world_of: Any) -> None:
    async with world_of() as world:
        world.fakes.storage.put(MOVED, jpeg(5), md5="of these bytes")
        await world.run(NAMES, waits=False)
        await world.fakes.storage.delete(MOVED)
        world.fakes.storage.put("renamed.jpg", jpeg(5), md5="of these bytes")
        world.fakes.storage.put("another.jpg", jpeg(77), md5="of others")

        await world.run([])

        [batch] = await world.ended()
        assert (batch.result.kept, batch.result.dropped) == (11, 0)
        assert "another.jpg" not in world.fakes.tickets.names
        await world.work_off()
        world.assert_searchable([*(each for each in NAMES if each != MOVED), "renamed.jpg"])
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)


async def test_a_photo_that_waits_in_the_trash_is_not_paid_for_again_when_it_is_restored(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        id_, now = photo_id(MOVED), datetime.now(UTC).isoformat()
        await world.fakes.trash.write(TrashedPhoto(id=id_, path=MOVED, deleted_at=now, digest=DIGEST))
        await world.fakes.storage.delete(MOVED)

        await world.run([])

        assert (DIGEST, world.context.recipe) in world.fakes.descriptions.texts
        world.fakes.storage.put(MOVED, jpeg(5))
        await world.work_off()
        world.assert_searchable(NAMES)
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)


async def test_a_photo_with_the_bytes_of_one_that_was_deleted_keeps_its_description(world_of: Any) -> None:
    async with world_of() as world:
        await order_again(world)
        world.fakes.index.photos[photo_id("copy.jpg")] = world.fakes.index.photos[photo_id(MOVED)]
        world.fakes.index.photos.pop(photo_id(MOVED))
        await world.fakes.storage.delete(MOVED)

        await world.run([])

        assert (DIGEST, world.context.recipe) in world.fakes.descriptions.texts


async def test_copies_of_what_is_under_way_wait_for_it_though_nobody_stays(world_of: Any) -> None:
    async with world_of() as world:
        world.stand_in.inject_fault("latency", "batch", seconds=2, count=1)
        await world.run(NAMES, waits=False, holds=True)
        copies = ["copy.jpg", "other.jpg"]
        for each in copies:
            world.fakes.storage.put(each, jpeg(5))

        await world.run([*NAMES, *copies], waits=False, holds=True)

        [batch] = await world.store.all()
        assert [each.names for each in batch.captions if each.digest == DIGEST] == [(MOVED, *copies)]
        held = world.fakes.failures.records[photo_id(copies[1])]
        assert (held.is_held, held.digest) == (True, DIGEST)
        await world.until_ended()
        await world.work_off()
        world.assert_searchable([*NAMES, *copies])
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)


async def test_a_copy_of_what_has_ended_meanwhile_is_queued(world_of: Any) -> None:
    async with world_of() as world:
        await world.run(NAMES, waits=False)
        world.fakes.storage.put("copy.jpg", jpeg(5))
        await world.until_ended(tends=False)

        await world.run(["copy.jpg"], waits=False)

        await world.work_off()
        world.assert_searchable([*NAMES, "copy.jpg"])
        assert (world.calls("vision"), world.calls("batched")) == (1, 11)


async def test_a_batch_is_taken_whatever_model_the_settings_name_by_then(world_of: Any) -> None:
    for model in ("", "another-batch"):
        async with world_of() as world:
            await world.run(NAMES, waits=False)
            world.context.settings = world.context.settings.model_copy(update={"batch_model": model})

            await world.until_ended()

            [batch] = await world.ended()
            assert (batch.model, batch.result.kept) == ("stand-in-vision-batch", 11)
            await world.work_off()
            world.assert_searchable(NAMES)
            assert (world.calls("vision"), world.calls("batched")) == (1, 11)


async def test_nothing_is_asked_where_no_batch_is_kept(world_of: Any) -> None:
    async with world_of() as world:
        world.context.model_batches = object()  # which would fail whatever it is asked

        await tend_batches(world.context)


async def test_a_file_that_the_server_has_lost_before_it_was_ordered_is_left_to_ordinary_attempts(
    world_of: Any, monkeypatch: Any
) -> None:
    async with world_of() as world:

        async def not_yet(file_id: str) -> bool:
            return False

        with monkeypatch.context() as patch:
            patch.setattr(world.context.model_batches, "is_processed", not_yet)
            await world.run(NAMES, waits=False)
        [batch] = await world.store.all()
        assert not batch.batch_id
        world.stand_in.client.files.delete(batch.file_id)

        await tend_batches(world.context)

        [batch] = await world.ended()
        assert (batch.result.status, batch.result.failed) == ("failed", 11)
        await world.work_off()
        world.assert_searchable(NAMES)
        assert world.spent().captions == 12
