"""Large pictures: made when they are first asked for, upright, within the memory, and gone with their photo."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image as Pillow

from ingest import large
from ingest.context import IngestContext
from ingest.image import decoded_bytes
from ingest.large import LARGE_SIDE, largest_picture
from ingest.pipeline import ingest
from ingest.removal import remove
from shared.errors import BadPhoto, NotFound, Throttled
from shared.photo import Photo
from tests.ingest.decoding.files import encoded
from tests.ingest.fakes import Fakes, fakes

NAME = "wide.jpg"


def stripes(size: tuple[int, int]) -> Pillow.Image:
    """Red on the left, blue on the right."""
    picture = Pillow.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    return picture


async def indexed(world: Fakes, data: bytes, name: str = NAME) -> Photo:
    world.storage.put(name, data)
    photo = await ingest(name, world.context)
    assert photo is not None
    return photo


def drawn(world: Fakes, photo: Photo) -> Pillow.Image:
    return Pillow.open(io.BytesIO(world.storage.large[photo.id][0]))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "HEIF"])
async def test_a_picture_is_made_at_its_own_size_when_it_is_first_asked_for(format_: str) -> None:
    world = fakes()
    photo = await indexed(world, encoded(stripes((1800, 900)), format_))

    assert await largest_picture(photo, world.context) == "large"

    assert drawn(world, photo).size == (1800, 900)
    assert drawn(world, photo).format == "JPEG"
    reads = len(world.storage.reads)
    assert await largest_picture(photo, world.context) == "large"
    assert len(world.storage.reads) == reads  # it is kept


async def test_a_larger_one_is_reduced_and_upright_and_says_nothing_of_itself() -> None:
    world = fakes()
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret"
    photo = await indexed(world, encoded(stripes((6000, 3000)), exif=exif))

    await largest_picture(photo, world.context)

    picture = drawn(world, photo)
    assert picture.size == (LARGE_SIDE // 2, LARGE_SIDE)
    red, _, blue = picture.getpixel((1000, 100))  # type: ignore[misc]
    assert red > 200 > blue
    assert b"a secret" not in world.storage.large[photo.id][0]


async def test_a_small_photo_has_no_other_than_its_preview() -> None:
    world = fakes()
    photo = await indexed(world, encoded(stripes((600, 300))))

    assert await largest_picture(photo, world.context) == "preview"
    assert not world.storage.large


async def test_where_the_memory_does_not_allow_it_a_smaller_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes()
    photo = await indexed(world, encoded(stripes((5000, 2500))))
    decoded = decoded_bytes

    def sparing(data: Any, limits: Any, name: str) -> int:
        if limits.preview_side > LARGE_SIDE // 2:
            raise BadPhoto("too much")
        return decoded(data, limits, name)

    monkeypatch.setattr(large, "decoded_bytes", sparing)
    await largest_picture(photo, world.context)

    assert drawn(world, photo).size == (LARGE_SIDE // 2, LARGE_SIDE // 4)


async def test_another_version_has_another_picture_and_a_photo_that_is_gone_has_none() -> None:
    world = fakes()
    photo = await indexed(world, encoded(stripes((1800, 900))))
    await largest_picture(photo, world.context)
    newer = await indexed(world, encoded(stripes((1700, 800))))
    assert not world.storage.large  # that of the earlier version shows what may have been taken out

    with pytest.raises(NotFound):
        await largest_picture(photo, world.context)
    await largest_picture(newer, world.context)
    assert drawn(world, newer).size == (1700, 800)

    await world.storage.delete(NAME)
    await remove(NAME, world.context)
    assert not world.storage.large


async def test_a_photo_that_is_deleted_meanwhile_leaves_no_picture() -> None:
    world = fakes()
    photo = await indexed(world, encoded(stripes((1800, 900))))
    original = world.storage.write_large

    async def delete_first(id_: str, picture: bytes, *, etag: str) -> None:
        await world.storage.delete(NAME)
        await remove(NAME, world.context)
        await original(id_, picture, etag=etag)

    world.storage.write_large = delete_first  # type: ignore[method-assign]
    with pytest.raises(NotFound):
        await largest_picture(photo, world.context)

    assert not world.storage.large


async def test_many_at_once_are_made_two_at_a_time_and_more_are_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = fakes()
    running, most, gate = 0, 0, asyncio.Event()

    async def make(photo: Photo, context: IngestContext) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1

    monkeypatch.setattr(large, "_make", make)
    wide = Photo(id="", path="", width=3000, height=2000)
    photos = [replace(wide, id=f"{number:032x}") for number in range(large.MAX_WAITING)]
    tasks = [asyncio.ensure_future(largest_picture(each, world.context)) for each in photos]
    for _ in range(20):
        await asyncio.sleep(0)

    with pytest.raises(Throttled):
        await largest_picture(wide, world.context)
    gate.set()

    assert await asyncio.gather(*tasks) == ["large"] * large.MAX_WAITING
    assert most == 2
    assert large._waiting == 0
