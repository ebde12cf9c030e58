"""
A zip that is made a part at a time, by whoever comes next: what is kept of each part, and how they become one.

A part knows where its files lie within it, and not where it lies itself. So one may be made twice, and the one that was
kept last counts, whatever was kept after it.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from catalogue.export.zip_records import FileRecord, end_record
from shared.errors import NotFound


@dataclass(frozen=True)
class LeftOut:
    """A photo that is not in the zip, by its id, and its path where that is known."""

    id: str
    path: str = ""


@dataclass(frozen=True)
class ZipPart:
    """A part of a zip: the blocks that hold it, how many bytes these are, its files, and the photos it should have."""

    blocks: list[str]
    size: int
    files: list[FileRecord] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def encode(self) -> bytes:
        return PART.dump_json(self)

    @classmethod
    def decode(cls, content: bytes) -> "ZipPart":
        return PART.validate_json(content)


PART = TypeAdapter(ZipPart)


def part_name(position: int, count: int) -> str:
    """The name of the part with `count` photos from `position` on."""
    return f"{position:08d}-{count}"


def chain(names: Iterable[str], total: int) -> list[str]:
    """
    Parts that follow on one another and have all photos, once each; NotFound if there are none.

    There may be others: what began with large parts may have gone on with small ones.
    """
    ends, leads = {total}, dict[int, tuple[str, int]]()
    for name in sorted(names, reverse=True):
        position, _, count = name.partition("-")
        end = int(position) + int(count)
        if end in ends:
            ends.add(int(position))
            leads[int(position)] = name, end
    parts, position_now = list[str](), 0
    while position_now < total:
        if position_now not in leads:
            raise NotFound("a part of this export is gone: make it again")
        name, position_now = leads[position_now]
        parts.append(name)
    return parts


async def directory(parts: AsyncIterable[ZipPart]) -> AsyncIterator[bytes]:
    """What a zip of these parts ends with, and of its files no more than those of one part in memory."""
    position = count = size = 0
    async for part in parts:
        for record in part.files:
            entry = replace(record, offset=position + record.offset).entry()
            count, size = count + 1, size + len(entry)
            yield entry
        position += part.size
    yield end_record(count, size, position)
