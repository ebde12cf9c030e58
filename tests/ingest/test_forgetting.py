"""
What is gone leaves nothing in records of other things, and nothing goes that nobody deleted.

The second is tried with random days of a library, in which photos come, go and come back while all is swept.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest import trash
from ingest.forgetting import forget_gone
from ingest.move import move
from ingest.originals import delete_original
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.removal import remove
from shared.errors import Outage, PhotoError
from shared.photo import photo_id, utc
from shared.stores.collections import Collection
from shared.stores.jobs import Job
from shared.stores.proposals import Proposal
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg

NAME, ID = "dog.jpg", photo_id("dog.jpg")
NOW = "2026-05-01T12:00:00Z"
EXAMPLES = int(os.environ.get("DELETION_EXAMPLES", "40"))


async def named_everywhere(id_: str, world: Fakes) -> None:
    """Let records of other things name a photo."""
    others = (id_, photo_id("other.jpg"))
    job = Job(id=photo_id("job"), action="export", total=2, created_by="me", created_at=NOW, state="done")
    job = replace(job, result={"expires_at": utc(datetime.now(UTC) + timedelta(days=1))})
    await world.jobs.create(job, others)
    world.exports.files = {job.id: id_.encode()}
    proposal = Proposal(id=photo_id("p"), kind="collection", created_by="me", created_at=NOW, photos=others)
    await world.context.proposals.write(proposal)
    world.feedback.photos.update(others)
    await world.collections.create(Collection(id=photo_id("c"), name="c", photos=others, cover=id_))


def who_names(id_: str, world: Fakes) -> list[str]:
    stores = {
        "jobs": world.jobs.ids,
        "exports": world.exports.files,
        "proposals": world.proposals.records,
        "feedback": world.feedback.photos,
        "collections": {each.id: each.photos for each in world.collections.records.values()},
        "moves": world.moves.records,
        "noted": world.trash.noted,
    }
    return [name for name, store in stores.items() if id_ in str(store)]


@pytest.mark.parametrize("days", ["0", "7"])
async def test_records_of_other_things_forget_what_is_gone(days: str) -> None:
    world = fakes(TRASH_DAYS=days)
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await named_everywhere(ID, world)

    await delete_original(NAME, world.context)
    if days != "0":
        assert who_names(ID, world) == ["jobs", "exports", "proposals", "feedback", "collections"]
        await trash.empty(world.context)
    await reconcile(world.context)

    assert who_names(ID, world) == []
    assert photo_id("other.jpg") in world.feedback.photos


async def test_a_photo_that_was_moved_is_not_gone_and_its_former_ids_go_with_it() -> None:
    world = fakes(TRASH_DAYS="7")
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await named_everywhere(ID, world)

    moved = await move(ID, "new.jpg", world.context)
    await remove(NAME, world.context)  # the event comes
    await reconcile(world.context)
    assert who_names(ID, world) == ["jobs", "exports", "proposals", "feedback", "moves"]

    await delete_original("new.jpg", world.context)
    await trash.delete_for_good(moved.new_id, world.context)
    assert who_names(ID, world) == []
    assert who_names(moved.new_id, world) == []


@pytest.mark.parametrize("days", ["0", "7"])
async def test_late_word_of_a_deletion_leaves_no_note_of_what_is_forgotten(days: str) -> None:
    world = fakes(TRASH_DAYS=days)
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await delete_original(NAME, world.context)
    await trash.empty(world.context)
    assert not world.trash.noted

    await remove(NAME, world.context)
    await ingest(NAME, world.context)  # a ticket that was still under way

    assert not world.trash.noted


async def test_a_deletion_that_is_interrupted_is_forgotten_all_the_same() -> None:
    world = fakes(TRASH_DAYS="0")
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await named_everywhere(ID, world)
    delete = world.index.delete

    async def killed(id_: str) -> None:
        await delete(id_)
        raise Outage("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.index, "delete", killed)
        with pytest.raises(Outage):
            await delete_original(NAME, world.context)
    await remove(NAME, world.context)
    await reconcile(world.context)

    assert who_names(ID, world) == []


async def test_what_is_there_again_keeps_its_places() -> None:
    world = fakes()
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await delete_original(NAME, world.context)
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await named_everywhere(ID, world)

    await forget_gone(world.context)

    assert who_names(ID, world) == ["jobs", "exports", "proposals", "feedback", "collections"]


async def test_a_photo_that_comes_back_while_it_is_deleted_for_good_is_read_again() -> None:
    world = fakes(TRASH_DAYS="7")
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await delete_original(NAME, world.context)
    photo = replace(world.index.photos.get(ID) or (await restored(world)), digest="new")
    await delete_original(NAME, world.context)
    looks = world.storage.looks

    def come_back(number: int) -> None:
        if number == looks + 2:  # after it was seen to be gone, and before that is looked at once more
            world.storage.put(NAME, jpeg(1))
            world.index.photos[ID] = photo

    world.storage.before_stat = come_back
    await trash.delete_for_good(ID, world.context)

    assert NAME in world.storage.blobs
    assert world.tickets.names == [NAME]
    assert ID not in world.index.photos


async def restored(world: Fakes):  # type: ignore[no-untyped-def]
    await trash.restore(ID, world.context)
    return await ingest(NAME, world.context)


async def test_what_is_being_restored_is_not_deleted_for_good() -> None:
    world = fakes(TRASH_DAYS="7")
    world.storage.put(NAME, jpeg())
    await ingest(NAME, world.context)
    await delete_original(NAME, world.context)
    await world.trash.claim(ID, "restore")
    world.trash.deleted_at[ID] = datetime.now(UTC) - timedelta(days=8)

    assert await trash.empty(world.context) == 0
    await reconcile(world.context)
    world.trash.records[ID] = replace(world.trash.records[ID], claim="")
    await trash.restore(ID, world.context)

    assert NAME in world.storage.blobs


# -- random days --------------------------------------------------------------------------------


@dataclass
class Library:
    """A library, and what must be in it: the bytes by name that people have put there and nobody has deleted."""

    world: Fakes
    random: random.Random
    expected: dict[str, bytes] = field(default_factory=dict)
    pictures: int = 0

    @property
    def names(self) -> list[str]:
        return [f"{number}.jpg" for number in range(4)]

    def upload(self, name: str) -> None:
        """New bytes, or those of a photo that is or was there."""
        self.pictures = self.random.choice([self.pictures + 1, max(1, self.pictures)])
        self.expected[name] = jpeg(self.pictures, (16, 16))
        self.world.storage.put(name, self.expected[name])
        self.world.tickets.sent.append((Ticket(name), 0))

    async def delete(self, name: str) -> None:
        await delete_original(name, self.world.context)
        self.expected.pop(name, None)

    async def lose(self, name: str) -> None:
        """Somebody else deletes the file, and the event comes or not."""
        self.world.storage.blobs.pop(name, None)
        self.expected.pop(name, None)
        if self.random.random() < 0.5:
            await remove(name, self.world.context)

    async def restore(self, name: str) -> None:
        file = self.world.trash.files.get(photo_id(name), b"")
        await trash.restore(photo_id(name), self.world.context)
        self.expected[name] = file

    async def move(self, name: str) -> None:
        target = self.random.choice(self.names)
        await move(photo_id(name), target, self.world.context)
        if target != name:
            self.expected[target] = self.expected.pop(name)

    async def delete_for_good(self, name: str) -> None:
        await trash.delete_for_good(photo_id(name), self.world.context)

    async def empty(self, _: str) -> None:
        await trash.empty(self.world.context)

    async def sweep(self, _: str) -> None:
        """The timer, when all that waits in the trash may be over its time, while somebody uploads."""
        if self.random.random() < 0.5:
            for id_ in self.world.trash.records:
                self.world.trash.deleted_at[id_] = datetime.now(UTC) - timedelta(days=8)
        self.upload_during(self.random.randrange(12))
        await reconcile(self.world.context)
        self.world.storage.before_stat = lambda _: None

    def upload_during(self, looks: int) -> None:
        """Let somebody upload something after some more looks into storage."""
        when, name = self.world.storage.looks + looks, self.random.choice(self.names)

        def hook(number: int) -> None:
            if number == when:
                self.upload(name)

        self.world.storage.before_stat = hook

    async def work(self) -> None:
        """What is queued is done, as the queue would."""
        tickets = self.world.tickets, self.world.upload_tickets, self.world.refresh_tickets
        names = [ticket.name for queue in tickets for ticket, _ in queue.sent]
        for queue in tickets:
            queue.sent.clear()
        for name in dict.fromkeys(names):
            await ingest(name, self.world.context)

    def check(self) -> None:
        assert {name: data for name, (_, data) in self.world.storage.blobs.items()} == self.expected


@pytest.mark.parametrize("seed", range(EXAMPLES))
async def test_nothing_goes_that_nobody_deleted(seed: int) -> None:
    chance = random.Random(seed)
    library = Library(fakes(TRASH_DAYS=chance.choice(["0", "7"])), chance)
    doing: list[Callable[[str], object]] = [
        library.upload, library.upload, library.delete, library.lose, library.restore, library.move,
        library.delete_for_good, library.empty, library.sweep,
    ]  # fmt: skip
    for _ in range(25):
        try:
            result = chance.choice(doing)(chance.choice(library.names))
            if result is not None:
                await result  # type: ignore[misc]
        except PhotoError:
            pass  # it was not there, or is not to be done: nothing has changed
        library.check()
        if chance.random() < 0.6:
            await library.work()
            library.check()
    for _ in range(3):
        await library.work()
        await reconcile(library.world.context, grace=timedelta())
    library.check()
    ids = {photo_id(name) for name in library.expected}
    assert library.world.index.photos.keys() == ids
    assert library.world.storage.pictures.keys() == ids
    await trash.empty(library.world.context)
    library.check()
    assert library.world.edits.records.keys() <= ids
    described = {digest for digest, _ in library.world.descriptions.texts}
    assert {each.digest for each in library.world.index.photos.values()} <= described
