"""A folder tree into the container: what is uploaded, left out and waited for."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest import import_folder
from ingest.import_folder import follow, list_files, local_file, reason_to_skip, upload
from ingest.pipeline import ingest
from shared.stores.failures import Failure
from shared.stores.tickets import Ticket
from tests.ingest.fakes import fakes, jpeg
from tests.ingest.test_companions import MP4, QUICKTIME
from tests.machine import patch_sleep

MD5_OF_ABC = "kAFQmDzST7DWlj99KOF/cg=="


def fill(folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_name(file.name + ".jpg").write_bytes(data)


def ignore(_: str) -> None:
    """Progress that nobody reads."""


def test_every_file_is_listed_but_the_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/z.jpg", ".hidden.jpg", ".git/x.jpg", "a/.y/x.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    assert [file.relative_to(tmp_path).as_posix() for file in list_files(tmp_path)] == ["a/z.jpg", "b.jpg"]


def test_a_folder_inside_a_hidden_one_is_not_hidden_itself(tmp_path: Path) -> None:
    fill(tmp_path / ".photos", a=b"x")

    assert len(list_files(tmp_path / ".photos")) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (jpeg(), None),
        (jpeg()[:-20], None),  # cut, but it begins as a photo does: the app says what is wrong
        (b"", "it is empty"),
        (b"hello", "this is a text file, not an image"),
        (b"%PDF-1.7", "this is a PDF"),
    ],
)
def test_what_is_no_image_is_skipped_with_a_reason(tmp_path: Path, data: bytes, reason: str | None) -> None:
    (tmp_path / "a").write_bytes(data)

    assert reason_to_skip(tmp_path / "a") == reason


def test_what_cannot_be_read_is_skipped_with_a_reason(tmp_path: Path) -> None:
    assert str(reason_to_skip(tmp_path / "none.jpg")).startswith("it cannot be read: ")
    assert str(reason_to_skip(tmp_path)).startswith("it cannot be read: ") or (tmp_path.stat().st_size == 0)


@pytest.mark.parametrize(("prefix", "name"), [("", "b/c.jpg"), ("a", "a/b/c.jpg"), ("/a/x/", "a/x/b/c.jpg")])
def test_a_file_gets_its_name_below_the_prefix(tmp_path: Path, prefix: str, name: str) -> None:
    fill(tmp_path, b__c=b"abc")

    local = local_file(tmp_path / "b" / "c.jpg", tmp_path, prefix)

    assert (local.name, local.md5, local.size) == (name, MD5_OF_ABC, 3)


async def test_what_is_new_is_uploaded_and_nothing_is_replaced(tmp_path: Path) -> None:
    world = fakes()
    fill(tmp_path, a=jpeg(1), d__b=jpeg(2), d__c=jpeg(3))
    (tmp_path / "notes.txt").write_text("hello")
    lines: list[str] = []

    first = await upload(tmp_path, "in", world.context, progress=lines.append)
    fill(tmp_path, a=jpeg(4), d__d=jpeg(5))
    second = await upload(tmp_path, "in", world.context, progress=lines.append)

    assert sorted(first.uploaded) == ["in/a.jpg", "in/d/b.jpg", "in/d/c.jpg"]
    assert first.skipped == {"notes.txt": "this is a text file, not an image"}
    assert (first.unchanged, first.different, first.failed) == ([], [], {})
    assert (second.uploaded, sorted(second.unchanged)) == (["in/d/d.jpg"], ["in/d/b.jpg", "in/d/c.jpg"])
    assert second.different == ["in/a.jpg"]
    assert world.storage.blobs["in/a.jpg"][1] == jpeg(1)
    assert lines[0].startswith(f"[{'#' * 7}{'.' * 23}] 1 of 4 files, ")
    assert lines[3] == f"[{'#' * 30}] 4 of 4 files, 3 uploaded"
    assert lines[-1] == f"[{'#' * 30}] 5 of 5 files, 1 uploaded"


async def test_with_replace_what_differs_is_replaced_and_only_that(tmp_path: Path) -> None:
    world = fakes()
    fill(tmp_path, a=jpeg(1), b=jpeg(2))
    await upload(tmp_path, "", world.context, progress=ignore)
    etag = world.storage.blobs["b.jpg"][0].etag
    fill(tmp_path, a=jpeg(3))

    report = await upload(tmp_path, "", world.context, progress=ignore, replace=True)

    assert (report.uploaded, report.unchanged, report.different) == (["a.jpg"], ["b.jpg"], [])
    assert world.storage.blobs["a.jpg"][1] == jpeg(3)
    assert world.storage.blobs["b.jpg"][0].etag == etag


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(("theirs", "outcome"), [(jpeg(1), "unchanged"), (jpeg(9), "different")], ids=["same", "other"])
async def test_what_somebody_else_uploads_during_the_import_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: bool, theirs: bytes, outcome: str
) -> None:
    world = fakes()
    fill(tmp_path, new=jpeg(1), old=jpeg(1))
    world.storage.put("old.jpg", jpeg(2, size=(99, 99)))
    chunks = import_folder._chunks

    async def slow(file: Path) -> AsyncIterator[bytes]:
        async for chunk in chunks(file):
            yield chunk
        world.storage.put(file.name, theirs)

    monkeypatch.setattr(import_folder, "_chunks", slow)

    report = await upload(tmp_path, "", world.context, progress=ignore, replace=replace)

    assert "new.jpg" in getattr(report, outcome)
    assert "old.jpg" in getattr(report, outcome if replace else "different")
    assert report.uploaded == []
    assert world.storage.blobs["new.jpg"][1] == theirs


@pytest.mark.parametrize(("theirs", "outcome"), [(jpeg(1), "unchanged"), (jpeg(2), "different")], ids=["same", "other"])
async def test_a_blob_without_an_md5_is_read_if_its_size_is_the_same(
    tmp_path: Path, theirs: bytes, outcome: str
) -> None:
    world = fakes()
    fill(tmp_path, a=jpeg(1), b=jpeg(3))
    assert len(jpeg(1)) == len(jpeg(2))
    world.storage.put("a.jpg", theirs)
    world.storage.put("b.jpg", jpeg(3) + b"longer")

    report = await upload(tmp_path, "", world.context, progress=ignore)

    assert "a.jpg" in getattr(report, outcome)
    assert "b.jpg" in report.different
    assert world.storage.digested == ["a.jpg"]


async def test_an_import_that_was_interrupted_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fakes()
    fill(tmp_path, **{f"n{number}": jpeg(number) for number in range(20)})
    chunks = import_folder._chunks

    async def until_interrupted(file: Path) -> AsyncIterator[bytes]:
        if len(world.storage.blobs) == 5:
            interrupted.cancel()
            await asyncio.Event().wait()
        async for chunk in chunks(file):
            yield chunk

    monkeypatch.setattr(import_folder, "PARALLEL_UPLOADS", 1)
    monkeypatch.setattr(import_folder, "_chunks", until_interrupted)
    interrupted = asyncio.create_task(upload(tmp_path, "", world.context, progress=ignore))
    with pytest.raises(asyncio.CancelledError):
        await interrupted
    monkeypatch.setattr(import_folder, "_chunks", chunks)
    arrived = set(world.storage.blobs)
    assert len(arrived) == 5

    report = await upload(tmp_path, "", world.context, progress=ignore)

    assert set(report.unchanged) == arrived
    assert len(report.uploaded) == 20 - len(arrived)
    assert (report.different, report.failed) == ([], {})


async def test_sidecars_and_live_photo_movies_go_along_and_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_folder, "PARALLEL_UPLOADS", 1)
    world = fakes()
    uploads = {
        "a/DSC_1.jpg": jpeg(1), "a/DSC_1.xmp": b"<x/>", "a/IMG_7.HEIC": jpeg(2), "a/IMG_7.MOV": QUICKTIME,
        "a/IMG_7.HEIC.supplemental-metadata.json": b"{}", "a/PXL_7.MP.jpg": jpeg(3), "a/PXL_7.MP": MP4,
    }  # fmt: skip
    skipped = {
        "clip.mov": (QUICKTIME, "videos are not supported"),
        "IMG_7.mov": (QUICKTIME, "videos are not supported"),
        "a/DSC_1.mp4": (b"\0\0\0\x20ftypisom" + b"\0" * 100, "videos are not supported"),
        "a/notes.json": (b"{}", "this is a text file, not an image"),
        "empty.xmp": (b"", "it is empty"),
    }
    ignored = ("Thumbs.db", "a/thumbs.db", "a/IMG_7.AAE", "a/desktop.ini", "a/._DSC_1.jpg", ".DS_Store")
    contents = uploads | {name: data for name, (data, _) in skipped.items()} | dict.fromkeys(ignored, b"x")
    for name, data in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)

    report = await upload(tmp_path, "in", world.context, progress=ignore)

    assert sorted(report.uploaded) == sorted(f"in/{name}" for name in uploads)
    assert report.skipped == {name: reason for name, (_, reason) in skipped.items()}
    assert report.failed == {}
    assert {name.rpartition(".")[2] for name in list(world.storage.blobs)[:4]} == {"xmp", "MOV", "json", "MP"}


async def test_a_file_that_is_too_large_fails_and_the_others_go_on(tmp_path: Path) -> None:
    world = fakes(MAX_PHOTO_BYTES=str(len(jpeg(1))))
    fill(tmp_path, a=jpeg(1), b=jpeg(2, size=(900, 900)))

    report = await upload(tmp_path, "", world.context, progress=ignore)

    assert (report.uploaded, report.failed) == (["a.jpg"], {"b.jpg": "the file is too large"})


async def test_large_files_go_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_folder, "CHUNK_SIZE", 3)
    (tmp_path / "a").write_bytes(b"abcdefg")

    assert [chunk async for chunk in import_folder._chunks(tmp_path / "a")] == [b"abc", b"def", b"g"]


async def test_an_empty_folder_uploads_nothing(tmp_path: Path) -> None:
    report = await upload(tmp_path, "", fakes().context, progress=ignore)

    assert report == import_folder.ImportReport()


@pytest.mark.parametrize(("total", "filled"), [(1, 30), (2, 15), (31, 0), (0, 30)])
def test_the_bar_fills_as_files_are_done(total: int, filled: int) -> None:
    report = import_folder.ImportReport(unchanged=["a.jpg"])

    bar = import_folder._progress_bar(report, total)

    assert bar == f"[{'#' * filled}{'.' * (30 - filled)}] 1 of {total} files, 0 uploaded"


# -- following ----------------------------------------------------------------------------


async def test_photos_are_followed_until_they_are_searchable_or_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world, lines, waits = fakes(), list[str](), list[float]()
    names = ["a.jpg", "b.jpg", "c.jpg"]
    for number, name in enumerate(names):
        world.storage.put(name, jpeg(number))
    await ingest("a.jpg", world.context)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            await world.failures.write(
                Failure.of(Ticket("b.jpg"), "busy", due=world.storage.blobs["b.jpg"][0].last_modified)
            )
        else:
            await world.failures.write(Failure.of(Ticket("b.jpg"), "broken"))
            await ingest("c.jpg", world.context)

    patch_sleep(monkeypatch, sleep)

    assert await follow(names, world.context, progress=lines.append) == {"b.jpg": "broken"}
    assert lines == [
        "1 of 3 searchable, 0 retrying, 0 failed",
        "1 of 3 searchable, 1 retrying, 0 failed",
        "2 of 3 searchable, 0 retrying, 1 failed",
    ]
    assert waits == [1, 1]


async def test_a_photo_that_changed_is_searchable_only_with_its_present_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits = fakes(), list[float]()
    world.storage.put("a.jpg", jpeg(1))
    await ingest("a.jpg", world.context)
    world.storage.put("a.jpg", jpeg(2))

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await ingest("a.jpg", world.context)

    patch_sleep(monkeypatch, sleep)

    assert await follow(["a.jpg"], world.context, progress=ignore) == {}
    assert len(waits) == 1


async def test_a_photo_that_is_deleted_meanwhile_is_not_waited_for() -> None:
    world = fakes()
    world.storage.put("a.jpg", jpeg())
    await ingest("a.jpg", world.context)
    world.storage.blobs.clear()

    assert await asyncio.wait_for(follow(["a.jpg"], world.context, progress=ignore), 60) == {}


async def test_many_photos_are_looked_up_in_batches() -> None:
    world = fakes()
    names = [f"{number}.jpg" for number in range(1001)]
    sizes: list[int] = []
    entries = world.index.entries

    async def count(ids: list[str]) -> object:
        sizes.append(len(ids))
        return await entries(ids)

    world.index.entries = count  # type: ignore[method-assign,assignment]

    assert await import_folder._find_searchable(set(names), world.context) == set()
    assert sizes == [500, 500, 1]


async def test_files_that_belong_to_a_photo_are_not_waited_for() -> None:
    world = fakes()
    for name in (names := ["a.xmp", "a.jpg.json", "a.MOV"]):
        world.storage.put(name, b"x")

    assert await asyncio.wait_for(follow(names, world.context, progress=ignore), 60) == {}


async def test_nothing_to_follow_ends_at_once() -> None:
    assert await follow([], fakes().context, progress=ignore) == {}


async def test_a_name_that_no_listing_can_carry_fails_in_words(tmp_path: Path) -> None:
    world = fakes()
    for number, name in enumerate([b"\xff.jpg", "a\uffff.jpg".encode(), b"a\x85.jpg", b"a\\b.jpg", b"a\x1b[2J.jpg"]):
        (tmp_path / os.fsdecode(name)).write_bytes(jpeg(number))
    (tmp_path / "\u05d0\u200f.jpg").write_bytes(jpeg(9))

    report = await upload(tmp_path, "", world.context, progress=ignore)

    assert report.uploaded == ["\u05d0\u200f.jpg"]
    assert set(report.failed) == {"\\xff.jpg", "a\\uffff.jpg", "a\\x85.jpg", "a\\b.jpg", "a\\x1b[2J.jpg"}
    assert all(reason.startswith("a path must ") for reason in report.failed.values())
    assert "".join(report.failed).isprintable()
