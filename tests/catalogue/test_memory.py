"""An export takes no more memory for many photos than for few. EXPORT_PHOTOS=100000 exports that many."""

import os
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast, get_args

import pytest

from catalogue.export.formats import Export, Format
from shared.photo import Photo
from shared.storage import Storage
from tests.catalogue.export_photos import full_photo

PHOTOS = int(os.environ.get("EXPORT_PHOTOS", "150"))
MEGABYTE = 1_000_000


@pytest.mark.parametrize("format_", sorted({*get_args(Format)} - {"zip"}))
async def test_no_more_than_a_few_parts_of_it_are_in_memory(format_: Format) -> None:
    base = full_photo()

    async def photos() -> AsyncIterator[Photo]:
        for number in range(PHOTOS):
            yield replace(base, id=f"{number:032x}", path=f"2024/folder {number // 1000}/photo {number}.jpg")

    tracemalloc.start()
    try:
        size = 0
        async for part in Export(format_).write(photos(), cast(Storage, None)):
            size += len(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > 100 * PHOTOS
    assert peak < 3 * MEGABYTE
