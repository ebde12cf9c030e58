"""XMP in all its forms, and in the state that programs leave it."""

import pytest
from hypothesis import given, strategies as st

from ingest.facts.xmp import Xmp, coordinate
from tests.ingest.facts.builders import RDF, bag, xmp

TITLE = (
    "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Garten</rdf:li>"
    "<rdf:li xml:lang='x-default'>Garden</rdf:li></rdf:Alt></dc:title>"
)


@pytest.mark.parametrize(
    ("inner", "attributes"),
    [
        (TITLE, ""),
        ("<dc:title>Garden</dc:title>", ""),
        ("", "dc:title='Garden'"),
        ("<dc:title><rdf:Alt><rdf:li> </rdf:li><rdf:li>Garden</rdf:li></rdf:Alt></dc:title>", ""),
        ("<dc:title><rdf:li>Garden</rdf:li></dc:title>", ""),
        ("<dc:title rdf:parseType='Resource'><rdf:value>Garden</rdf:value></dc:title>", ""),
        ("<dc:title rdf:value='Garden'/>", ""),
    ],
)
def test_a_text_is_found_in_every_form(inner: str, attributes: str) -> None:
    assert Xmp([xmp(inner, attributes)]).text("dc:title") == "Garden"


@pytest.mark.parametrize("kind", ["Bag", "Seq", "Alt"])
def test_a_list_is_found_in_every_form(kind: str) -> None:
    assert Xmp([xmp(bag("dc:creator", "A. Writer", "", "B. Other", kind=kind))]).texts("dc:creator") == [
        "A. Writer",
        "B. Other",
    ]


@pytest.mark.parametrize(
    "inner",
    [
        "<{0}><rdf:Bag><rdf:li rdf:parseType='Resource'><Iptc4xmpExt:City>Bergen</Iptc4xmpExt:City></rdf:li></rdf:Bag>"
        "</{0}>",
        "<{0}><rdf:Bag><rdf:li Iptc4xmpExt:City='Bergen'/></rdf:Bag></{0}>",
        "<{0}><rdf:Bag><rdf:li><rdf:Description Iptc4xmpExt:City='Bergen'/></rdf:li></rdf:Bag></{0}>",
        "<{0} rdf:parseType='Resource'><Iptc4xmpExt:City>Bergen</Iptc4xmpExt:City></{0}>",
        "<{0} Iptc4xmpExt:City='Bergen'/>",
        "<{0}><rdf:Bag><rdf:li><rdf:Description><Iptc4xmpExt:City><rdf:Alt><rdf:li>Bergen</rdf:li></rdf:Alt>"
        "</Iptc4xmpExt:City></rdf:Description></rdf:li></rdf:Bag></{0}>",
    ],
)
def test_a_structure_is_found_in_every_form(inner: str) -> None:
    packet = Xmp([xmp(inner.format("Iptc4xmpExt:LocationShown"))])

    assert packet.structure("Iptc4xmpExt:LocationShown")["Iptc4xmpExt:City"] == "Bergen"


GARDEN = xmp("<dc:title>Gärten</dc:title>")
LATIN = GARDEN.decode().encode("latin-1")


@pytest.mark.parametrize(
    "packet",
    [
        GARDEN,
        b"\xef\xbb\xbf" + GARDEN,
        b"\0" * 10 + GARDEN + b"\0" * 10,
        b"<?xpacket begin='\xef\xbb\xbf' id='x'?>" + GARDEN + b" " * 2000 + b"<?xpacket end='w'?>",
        b"<?xml version='1.0' encoding='UTF-16'?>" + GARDEN,
        b"<?xml version='1.0' encoding='no such'?>" + GARDEN,
        LATIN,
        GARDEN.decode().encode("utf-16"),
        GARDEN.decode().encode("utf-16-le"),
        GARDEN.decode().encode("utf-16-be"),
        GARDEN.decode().encode("utf-32"),
        GARDEN.decode().encode("utf-32-be"),
        b"\n\n" + GARDEN.decode().encode("utf-16-be"),
        GARDEN + b"trailing <garbage",
        GARDEN + b"</x:xmpmeta>",
        GARDEN[: GARDEN.index(b"</rdf:Description>")],
        GARDEN[: GARDEN.index(b"</rdf:Description>")] + b"<unclosed",
        xmp("<dc:title>Gärten</dc:title>", bare=True),
        "<rdf:Description dc:title='Gärten'/>".encode(),
        f"<rdf:RDF xmlns:rdf='{RDF}'><rdf:Description dc:title='Gärten'/></rdf:RDF>".encode(),
        "<rdf:Description foo:bar='1' dc:title='Gärten'/>".encode(),
        "<rdf:Description><foo:bar/><dc:title>Gärten</dc:title></rdf:Description>".encode(),
        "<x:xapmeta xmlns:x='adobe:ns:meta/'><rdf:Description dc:title='G\x01ärten'/></x:xapmeta>".encode(),
        b"http://ns.adobe.com/xap/1.0/\0" + GARDEN,
    ],
)
def test_a_packet_is_read_as_far_as_it_is_sound(packet: bytes) -> None:
    assert Xmp([packet]).text("dc:title").replace(" ", "") == "Gärten"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"not xml",
        b"<x:xmpmeta",
        b"\xff\xfe\0",
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a xmlns:dc="x"><dc:title>&d;</dc:title></a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><rdf:Description><dc:title>&b;</dc:title></rdf:Description>',
    ],
)
def test_a_damaged_or_hostile_packet_is_nothing(packet: bytes) -> None:
    assert Xmp([packet]).text("dc:title") == ""


def test_what_is_said_of_another_photo_is_passed_over() -> None:
    other = "<rdf:Description><dc:title>Other</dc:title></rdf:Description>"
    pantry = f"<xmpMM:Pantry><rdf:Bag><rdf:li>{other}</rdf:li></rdf:Bag></xmpMM:Pantry>"

    assert Xmp([xmp(pantry + "<dc:title>Own</dc:title>")]).text("dc:title") == "Own"
    assert Xmp([xmp(pantry)]).text("dc:title") == ""


@pytest.mark.parametrize(
    ("inner", "paths"),
    [
        (bag("lr:hierarchicalSubject", "space|moon|landing"), [("space", "moon", "landing")]),
        (bag("digiKam:TagsList", "space/moon", "sea"), [("space", "moon"), ("sea",)]),
        (bag("MicrosoftPhoto:LastKeywordXMP", "space/moon"), [("space", "moon")]),
        (
            "<mwg-kw:Keywords rdf:parseType='Resource'><mwg-kw:Hierarchy><rdf:Bag><rdf:li rdf:parseType='Resource'>"
            "<mwg-kw:Keyword>space</mwg-kw:Keyword><mwg-kw:Children><rdf:Bag>"
            "<rdf:li rdf:parseType='Resource'><mwg-kw:Keyword>moon</mwg-kw:Keyword></rdf:li>"
            "<rdf:li><rdf:Description mwg-kw:Keyword='sun'/></rdf:li>"
            "</rdf:Bag></mwg-kw:Children></rdf:li></rdf:Bag></mwg-kw:Hierarchy></mwg-kw:Keywords>",
            [("space", "moon"), ("space", "sun")],
        ),
    ],
)
def test_keywords_that_say_where_they_belong_are_paths(inner: str, paths: list[tuple[str, ...]]) -> None:
    assert list(Xmp([xmp(inner)]).paths()) == paths


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("60,16.2N", 60.27),
        ("60,16,12N", 60.27),
        ("60,16.2S", -60.27),
        ("8,46.2W", -8.77),
        ("60.27", 60.27),
        ("-8.77", -8.77),
        ("60.27 N", 60.27),
        ("60°16'12\"N", 60.27),
        ("91,0N", None),
        ("north", None),
        ("", None),
    ],
)
def test_coordinates_are_read_as_programs_write_them(text: str, degrees: float | None) -> None:
    assert coordinate(text, 90) == degrees


def test_numbers_may_be_fractions() -> None:
    packet = Xmp([xmp(attributes="exif:FNumber='28/10' exif:ExposureTime='1/0' xmp:Rating='-1'")])

    assert (packet.number("exif:FNumber"), packet.number("exif:ExposureTime")) == (2.8, None)
    assert packet.number("xmp:Rating") == -1


def test_the_first_packet_that_has_a_property_tells_it() -> None:
    packet = Xmp([xmp("<dc:title>One</dc:title>"), xmp(TITLE, "photoshop:City='Bergen'")])

    assert (packet.text("dc:title"), packet.text("photoshop:City")) == ("One", "Bergen")


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_have_an_answer(packet: bytes) -> None:
    result = Xmp([packet, b"<rdf:Description><dc:title>" + packet])
    result.text("dc:title")
    result.location()
    list(result.paths())


def test_an_undeclared_namespace_costs_nothing_where_others_are_declared() -> None:
    inner = f"<lost:DocumentID>uuid:1</lost:DocumentID><own:x xmlns:own='urn:own'>y</own:x>{TITLE}"

    assert Xmp([xmp(inner)]).text("dc:title") == "Garden"
    assert Xmp([xmp(TITLE, "lost:face='3'")]).text("dc:title") == "Garden"
