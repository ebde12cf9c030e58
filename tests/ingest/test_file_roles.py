"""What each file in the container is, as reconciling and the status tell it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from ingest.cached_count import OriginalCount
from ingest.companions import with_companions
from ingest.file_roles import count_originals, photos, role_by_name
from ingest.live_photo import LARGEST
from ingest.pipeline import ingest
from ingest.reconcile import reconcile
from ingest.reconcile_slice import ReconcileReport
from ingest.status import status
from shared.photo import photo_id
from shared.stores.failures import LONGEST_BACKLOG, Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import Fakes, fakes, jpeg
from tests.ingest.test_companions import QUICKTIME, RATED

LITTER = ("._a.jpg", "Thumbs.db", "x/THUMBS.DB", ".DS_Store", "a.aae", "desktop.ini", "x/Picasa.ini", "x/.nomedia")


def with_files(*names: str) -> Fakes:
    """A container with these files; movies are QuickTime."""
    world = fakes()
    for number, name in enumerate(names):
        world.storage.put(name, QUICKTIME if name.lower().endswith((".mov", ".mp4")) else jpeg(number))
    return world


def fail(world: Fakes, name: str, due: datetime | None = None) -> None:
    failure = Failure.of(Ticket(name), "videos are not supported", due=due)
    world.failures.records[failure.id] = failure


@pytest.mark.parametrize("name", LITTER)
def test_what_programs_leave_is_known_by_name(name: str) -> None:
    assert role_by_name(name) == "ignored"


@pytest.mark.parametrize("name", ["a.jpg", "thumbs.db.jpg", "aae", "x.DS_Store.png", "a._b.jpg", "notes.json", "a.mov"])
def test_other_names_tell_nothing(name: str) -> None:
    assert role_by_name(name) == "photo"


async def test_files_are_counted_by_what_they_are() -> None:
    world = with_files(
        "DSC_1.jpg", "DSC_1.xmp", "DSC_2.jpg.xmp", "IMG_7.HEIC", "IMG_7.HEIC.json", "IMG_7.MOV", "clip.mov",
        "sub/IMG_7.mp4", "sub/IMG_7.jpg", "sub/PXL_7.MP", "sub/PXL_7.MP.jpg", "sub/IMG_7.MP4.metadata.json", *LITTER,
    )  # fmt: skip

    assert await count_originals(world.context) == OriginalCount(photos=5, attached=7, ignored=len(LITTER))
    failing = frozenset({"IMG_7.MOV", "clip.mov"})
    assert await count_originals(world.context, failing) == OriginalCount(photos=6, attached=6, ignored=len(LITTER))


async def test_a_long_video_is_not_attached() -> None:
    world = with_files("a.jpg")
    world.storage.put("a.mov", b"x" * (LARGEST + 1))

    assert await count_originals(world.context) == OriginalCount(photos=2)


async def test_nothing_waits_when_every_photo_is_searchable_and_every_video_listed() -> None:
    world = with_files("IMG_7.jpg", "IMG_7.mov", "IMG_7.xmp", "alone.xmp", "clip.mov", "Thumbs.db")
    await ingest("IMG_7.jpg", world.context)
    fail(world, "clip.mov")

    result = await status(world.context)

    assert (result.indexed, result.waiting, result.failed) == (1, 0, 1)
    assert (result.attached, result.ignored) == (3, 1)


async def test_nothing_is_counted_twice_that_is_retried() -> None:
    world = with_files("a.jpg", "a.xmp", "a.mov", "b.jpg")
    for name in ("a.xmp", "a.mov"):
        fail(world, name, due=datetime.now(UTC))

    result = await status(world.context)

    assert (result.waiting, result.retrying, result.attached) == (2, 2, 0)


NAMES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "a/", "a b/"]),
    st.sampled_from(["IMG", "IMG_7", "IMG_70", "IMG-8", "IMG(1)", "IMG_7(1)", "IMG_7-edited", f"IMG_7{'x' * 44}"]),
    st.sampled_from(["", "-edited", "(1)", "yz"]),
    st.sampled_from([".jpg", ".HEIC", ".xmp", ".jpg.xmp", ".jpg.json", ".jpg.supplemental-metadata(1).json", ".json"]),
)


@given(st.sets(NAMES, max_size=20))
async def test_reconciling_sees_the_same_sidecars_as_reading_a_photo_does(names: set[str]) -> None:
    world = with_files(*names)

    async for photo in photos(world.context):
        info = world.storage.blobs[photo.name][0]
        assert photo == await with_companions(info, world.context)


async def test_a_series_with_long_names_is_gone_through_quickly() -> None:
    world = with_files(*(f"Wedding of Alexandra and Maximilian, June {number:04}.jpg" for number in range(600)))
    world.storage.put("Wedding of Alexandra and Maximilian, June 0007.xmp", RATED)

    sidecars = [each.sidecars async for each in photos(world.context) if each.sidecars]

    assert [each.name for [each] in sidecars] == ["Wedding of Alexandra and Maximilian, June 0007.xmp"]


# -- reconciling --------------------------------------------------------------------------


async def test_reconciling_leaves_attached_and_ignored_files_alone() -> None:
    world = with_files("a.jpg", "a.xmp", "a.mov", "a.jpg.json", *LITTER)
    await ingest("a.jpg", world.context)

    assert await reconcile(world.context, grace=timedelta()) == ReconcileReport(originals=1)
    assert world.tickets.sent == []


@pytest.mark.parametrize("change", ["arrives", "changes", "goes"])
async def test_reconciling_finds_a_sidecar_whose_event_was_missed(change: str) -> None:
    world = with_files("DSC_1.jpg", "DSC_1.nef", "DSC_2.jpg")
    if change != "arrives":
        world.storage.put("DSC_1.xmp", RATED)
    await ingest("DSC_1.jpg", world.context)
    await ingest("DSC_2.jpg", world.context)
    del world.storage.blobs["DSC_1.nef"]
    if change == "goes":
        del world.storage.blobs["DSC_1.xmp"]
    else:
        world.storage.put("DSC_1.xmp", RATED + b" ")

    report = await reconcile(world.context)

    assert (report.changed, world.tickets.names) == (1, ["DSC_1.jpg"])
    await ingest("DSC_1.jpg", world.context)
    assert (await reconcile(world.context)).changed == 0


async def test_a_sidecar_in_another_batch_is_its_photos_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.reconcile_steps.BATCH", 1)
    world = with_files("IMG_7(1).jpg", "IMG_7-edited.jpg", "IMG_7-x.jpg", "IMG_7.jpg")
    for name in list(world.storage.blobs):
        await ingest(name, world.context)
    world.storage.put("IMG_7.jpg.supplemental-metadata.json", b"{}")
    world.storage.put("IMG_7.jpg.supplemental-metadata(1).json", b"{}")

    await reconcile(world.context)

    assert sorted(world.tickets.names) == ["IMG_7(1).jpg", "IMG_7-edited.jpg", "IMG_7.jpg"]


async def test_failures_that_an_older_release_recorded_of_such_files_are_cleared() -> None:
    names = ("a.xmp", "a.jpg.json", "._a.jpg", "Thumbs.db", "a.mov", "clip.mov", "b.mov", "notes.json")
    world = with_files("a.jpg", "b.jpg", *names)
    world.storage.put("b.mov", b"\0\0\0\x20ftypisom" + b"\0" * 100)
    for name in names:
        fail(world, name)

    await reconcile(world.context)

    assert {each.path for each in world.failures.records.values()} == {"clip.mov", "b.mov", "notes.json"}
    assert photo_id("a.mov") not in world.failures.records


async def test_a_sidecar_that_is_being_retried_keeps_its_record() -> None:
    world = with_files("a.xmp")
    fail(world, "a.xmp", due=datetime.now(UTC))

    await reconcile(world.context)

    assert len(world.failures.records) == 1


async def test_a_sidecar_whose_ticket_was_lost_is_not_retried_for_ever() -> None:
    world = with_files("a.xmp")
    fail(world, "a.xmp", due=datetime.now(UTC) - LONGEST_BACKLOG - timedelta(minutes=1))

    await reconcile(world.context)

    assert world.failures.records == {}
