"""AVIF files whose property associations are in a box for each item."""

import struct

from PIL import Image as Pillow

from ingest.decoding.avif_boxes import with_one_association_box
from tests.ingest.decoding.files import encoded, halves, is_red_then_blue, prepared


def boxes(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[:size])
        data = data[size:]
    return found


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def single_association(content: bytes) -> list[bytes]:
    """The entries of an `ipma` of version 0 without flags, each in a box of its own."""
    entries, position = [], 8
    while position < len(content):
        size = 3 + content[position + 2]
        entries.append(box(b"ipma", bytes(4) + (1).to_bytes(4, "big") + content[position : position + size]))
        position += size
    return entries


def moved(iloc: bytes, distance: int) -> bytes:
    """An `iloc` of version 0 with offsets of four bytes, each item in one piece."""
    assert iloc[8:14] == b"\0\0\0\0\x44\0"
    items = [list(each) for each in struct.iter_unpack(">HHHII", iloc[16:])]
    return iloc[:16] + b"".join(struct.pack(">HHHII", *item[:3], item[3] + distance, item[4]) for item in items)


def with_box_for_each_item(data: bytes) -> bytes:
    """As cavif wrote it in 2020: nothing differs but the boxes, and where the pictures start for them."""
    head, meta, *rest = boxes(data)
    parts = boxes(meta[12:])
    properties, associations = boxes(next(part for part in parts if part[4:8] == b"iprp")[8:])
    split = single_association(associations[8:])
    assert len(split) == 2
    changed = {b"iprp": box(b"iprp", properties + b"".join(split))}
    changed |= {part[4:8]: moved(part, 16) for part in parts if part[4:8] == b"iloc"}
    content = b"".join(changed.get(part[4:8], part) for part in parts)
    return head + box(b"meta", meta[8:12] + content) + b"".join(rest)


def transparent() -> bytes:
    image = halves()
    image.putalpha(Pillow.new("L", image.size, 250))
    return encoded(image, "AVIF")


def test_a_box_of_associations_for_each_item_is_read() -> None:
    data = with_box_for_each_item(transparent())

    assert data.count(b"ipma") == 2
    assert is_red_then_blue(prepared(data, "a.avif"))


def test_the_pictures_stay_where_they_are() -> None:
    data = with_box_for_each_item(transparent())

    merged = with_one_association_box(data)

    assert len(merged) == len(data)
    assert merged.count(b"ipma") == 1
    assert merged[merged.index(b"mdat") :] == data[data.index(b"mdat") :]


def test_other_files_stay_as_they_are() -> None:
    sound = transparent()
    split = with_box_for_each_item(sound)
    unlike = split.replace(b"ipma\0", b"ipma\1", 1)  # another version: one box of each is allowed

    for data in (sound, unlike, b"", b"\0" * 100, split[:200], split.replace(b"ipco", b"free")):
        assert with_one_association_box(data) == data
