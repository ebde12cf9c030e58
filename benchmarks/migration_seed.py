"""A library for `python -m benchmarks migrate`, written straight into storage and index: nothing is described."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from azure.storage.blob.aio import BlobServiceClient

from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA
from ingest.context import IngestContext
from ingest.describe import Description
from ingest.versions import STAMP
from shared.edits import FieldEdit, PhotoEdits, apply_edits
from shared.embedded_text import text_digest, text_to_embed
from shared.photo import Photo, folder_of, photo_id, utc
from shared.taken_period import period_fields
from tests.world import picture

T = TypeVar("T")

AT_ONCE = 16
BATCH = 500  # documents
EMBEDDED = 50  # texts in a call
EDITED = 50  # of so many photos somebody has edited one, and the description of one is kept beside the index
SIZE = (64, 48)


@dataclass(frozen=True)
class SeededLibrary:
    """By their ids: photos as they were written, and the titles that people gave some of them."""

    photos: dict[str, Photo]
    titles: dict[str, str]


async def seed(connection_string: str, count: int, texts: int, context: IngestContext) -> SeededLibrary:
    """Fill an empty library with so many photos of so many different descriptions."""
    began = time.monotonic()
    await context.storage.ready()
    await context.index.ready()
    files = await _upload(connection_string, count)
    print(f"  {count:,} files stored in {time.monotonic() - began:.0f} s", flush=True)
    descriptions = list(_descriptions(min(texts, count)))
    texts = len(descriptions)
    photos = [_photo(number, files[number], number % texts, descriptions[number % texts], context) for number in files]
    vectors = await _vectors([text_to_embed(each) for each in photos[: len(descriptions)]], context)
    photos = [replace(each, vector=vectors[number % len(vectors)]) for number, each in enumerate(photos)]
    titles = {each.id: f"The title of {number}" for number, each in enumerate(photos) if number % EDITED == 0}
    edited = await _together([_edited(each, titles[each.id], context) for each in photos[::EDITED]])
    photos[::EDITED] = await _embedded_again(edited, context)
    await _together([_keep(each, descriptions[0], context) for each in photos[1::EDITED]])
    assert context.live_index
    index = context.live_index.at(context.live_index.record.in_use)
    for start in range(0, count, BATCH):
        await index.put_many(photos[start : start + BATCH])
    print(f"  {count:,} photos indexed, {len(titles):,} of them edited, after {time.monotonic() - began:.0f} s")
    return SeededLibrary({each.id: each for each in photos}, titles)


def path_of(number: int) -> str:
    """Where a photo lies."""
    return f"{1985 + number % 40}/album {number % 200}/{number}.jpg"


async def _upload(connection_string: str, count: int) -> dict[int, tuple[str, str]]:
    """Digest and etag of each file by its number."""
    files: dict[int, tuple[str, str]] = {}
    async with BlobServiceClient.from_connection_string(connection_string) as account:
        container = account.get_container_client("photos")

        async def upload(number: int) -> tuple[str, str]:
            data = picture(number, size=SIZE)
            written = await container.get_blob_client(path_of(number)).upload_blob(data)
            return hashlib.sha256(data).hexdigest(), written["etag"]

        for start in range(0, count, 1000):
            numbers = range(start, min(count, start + 1000))
            files |= zip(numbers, await _together([upload(each) for each in numbers]), strict=True)
    return files


def _descriptions(count: int) -> Iterator[Description]:
    captions = [texts for texts in read_captions(DATA / "coco-captions.tsv").values() if len(texts) > 2]
    for number in range(count):
        first, second, third = captions[number % len(captions)][:3]
        other = captions[(number * 7 + number // len(captions)) % len(captions)][0]
        tags = sorted({word.lower().strip(".,") for word in other.split() if len(word) > 4})[:8]
        yield Description(title=first[:60], caption=f"{first} {second} {other}", alt_text=third, tags=tags, tokens=300)


def _photo(number: int, file: tuple[str, str], text: int, description: Description, context: IngestContext) -> Photo:
    path, (digest, etag) = path_of(number), file
    local = f"{1985 + text % 40}-01-01T00:00:00"
    photo = Photo(
        id=photo_id(path), path=path, folder=folder_of(path), file_name=path.rpartition("/")[2],
        **description.model_dump(exclude={"fields"}), digest=digest, etag=etag, recipe=context.recipe,
        taken_local=local, taken_precision="year", **period_fields(local, "year"),
        sorted_at=local + "Z", width=SIZE[0], height=SIZE[1], format="jpeg",
        indexed_at=utc(datetime.now(UTC)), **STAMP,
    )  # fmt: skip
    return replace(photo, embedding_recipe=context.embedding_recipe, embedded_text=text_digest(photo))


async def _vectors(texts: Sequence[str], context: IngestContext) -> list[list[float]]:
    vectors: list[list[float]] = []
    for start in range(0, len(texts), EMBEDDED):
        vectors += [each.values for each in await context.embed(texts[start : start + EMBEDDED])]
    return vectors


async def _embedded_again(photos: Sequence[Photo], context: IngestContext) -> list[Photo]:
    vectors = await _vectors([text_to_embed(each) for each in photos], context)
    return [replace(photo, vector=vector) for photo, vector in zip(photos, vectors, strict=True)]


async def _edited(photo: Photo, title: str, context: IngestContext) -> Photo:
    """The photo with a title that somebody wrote, which is stored."""
    now = datetime.now(UTC)
    edit = FieldEdit(value=title, by="somebody", at=utc(now), digest=photo.digest)
    edits = PhotoEdits(id=photo.id, path=photo.path).changed({"title": edit}, by="somebody", at=now)
    written = await context.edits.write(edits)
    assert written
    return apply_edits(photo, written)


async def _keep(photo: Photo, description: Description, context: IngestContext) -> None:
    async with context.descriptions.claim(photo.digest, photo.recipe) as claim:
        await claim.keep(json.dumps(description.model_dump(mode="json") | {"path": photo.path}))


async def _together(work: Sequence[Awaitable[T]]) -> list[T]:
    """What these give, a few at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[T]) -> T:
        async with free:
            return await each

    return await asyncio.gather(*(one(each) for each in work))
