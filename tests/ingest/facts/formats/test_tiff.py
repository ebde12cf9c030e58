"""Directories of tags, in both byte orders, with what is broken left out."""

import struct

import pytest

from ingest.facts.formats.tiff import Tags, is_tiff, read
from ingest.facts.guard import Malformed
from tests.ingest.facts.builders import facts, iptc, tiff, xmp


@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_of_all_three_directories_are_read(order: str) -> None:
    tags = read(tiff({0x010E: b"A crane"}, {0x8827: 400}, {2: (47.0, 22.0, 12.0)}, order=order))

    assert tags.photo[0x010E] == b"A crane\0"
    assert tags.exif[0x8827] == (400,)
    assert tags.gps[2] == (47.0, 22.0, 12.0)


def test_bigtiff_is_read() -> None:
    text = b"A crane at the harbour\0"
    entry = struct.pack("<HHQQ", 0x010E, 2, len(text), 16 + 8 + 20 + 8)
    block = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry + bytes(8) + text

    assert read(block).photo[0x010E] == text


@pytest.mark.parametrize("block", [b"", b"hello world", b"II*\0", b"Exif\0\0hello world", b"MM\0\0\0\0\0\x08"])
def test_what_is_no_structure_is_said_to_be_malformed(block: bytes) -> None:
    assert not is_tiff(block)
    with pytest.raises(Malformed):
        read(block)


def test_a_tag_that_points_out_of_the_file_costs_only_itself() -> None:
    block = bytearray(tiff({0x010E: b"A crane at the harbour", 0x013B: b"A. Writer"}))
    struct.pack_into("<I", block, 8 + 2 + 8, 0x7FFFFFFF)

    assert read(bytes(block)) == Tags({0x013B: b"A. Writer\0"}, {}, {})


def test_a_directory_that_points_nowhere_or_to_itself_is_empty() -> None:
    assert read(b"II*\0\xff\xff\xff\x7f") == Tags()
    assert read(b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + bytes(4)).photo == {0x8769: (8,)}


def test_a_count_of_more_entries_than_there_are_ends_with_the_file() -> None:
    block = bytearray(tiff({0x013B: b"abc"}))
    struct.pack_into("<H", block, 8, 0xFFFF)

    assert read(bytes(block)).photo == {0x013B: b"abc\0"}


def test_tiff_files_keep_xmp_and_iptc_as_tags() -> None:
    packet = bytearray(xmp("<dc:title>Lake</dc:title>"))
    data = tiff({0x02BC: packet, 0x83BB: bytearray(iptc((2, 80, b"A. Writer")))})

    result = facts(data, format_="tiff")

    assert (result.title, result.creators) == ("Lake", ("A. Writer",))


@pytest.mark.parametrize("swapped", [False, True])
def test_iptc_declared_as_numbers_is_read_in_either_order(swapped: bool) -> None:
    block = iptc((2, 80, b"A. Writer"), (2, 25, b"boats"))
    block += b"\0" * (-len(block) % 4)
    if swapped:
        block = b"".join(block[at : at + 4][::-1] for at in range(0, len(block), 4))
    head = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x83BB, 4, len(block) // 4, 26) + bytes(4)

    assert facts(head + block, format_="tiff").creators == ("A. Writer",)


def test_many_tags_with_large_values_do_not_fill_the_memory() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 2, 99_999, 8) for tag in range(2000))
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 2000) + entries + bytes(100_000)

    assert sum(len(value) for value in read(block).photo.values()) < 5_000_000
