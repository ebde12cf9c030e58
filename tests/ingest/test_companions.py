"""Sidecars and movies beside a photo: whichever arrives first, and whatever becomes of them."""

import json

import pytest

from ingest import handlers
from ingest.pipeline import ingest
from ingest.removal import remove
from shared.access.uploader import Uploader
from shared.errors import Outage
from shared.photo import Photo, photo_id
from shared.storage import BlobInfo
from shared.stores.tickets import Ticket
from tests.ingest.facts.builders import xmp
from tests.ingest.fakes import Fakes, fakes, jpeg

RATED = xmp(attributes="xmp:Rating='5'")
TAKEOUT = json.dumps({"title": "IMG_7.jpg", "description": "The old lighthouse", "photoTakenTime": {"timestamp": "0"}})
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 200
QUICKTIME = b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + b"\0" * 200


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    world = fakes()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    return world


async def arrive(world: Fakes, name: str, data: bytes) -> None:
    world.storage.put(name, data)
    await handlers.photo_arrived(name)


async def run_tickets(world: Fakes) -> list[str]:
    """Run every ticket that was sent until none is left; return their names."""
    names = []
    while world.tickets.sent:
        ticket, _ = world.tickets.sent.pop(0)
        names.append(ticket.name)
        await handlers.retry_due(ticket.encode())
    return names


def photo(world: Fakes, name: str) -> Photo:
    return world.index.photos[photo_id(name)]


PAIRS = [
    ("a/DSC_1.jpg", "a/DSC_1.xmp", RATED),
    ("a/DSC_1.jpg", "a/DSC_1.jpg.XMP", RATED),
    ("IMG_7.jpg", "IMG_7.jpg.supplemental-metadata.json", TAKEOUT.encode()),
    ("IMG_7.jpg", "IMG_7.jpg.suppl.json", TAKEOUT.encode()),
    ("IMG_7.jpg", "IMG_7.jpg.json", TAKEOUT.encode()),
    ("IMG_7(1).jpg", "IMG_7.jpg(1).json", TAKEOUT.encode()),
    ("IMG_7-edited.jpg", "IMG_7.jpg.supplemental-metadata.json", TAKEOUT.encode()),
    ("PXL_7.MP.jpg", "PXL_7.MP.jpg.supplemental-metadata.json", TAKEOUT.encode()),
    ("PXL_7.MP.jpg", "PXL_7.MP.xmp", RATED),
]


@pytest.mark.parametrize(("name", "beside", "content"), PAIRS)
@pytest.mark.parametrize("first", ["photo", "sidecar"])
async def test_a_sidecar_belongs_to_its_photo_whichever_arrives_first(
    name: str, beside: str, content: bytes, first: str, world: Fakes
) -> None:
    arrivals = [(name, jpeg()), (beside, content)]
    for each in arrivals if first == "photo" else reversed(arrivals):
        await arrive(world, *each)

    assert await run_tickets(world) == ([name] if first == "photo" else [])

    record = photo(world, name)
    assert (record.rating, record.embedded_description) in {(5, "picture 0"), (None, "The old lighthouse")}
    assert record.sidecar_digest
    assert list(world.index.photos) == [record.id]
    assert world.failures.records == {}
    assert len(world.models.requests) == 1


async def test_a_sidecar_costs_no_description_and_no_embedding_unless_the_text_changes(world: Fakes) -> None:
    await arrive(world, "a.jpg", jpeg())
    await arrive(world, "elsewhere/copy.jpg", jpeg())  # a copy's vector is of another text
    embedded = len(world.models.embedded)

    await arrive(world, "a.xmp", RATED)
    await run_tickets(world)
    assert photo(world, "a.jpg").rating == 5
    assert photo(world, "a.jpg").vector == [1.0, 0.5]
    assert len(world.models.embedded) == embedded

    await arrive(world, "a.xmp", xmp("<dc:title><rdf:Alt><rdf:li>Harbour</rdf:li></rdf:Alt></dc:title>"))
    await run_tickets(world)
    assert photo(world, "a.jpg").embedded_title == "Harbour"
    assert len(world.models.embedded) == embedded + 1
    assert len(world.models.requests) == 1


async def test_an_overwritten_and_a_deleted_sidecar_count_too(world: Fakes) -> None:
    await arrive(world, "a.xmp", RATED)
    await arrive(world, "a.jpg", jpeg())

    await arrive(world, "a.xmp", xmp(attributes="xmp:Rating='2'"))
    await run_tickets(world)
    assert photo(world, "a.jpg").rating == 2

    del world.storage.blobs["a.xmp"]
    await handlers.photo_deleted(json.dumps({"subject": "/blobServices/default/containers/photos/blobs/a.xmp"}))
    await run_tickets(world)
    assert (photo(world, "a.jpg").rating, photo(world, "a.jpg").sidecar_digest) == (None, "")


async def test_a_sidecar_that_was_read_already_queues_nothing(world: Fakes) -> None:
    await arrive(world, "a.xmp", RATED)
    await arrive(world, "a.jpg", jpeg())
    await handlers.photo_arrived("a.xmp")

    assert world.tickets.sent == []
    world.storage.reads.clear()
    await ingest("a.jpg", world.context)
    assert world.storage.reads == []


async def test_raw_and_jpeg_of_one_stem_share_their_sidecar(world: Fakes) -> None:
    for number, name in enumerate(("a/DSC_1.jpg", "a/DSC_1.png", "a/DSC_10.jpg", "DSC_1.jpg")):
        await arrive(world, name, jpeg(number))
    await arrive(world, "a/DSC_1.xmp", RATED)

    assert sorted(await run_tickets(world)) == ["a/DSC_1.jpg", "a/DSC_1.png"]
    assert {each.path for each in world.index.photos.values() if each.rating == 5} == {"a/DSC_1.jpg", "a/DSC_1.png"}


async def test_the_photo_goes_and_its_sidecar_stays(world: Fakes) -> None:
    await arrive(world, "a.xmp", RATED)
    await arrive(world, "a.jpg", jpeg())

    del world.storage.blobs["a.jpg"]
    await remove("a.jpg", world.context)

    assert list(world.storage.blobs) == ["a.xmp"]
    assert world.index.photos == {}
    assert world.failures.records == {}


async def test_a_sidecar_that_comes_while_its_photo_is_being_described_is_not_missed(
    world: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.index.put

    async def sidecar_arrives(document: Photo) -> bool:
        await arrive(world, "a.xmp", RATED)
        return await put(document)

    monkeypatch.setattr(world.index, "put", sidecar_arrives)
    await arrive(world, "a.jpg", jpeg())
    monkeypatch.setattr(world.index, "put", put)
    assert photo(world, "a.jpg").rating is None

    assert {*await run_tickets(world)} == {"a.jpg"}
    assert photo(world, "a.jpg").rating == 5


async def test_the_same_bytes_under_a_new_etag_are_read_again_if_a_sidecar_came(world: Fakes) -> None:
    await arrive(world, "a.jpg", jpeg())
    world.storage.put("a.xmp", RATED)
    await arrive(world, "a.jpg", jpeg())

    assert photo(world, "a.jpg").rating == 5


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"<" * 100_000, b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff\xfe<"],
)
@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.json"])
async def test_a_damaged_sidecar_costs_its_own_facts_and_nothing_else(name: str, content: bytes, world: Fakes) -> None:
    await arrive(world, name, content)
    await arrive(world, "a.jpg", jpeg())

    assert photo(world, "a.jpg").title == "A dog on a beach"
    assert world.failures.records == {}


@pytest.mark.parametrize(("name", "largest"), [("a.xmp", 16_000_000), ("a.jpg.json", 1_000_000)])
@pytest.mark.parametrize("excess", [0, 1])
async def test_a_sidecar_that_is_too_large_is_not_read(name: str, largest: int, excess: int, world: Fakes) -> None:
    content = RATED if name == "a.xmp" else TAKEOUT.encode()
    await arrive(world, name, content.ljust(largest + excess))
    await arrive(world, "a.jpg", jpeg())

    record = photo(world, "a.jpg")
    assert (record.rating == 5 or record.embedded_description == "The old lighthouse") is not bool(excess)
    assert world.storage.reads == (["a.jpg"] if excess else ["a.jpg", name])
    assert record.sidecar_digest


async def test_an_ordinary_photo_costs_one_listing_before_and_one_after_and_none_of_others(world: Fakes) -> None:
    await arrive(world, "a/DSC_1.jpg", jpeg())
    assert world.storage.listings == ["a/DSC_1.", "a/DSC_1."]

    await handlers.photo_arrived("a/DSC_1.jpg")
    assert world.storage.listings == ["a/DSC_1."] * 3


# -- Live Photos --------------------------------------------------------------------------


MOVIES = [
    ("IMG_7.HEIC", "IMG_7.MOV", QUICKTIME),
    ("IMG_7.jpg", "IMG_7.mp4", QUICKTIME),
    ("PXL_7.MP.jpg", "PXL_7.MP", MP4),
    ("PXL_7.jpg", "PXL_7.MP", MP4),
    ("a/PXL_7.mp.jpg", "a/PXL_7.mp", MP4),
]


@pytest.mark.parametrize(("name", "movie", "content"), MOVIES)
async def test_a_movie_beside_its_picture_is_attached(name: str, movie: str, content: bytes, world: Fakes) -> None:
    await arrive(world, name, jpeg())
    await arrive(world, movie, content)

    assert world.failures.records == {}
    assert [each.path for each in world.index.photos.values()] == [name]
    assert len(world.models.requests) == 1


@pytest.mark.parametrize(("name", "movie", "content"), MOVIES)
async def test_a_movie_that_arrives_first_is_a_failure_until_its_picture_comes(
    name: str, movie: str, content: bytes, world: Fakes
) -> None:
    await arrive(world, movie, content)
    assert [each.reason for each in world.failures.records.values()] == ["videos are not supported"]

    await arrive(world, name, jpeg())

    assert await run_tickets(world) == [movie]
    assert world.failures.records == {}


async def test_without_its_picture_a_movie_is_a_video(world: Fakes) -> None:
    await arrive(world, "IMG_7.jpg", jpeg())
    await arrive(world, "IMG_7.mov", QUICKTIME)

    del world.storage.blobs["IMG_7.jpg"]
    await remove("IMG_7.jpg", world.context)
    await run_tickets(world)

    assert [(each.path, each.reason) for each in world.failures.records.values()] == [
        ("IMG_7.mov", "videos are not supported")
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clip.mov", QUICKTIME),  # beside another picture
        ("IMG_7.mov", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2" + b"\0" * 200),  # not an iPhone's
        ("IMG_7.mov", b"\0" * 100),
        ("PXL_7.MP", MP4),
        ("IMG_7.MP", MP4 + b"\0" * 20_000_000),
        ("IMG_7.avi", b"RIFF\0\0\0\0AVI LIST"),
        ("sub/IMG_7.mov", QUICKTIME),
        ("IMG_7.mkv", b"\x1aE\xdf\xa3" + b"\0" * 100),
        ("IMG_7.mov", QUICKTIME + b"\0" * 20_000_000),  # longer than three seconds
        ("other.mp4", QUICKTIME + b"\0" * 60_000_000),  # more than a photo may have
        ("photo.jpg", QUICKTIME + b"\0" * 60_000_000),
        ("photo.jpg", QUICKTIME),
    ],
)
async def test_other_videos_are_failures_in_words_once(name: str, content: bytes, world: Fakes) -> None:
    await arrive(world, "IMG_7.jpg", jpeg())
    await arrive(world, name, content)
    await handlers.photo_arrived(name)

    assert [(each.path, each.reason) for each in world.failures.records.values()] == [
        (name, "videos are not supported")
    ]


async def test_a_picture_is_read_whatever_its_name_says(world: Fakes) -> None:
    await arrive(world, "a.mov", jpeg())

    assert photo(world, "a.mov").format == "jpeg"


async def test_of_a_video_only_the_first_bytes_are_read(world: Fakes) -> None:
    await arrive(world, "clip.mov", QUICKTIME + b"\0" * 1_000_000)

    assert world.storage.reads == []


# -- files that are ignored ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["._a.jpg", "x/Thumbs.db", "x/thumbs.db", ".DS_Store", "IMG_7.AAE", "a/desktop.ini"])
async def test_what_programs_leave_is_ignored_without_a_word(name: str, world: Fakes) -> None:
    await arrive(world, name, jpeg())
    assert world.storage.stats == world.storage.listings == []  # nor a request

    await handlers.retry_due(Ticket(name).encode())  # an older release may have queued it

    assert world.index.photos == {}
    assert world.failures.records == {}
    assert world.models.requests == []
    assert world.tickets.sent == []


async def test_an_outage_postpones_a_sidecar_like_anything_else(world: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(prefix: str) -> list[BlobInfo]:
        raise Outage("storage is down")

    monkeypatch.setattr(world.storage, "list_some", fail)
    await arrive(world, "a.xmp", RATED)

    assert [(ticket.name, delay > 0) for ticket, delay in world.tickets.sent] == [("a.xmp", True)]
    assert [each.state for each in world.failures.records.values()] == ["retrying"]

    monkeypatch.undo()
    monkeypatch.setattr(handlers, "ingest_context", lambda: world.context)
    assert await run_tickets(world) == ["a.xmp"]
    assert world.failures.records == {}


@pytest.mark.parametrize(
    ("owner", "sidecars_owner", "counts"),
    [("1", "1", True), ("1", "", True), ("", "", True), ("1", "2", False), ("", "2", False)],
)
async def test_a_sidecar_that_somebody_else_has_sent_in_advance_does_not_count(
    owner: str, sidecars_owner: str, counts: bool, world: Fakes
) -> None:
    world.storage.put("later.xmp", RATED, uploader=Uploader(sidecars_owner))
    await handlers.photo_arrived("later.xmp")
    world.storage.put("later.jpg", jpeg(), uploader=Uploader(owner))
    await handlers.photo_arrived("later.jpg")
    await run_tickets(world)

    assert (photo(world, "later.jpg").rating == 5) is counts
    before = photo(world, "later.jpg")
    await world.storage.delete("later.xmp")
    await remove("later.xmp", world.context)
    await run_tickets(world)
    assert (photo(world, "later.jpg").rating == before.rating) is not counts
