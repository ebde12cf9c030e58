"""JPEG's segments, whole, in pieces and broken."""

import hashlib

from tests.ingest.facts.builders import facts, iptc, jpeg, resource, segment, tiff, xmp

CREATOR = iptc((2, 80, b"A. Writer"))


def test_photoshops_resources_may_go_over_several_segments() -> None:
    block = resource(0x03ED, b"\0" * 30) + resource(0x0404, CREATOR)
    halves = [segment(0xED, b"Photoshop 3.0\0" + part) for part in (block[:50], block[50:])]

    assert facts(jpeg(*halves)).creators == ("A. Writer",)


def test_exif_may_go_over_several_segments() -> None:
    block = tiff({0x010E: b"A crane at the second berth", 0x013B: b"A. Writer"})
    halves = [segment(0xE1, b"Exif\0\0" + part) for part in (block[:60], block[60:])]

    result = facts(jpeg(*halves))

    assert (result.description, result.creators) == ("A crane at the second berth", ("A. Writer",))


def test_two_blocks_of_exif_complete_each_other() -> None:
    blocks = [segment(0xE1, b"Exif\0\0" + tiff({tag: text})) for tag, text in ((0x010E, b"A crane"), (0x013B, b"B. W"))]

    result = facts(jpeg(*blocks))

    assert (result.description, result.creators) == ("A crane", ("B. W",))


def test_extended_xmp_counts_if_the_main_packet_names_it() -> None:
    extension = xmp("<dc:title>Long</dc:title>")
    digest = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    main = xmp(attributes=f"xmlns:xmpNote='http://ns.adobe.com/xmp/note/' xmpNote:HasExtendedXMP='{digest.decode()}'")
    size = len(extension).to_bytes(4, "big")
    head = b"http://ns.adobe.com/xmp/extension/\0"
    pieces = [
        segment(0xE1, head + digest + size + start.to_bytes(4, "big") + extension[start : start + 100])
        for start in reversed(range(0, len(extension), 100))
    ]

    def title(packet: bytes) -> str:
        return facts(jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet), *pieces)).title

    assert title(main) == "Long"
    assert title(xmp()) == ""


def test_bytes_between_segments_are_passed_over() -> None:
    packet = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp("<dc:title>Lake</dc:title>"))

    assert facts(jpeg(b"\0junk\0", packet)).title == "Lake"
    assert facts(jpeg(b"\xff\xff\xff", packet)).title == "Lake"


def test_a_comment_is_a_description_if_somebody_wrote_it() -> None:
    assert facts(jpeg(segment(0xFE, b"Roses in June"))).description == "Roses in June"
    assert facts(jpeg(segment(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90"))).description == ""


def test_resources_alone_and_with_other_signatures_are_read() -> None:
    for block in (CREATOR, resource(0x0404, CREATOR, b"PHUT"), resource(0x0404, CREATOR, b"AgHg")):
        assert facts(jpeg(segment(0xED, b"Photoshop 3.0\0" + block))).creators == ("A. Writer",)


def test_photoshops_iptc_counts_more_than_one_within_exif() -> None:
    inner = tiff({0x83BB: bytearray(iptc((2, 80, b"Agency"), (2, 105, b"Ferries")))})
    data = jpeg(segment(0xE1, b"Exif\0\0" + inner), segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, CREATOR)))

    assert (facts(data).creators, facts(data).headline) == (("A. Writer",), "Ferries")
