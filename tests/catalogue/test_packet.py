"""What a photo's packet says, and what becomes of the one that a file has."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue.export.xmp.packet import UnreadablePacket, merged_packet, new_packet
from catalogue.export.xmp.properties import Property, properties_of
from shared.photo import Photo
from tests.catalogue.export_photos import full_photo
from tests.catalogue.files import XMP


def packet(photo: Photo, own: bytes | None = None) -> str:
    properties = properties_of(photo, model="vision")
    return (merged_packet(own, properties) if own else new_packet(properties)).decode()


def own_packet(*properties: Property) -> bytes:
    return new_packet(properties)


def test_words_of_a_model_are_marked_until_somebody_reviews_them() -> None:
    photo = full_photo()

    assert "AI (vision), not reviewed" in packet(photo)
    assert "<rdf:li>dc:title</rdf:li>" in packet(photo)
    for reviewed in (
        replace(photo, reviewed=True),
        replace(photo, sources=[f"{name}:person" for name in ("title", "caption", "alt_text", "tags")]),
    ):
        assert "not reviewed" not in packet(reviewed)
        assert "cwyp:Unreviewed" not in packet(reviewed)


def test_a_mark_from_an_earlier_export_goes_when_the_words_are_reviewed() -> None:
    photo = full_photo()

    assert "cwyp:Unreviewed" not in packet(replace(photo, reviewed=True), packet(photo).encode())


def test_what_a_file_says_counts_more_than_a_model_and_a_person_more_than_both() -> None:
    photo = full_photo(embedded_title="By the file", embedded_description="It says so")

    assert "By the file" in packet(photo)
    assert "<rdf:li>dc:description</rdf:li>" not in packet(photo)
    assert "Dogs &amp; &lt;cats&gt;" in packet(replace(photo, sources=["title:person"]))


def test_nothing_says_that_the_photo_is_generated() -> None:
    assert "AISystem" not in packet(full_photo())
    assert "DigitalSourceType" not in packet(full_photo())


def test_the_rest_of_a_files_packet_stays_with_its_prefixes() -> None:
    merged = packet(full_photo(), XMP)

    assert 'crs:Exposure2012="+0.50"' in merged
    assert "<own:note>left &amp; right</own:note>" in merged
    assert "Ein alter Titel" in merged
    assert "An old title" not in merged
    assert 'xmp:Rating="1"' not in merged


@pytest.mark.parametrize(
    ("theirs", "facts", "stays"),
    [
        (Property("dc:rights", "alternatives", ["x" * 400]), {"rights": "x" * 300}, "x" * 400),
        (Property("dc:rights", "alternatives", ["Nobody"]), {"rights": "Ada"}, ""),
        (Property("photoshop:DateCreated", "text", ["2024-05-01T10:11:12.34-05:00"]), {}, "12.34"),
        (Property("exif:GPSLatitude", "text", ["41,54.1N"]), {}, "41,54.1N"),
        (Property("dc:creator", "sequence", ["Ada Lovelace", "Émile Zola"]), {}, "Ada Lovelace"),
        (Property("dc:subject", "bag", ["something else"]), {}, ""),
        (Property("photoshop:Credit", "text", ["Old"]), {"credit": "", "sources": ["credit:person"]}, ""),
        (Property("photoshop:Credit", "text", ["Old"]), {"credit": ""}, "Old"),
        (
            Property("Iptc4xmpExt:LocationShown", "place", fields={"Iptc4xmpExt:City": "Rom"}),
            {},
            "<Iptc4xmpExt:City>Rom</Iptc4xmpExt:City>",
        ),
        (
            Property("Iptc4xmpExt:LocationShown", "place", fields={"Iptc4xmpExt:City": "Rom"}),
            {"sources": ["city:person"]},
            "",
        ),
    ],
)
def test_a_file_keeps_what_says_the_same_or_more(theirs: Property, facts: dict[str, Any], stays: str) -> None:
    own = own_packet(theirs)

    merged = packet(full_photo(**facts), own)

    if stays:
        assert stays in merged
    else:
        value = (*theirs.values, *(theirs.fields or {}).values())[0]
        assert f">{value}<" not in merged


def test_a_packet_in_another_encoding_or_without_a_description_is_read() -> None:
    text = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'

    for own in (text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode() + b"\0\0"):
        assert "Dogs on a wall" in packet(full_photo(), own)


@pytest.mark.parametrize("own", [b"", b"<a/>", b"\xff\xfeX", b"\xff", b"<a><b></a>", b'<!DOCTYPE a SYSTEM "x"><a/>'])
def test_what_is_no_packet_is_not_merged(own: bytes) -> None:
    with pytest.raises(UnreadablePacket):
        merged_packet(own, properties_of(full_photo()))


def test_what_xml_cannot_write_is_left_out() -> None:
    text = packet(full_photo(title="a\x00b\rc", credit="\x01"))

    assert "ab&#13;c" in text
    assert "photoshop:Credit" not in text


@pytest.mark.parametrize(
    ("taken", "precision", "date"),
    [("1969-01-01T00:00:00", "year", "1969"), ("1969-07-01T00:00:00", "month", "1969-07"), (None, None, None)],
)
def test_a_date_is_written_as_far_as_it_is_known(taken: str | None, precision: str | None, date: str | None) -> None:
    text = packet(full_photo(taken_local=taken, taken_precision=precision, location=None))

    assert (f"<photoshop:DateCreated>{date}</photoshop:DateCreated>" in text) == (date is not None)
    assert "LocationCreated" not in text
