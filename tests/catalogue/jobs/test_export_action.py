"""Large exports: parts that become one zip, whatever dies on the way."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from catalogue.export.xmp.properties import properties_of
from catalogue.export.zip_parts import ZipPart, chain, directory
from catalogue.export.zip_records import EARLIEST, FileRecord
from catalogue.jobs.export_action import BLOCKS, ExportAction, ExportServices, block_size
from catalogue.jobs.requests import JobRequest, cancel_job, make_job
from catalogue.jobs.slices import JobRunner
from shared.blob_upload import BLOCK_SIZE
from shared.errors import BadRequest, NotFound
from shared.photo import Photo, photo_id
from shared.stores.jobs import Job, JobTurn
from tests.catalogue.export_photos import full_photo
from tests.catalogue.fakes import FakeExports, FakeFile, FakeJobQueue, FakeJobs
from tests.catalogue.files import picture
from tests.catalogue.library import ExportIndex


class Killed(BaseException):
    """What ends a worker in the middle of everything."""


@dataclass
class Originals:
    """The files of photos; `broken` ones go while they are read."""

    files: dict[str, bytes]
    broken: set[str] = field(default_factory=set)

    async def find_original(self, path: str) -> FakeFile:
        if path in self.broken:
            self.broken.remove(path)
            raise NotFound("gone while it was read")
        if path not in self.files:
            raise NotFound("this picture is gone")
        return FakeFile(self.files[path])

    async def stat(self, path: str) -> Any:
        data = self.files.get(path)
        return data and type("Info", (), {"name": path, "size": len(data), "last_modified": EARLIEST})

    async def read_into(self, original: Any, file: Any) -> bool:
        file.write(self.files[original.name])
        file.flush()
        return True


class Library:
    """Photos with their files, and jobs that export them."""

    def __init__(self, photos: Sequence[Photo]) -> None:
        self.photos = photos
        self.written: list[tuple[str, str]] = []
        self.jobs, self.queue, self.exports = FakeJobs(), FakeJobQueue(), FakeExports()
        self.storage = Originals({each.path: picture() + each.path.encode() for each in photos})
        self.uploads = False
        services = ExportServices(
            cast(Any, self.exports), cast(Any, ExportIndex(photos)), cast(Any, self.storage), properties_of
        )
        self.actions = {"export": ExportAction(lambda: services, slice_size=2)}

    async def make(self, **options: Any) -> Job:
        ids = [each.id for each in self.photos]
        request = JobRequest.model_validate({"action": "export", "ids": ids, **options})
        return await make_job(
            request, None, by="me", actions=self.actions, jobs=cast(Any, self.jobs), queue=cast(Any, self.queue)
        )

    async def turns(self) -> None:
        async def uploads_wait() -> bool:
            return self.uploads

        async def same(ids: Sequence[str]) -> list[str]:
            return list(ids)

        async def write_down(action: str, photos: Sequence[str], job: str) -> None:
            self.written += [(action, photo) for photo in photos]

        async def know(version: str) -> None:
            pass

        jobs, queue = cast(Any, self.jobs), cast(Any, self.queue)
        runner = JobRunner(jobs, queue, self.actions, uploads_wait, same, write_down, know)
        while self.queue.sent:
            turn, _ = self.queue.sent.pop(0)
            await runner.take_turn(turn)

    def archive(self, job: Job) -> zipfile.ZipFile:
        archive = zipfile.ZipFile(io.BytesIO(self.exports.files[job.id]))
        assert archive.testzip() is None
        return archive


def library(count: int = 5) -> Library:
    return Library([full_photo(f"rome/{number}.jpg") for number in range(count)])


async def test_slices_become_one_zip_of_all_originals() -> None:
    shop = library()
    job = await shop.make()

    await shop.turns()

    archive, done = shop.archive(job), shop.jobs.records[job.id]
    assert {name: archive.read(name) for name in archive.namelist()} == shop.storage.files
    assert (done.state, done.changed, done.failed) == ("done", 5, 0)
    assert done.result["size_bytes"] == len(shop.exports.files[job.id])
    assert done.result["file_name"] == "photos.zip"
    assert done.result["expires_at"] > done.created_at


async def test_metadata_is_written_in_where_it_is_asked_for() -> None:
    shop = library(1)
    job = await shop.make(metadata=True)

    await shop.turns()

    assert b"Dogs on a wall" in shop.archive(job).read("rome/0.jpg")


async def test_what_is_gone_is_named_in_the_job_and_in_the_zip() -> None:
    shop = library(3)
    del shop.storage.files["rome/1.jpg"]
    unknown = photo_id("unknown.jpg")
    job = await shop.make(ids=[*(each.id for each in shop.photos), unknown])

    await shop.turns()

    archive = shop.archive(job)
    assert set(archive.namelist()) == {"rome/0.jpg", "rome/2.jpg", "left out.txt"}
    assert b"rome/1.jpg" in archive.read("left out.txt")
    faults = await shop.jobs.faults(job.id, skip=0, top=9)
    assert {each.id for each in faults} == {shop.photos[1].id, unknown}
    assert shop.jobs.records[job.id].changed == 2


async def test_a_worker_that_dies_at_any_part_leaves_each_photo_once() -> None:
    shop = library()
    job = await shop.make()
    for death in range(4):  # before each part is kept, and once when it is, and the slices become smaller

        def die(_: str) -> None:
            raise Killed

        shop.exports.before_part = die if death % 2 == 0 else lambda _: None
        shop.jobs.before_update = die_at_second() if death % 2 else lambda: None
        with pytest.raises(Killed):
            await shop.turns()
        shop.queue.sent.append((JobTurn(job.id), 0))
        shop.actions["export"] = ExportAction(shop.actions["export"].services, slice_size=1 + death % 2)
    shop.exports.before_part, shop.jobs.before_update = lambda _: None, lambda: None

    await shop.turns()

    archive = shop.archive(job)
    assert sorted(archive.namelist()) == sorted(shop.storage.files)
    assert {name: archive.read(name) for name in archive.namelist()} == shop.storage.files


def die_at_second() -> Any:
    """A worker that begins, and dies when it writes how far it is."""
    calls = iter((False, True))

    def die(*_: object) -> None:
        if next(calls, True):
            raise Killed

    return die


async def test_a_photo_that_goes_while_it_is_read_puts_the_slice_off() -> None:
    shop = library(2)

    class Vanishing(FakeFile):
        async def read(self, first: int, last: int) -> Any:
            raise NotFound("blob storage found nothing")
            yield b""

    find = shop.storage.find_original
    files = iter([Vanishing(b"abc")])

    async def vanish(path: str) -> FakeFile:
        return next(files, None) or await find(path)

    shop.storage.find_original = vanish  # type: ignore[method-assign]
    job = await shop.make()

    await shop.turns()

    assert sorted(shop.archive(job).namelist()) == ["rome/0.jpg", "rome/1.jpg"]


async def test_an_export_that_is_cancelled_becomes_no_file() -> None:
    shop = library()
    job = await shop.make()
    await cancel_job(job.id, actions=shop.actions, jobs=cast(Any, shop.jobs))

    await shop.turns()

    assert shop.exports.files == {}


@pytest.mark.parametrize(
    ("options", "message"), [({"metadata": "yes"}, "true or false"), ({"format": "csv"}, "format")]
)
async def test_a_wrong_parameter_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        await library(1).make(**options)


def test_parts_are_chained_whatever_their_sizes() -> None:
    assert chain(["00000000-2", "00000000-3", "00000003-2", "00000002-1", "00000005-1"], 6) in (
        ["00000000-3", "00000003-2", "00000005-1"],
        ["00000000-2", "00000002-1", "00000003-2", "00000005-1"],
    )
    assert chain(["00000000-100", "00000000-20", "00000100-7"], 107) == ["00000000-100", "00000100-7"]
    assert chain([], 0) == []
    with pytest.raises(NotFound):
        chain(["00000000-2", "00000003-2"], 5)


async def test_a_directory_knows_parts_beyond_four_gigabytes() -> None:
    record = FileRecord(b"a.jpg", 0, EARLIEST, 10, wide=False)

    async def parts() -> Any:
        yield ZipPart(["1"], 5_000_000_000, [record])
        yield ZipPart(["2"], 100, [record])

    entries = [each async for each in directory(parts())]

    assert (5_000_000_010).to_bytes(8, "little") in entries[1]
    assert (5_000_000_100).to_bytes(8, "little") in entries[-1]


def test_a_blob_never_has_too_many_blocks() -> None:
    assert block_size(20_000_000, 1.0) == BLOCK_SIZE
    million_megabytes = 10**12
    assert million_megabytes / block_size(million_megabytes // 1000, 0.001) <= BLOCKS + 1000
