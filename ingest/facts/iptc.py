"""IPTC-IIM: the data sets that picture desks have written since 1991."""

import codecs
from collections.abc import Iterator, Sequence

from ingest.facts.guard import Malformed, until_broken
from ingest.facts.text import decode
from ingest.facts.times import Moment, parse_iptc_moment

MARKER = 0x1C
EXTENDED = 0x8000  # in a size: the rest is the length of the real size, which follows
TITLE, KEYWORDS, DATE, TIME, DIGITAL_DATE, DIGITAL_TIME = (2, 5), (2, 25), (2, 55), (2, 60), (2, 62), (2, 63)
BYLINE, CITY, SUBLOCATION, STATE, COUNTRY_CODE, COUNTRY = (2, 80), (2, 90), (2, 92), (2, 95), (2, 100), (2, 101)
HEADLINE, CREDIT, COPYRIGHT, CAPTION = (2, 105), (2, 110), (2, 116), (2, 120)
CHARACTER_SET = (1, 90)
# Escape sequences of ISO 2022; Latin 1 is written as Windows' superset of it.
CHARACTER_SETS = {
    b"\x1b%G": "utf-8",
    b"\x1b%/G": "utf-8",
    b"\x1b.A": "cp1252",
    b"\x1b.B": "iso8859-2",
    b"\x1b-L": "iso8859-5",
}
# How much of a text IPTC has room for: a text that fills it may be the beginning of XMP's.
ROOM = {TITLE: 64, KEYWORDS: 64, BYLINE: 32, CITY: 32, SUBLOCATION: 32, STATE: 32, COUNTRY: 64, HEADLINE: 256}
ROOM |= {CREDIT: 32, COPYRIGHT: 128, CAPTION: 2000}

MOST_SETS = 5000

Key = tuple[int, int]


def data_sets(block: bytes) -> Iterator[tuple[Key, bytes]]:
    """Record and number of each data set with its bytes; what comes after them, such as padding, is passed over."""
    position = 0
    for _ in range(MOST_SETS):
        if position + 5 > len(block) or block[position] != MARKER:
            return
        key = (block[position + 1], block[position + 2])
        size = int.from_bytes(block[position + 3 : position + 5], "big")
        position += 5
        if size & EXTENDED:
            width = size & ~EXTENDED
            if width > 8:
                raise Malformed(f"a size of {width} bytes")
            size = int.from_bytes(block[position : position + width], "big")
            position += width
        yield key, block[position : position + size]
        if position + size > len(block):
            raise Malformed("cut short")
        position += size


class Iptc:
    """All data sets of a file; the second block and those after it only add what the first one lacks."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        self.block = next((block for block in blocks if block[:1] == bytes([MARKER])), b"")
        self._sets: dict[Key, list[bytes]] = {}
        for block in blocks:
            values: dict[Key, list[bytes]] = {}
            for key, value in until_broken("IPTC", data_sets(block)):
                if value.strip(b"\0 "):
                    values.setdefault(key, []).append(value)
            self._sets = values | self._sets
        declared = self._sets.get(CHARACTER_SET, [b""])[0].rstrip(b"\0 ")
        self._encoding = CHARACTER_SETS.get(declared, "")

    def texts(self, key: Key) -> list[str]:
        """All values of a data set that may be repeated."""
        values = (value.partition(b"\0")[0] for value in self._sets.get(key, []))
        return [text for value in values if (text := self._decode(value).strip())]

    def text(self, key: Key) -> str:
        """The first value."""
        return next(iter(self.texts(key)), "")

    def moment(self) -> Moment | None:
        """When the photo was taken, with the zone that IPTC's times have."""
        return parse_iptc_moment(self.text(DATE), self.text(TIME))

    def digital_moment(self) -> Moment | None:
        """When the photo was scanned."""
        return parse_iptc_moment(self.text(DIGITAL_DATE), self.text(DIGITAL_TIME))

    def _decode(self, value: bytes) -> str:
        """Many programs write UTF-8 without saying so, and some say so and don't."""
        if self._encoding not in {"", "utf-8"}:
            return codecs.decode(value, self._encoding, "replace")
        return decode(value)
