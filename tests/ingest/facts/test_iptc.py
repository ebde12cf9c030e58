"""IPTC's data sets, in the encodings they come in."""

import pytest

from ingest.facts.iptc import BYLINE, CAPTION, KEYWORDS, Iptc
from tests.ingest.facts.builders import facts, iptc, jpeg_with


def test_all_data_sets_are_read() -> None:
    block = iptc(
        (2, 5, b"Harbour"), (2, 25, b"boats"), (2, 25, b"sea"), (2, 55, b"20240501"), (2, 60, b"101112+0200"),
        (2, 80, b"C. Third"), (2, 80, b"D. Fourth"), (2, 90, b"Bergen"), (2, 92, b"Bryggen"), (2, 95, b"Vestland"),
        (2, 100, b"NOR"), (2, 101, b"Norway"), (2, 105, b"Ferries"), (2, 110, b"Agency"), (2, 116, b"(c) somebody"),
        (2, 120, b"A ferry in the evening"),
    )  # fmt: skip

    result = facts(jpeg_with(iptc=block))

    assert (result.title, result.headline, result.description) == ("Harbour", "Ferries", "A ferry in the evening")
    assert (result.keywords, result.creators) == (("boats", "sea"), ("C. Third", "D. Fourth"))
    assert (result.credit, result.rights) == ("Agency", "(c) somebody")
    assert (result.sublocation, result.city, result.state) == ("Bryggen", "Bergen", "Vestland")
    assert (result.country, result.country_code) == ("Norway", "NOR")
    assert (str(result.taken_local), result.taken_zone, result.taken_source) == (
        "2024-05-01 10:11:12",
        "+02:00",
        "iptc",
    )


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (b"\x1b%G", "Fähre".encode()),
        (b"", "Fähre".encode()),
        (b"", "Fähre".encode("latin-1")),
        (b"\x1b%G", "Fähre".encode("latin-1")),
        (b"\x1b.A", "Fähre".encode("latin-1")),
        (b"\x1b.B", "Fähre".encode("iso8859-2")),
        (b"unheard of", "Fähre".encode()),
    ],
)
def test_a_text_is_read_in_the_encoding_it_has(declared: bytes, text: bytes) -> None:
    assert Iptc([iptc((1, 90, declared), (2, 120, text))]).text(CAPTION) == "Fähre"


def test_a_text_over_32_kilobytes_tells_its_size_apart() -> None:
    long = b"\x1c\x02\x78\x80\x04" + (40_000).to_bytes(4, "big") + b"x" * 40_000

    assert len(Iptc([long + iptc((2, 25, b"boats"))]).text(CAPTION)) == 40_000
    assert Iptc([long + iptc((2, 25, b"boats"))]).texts(KEYWORDS) == ["boats"]


def test_what_comes_before_the_damage_counts() -> None:
    lying = iptc((2, 25, b"boats")) + b"\x1c\x02\x69\x70\x07Harbour"

    assert Iptc([lying]).texts(KEYWORDS) == ["boats"]
    assert Iptc([iptc((2, 25, b"boats")) + b"\0\0\0"]).texts(KEYWORDS) == ["boats"]
    assert Iptc([b"nonsense", b""]).texts(KEYWORDS) == []


def test_a_second_block_adds_what_the_first_lacks() -> None:
    result = Iptc([iptc((2, 25, b"boats")), iptc((2, 25, b"sea"), (2, 120, b"A ferry"))])

    assert (result.texts(KEYWORDS), result.text(CAPTION)) == (["boats"], "A ferry")


def test_blank_data_sets_and_what_follows_a_zero_count_for_nothing() -> None:
    blank = iptc((2, 25, b"\0" * 64), (2, 80, b"Agency\0\0\0\3\0\xf7\xef"), (2, 120, b"  "))

    result = Iptc([blank, iptc((2, 25, b"sea"), (2, 80, b"A. Writer"), (2, 120, b"A ferry"))])

    assert (result.texts(KEYWORDS), result.texts(BYLINE), result.text(CAPTION)) == (["sea"], ["Agency"], "A ferry")
