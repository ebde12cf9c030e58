"""What people wrote into the file is kept, from XMP and from IPTC; damage is the same as nothing."""

import io

import pytest
from PIL import Image as Pillow

from ingest.metadata import EmbeddedMetadata, read_metadata

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Grandma's garden</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Roses  in
June</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>roses</rdf:li><rdf:li>family</rdf:li><rdf:li>roses</rdf:li></rdf:Bag></dc:subject>
<dc:creator><rdf:Seq><rdf:li>A. Writer</rdf:li><rdf:li>B. Other</rdf:li></rdf:Seq></dc:creator>
<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang="x-default">Ask first</rdf:li></rdf:Alt></xmpRights:UsageTerms>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def read(data: bytes) -> EmbeddedMetadata:
    return read_metadata(Pillow.open(io.BytesIO(data)))


def jpeg(**options: bytes) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (16, 16)).save(out, "JPEG", **options)
    return out.getvalue()


def with_iptc(*sets: tuple[int, int, bytes]) -> bytes:
    """A JPEG with these IPTC data sets in a Photoshop block, as programs write them."""
    body = b"".join(
        bytes([0x1C, record, number]) + len(text).to_bytes(2, "big") + text for record, number, text in sets
    )
    block = b"8BIM\x04\x04\x00\x00" + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)
    segment = b"Photoshop 3.0\0" + block
    plain = jpeg()
    return plain[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:]


def test_xmp_is_read() -> None:
    metadata = read(jpeg(xmp=XMP.encode()))

    assert metadata == EmbeddedMetadata(
        title="Grandma's garden",
        description="Roses in June",
        keywords=("roses", "family"),
        creator="A. Writer, B. Other",
        rights="Ask first",
    )


def test_iptc_is_read_where_there_is_no_xmp() -> None:
    sets = [
        (2, 105, b"Harbour"),
        (2, 120, "Fähre am Abend".encode()),
        (2, 25, b"boats"),
        (2, 25, b"sea"),
        (2, 80, b"C. Third"),
        (2, 80, b"D. Fourth"),
    ]

    metadata = read(with_iptc(*sets, (2, 116, "© somebody".encode("latin-1"))))

    assert (metadata.title, metadata.description, metadata.keywords) == ("Harbour", "Fähre am Abend", ("boats", "sea"))
    assert (metadata.creator, metadata.rights) == ("C. Third, D. Fourth", "© somebody")


@pytest.mark.parametrize(
    "packet",
    [
        b"not xml",
        b"<x:xmpmeta",
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_a_damaged_or_hostile_packet_is_nothing(packet: bytes) -> None:
    assert read(jpeg(xmp=packet) if packet else jpeg()) == EmbeddedMetadata()


def test_a_block_that_lies_about_its_length_is_nothing() -> None:
    lying = with_iptc((2, 105, b"Harbour")).replace(b"\x1c\x02\x69\x00\x07", b"\x1c\x02\x69\x70\x07")

    assert read(lying).title in {"", "Harbour"}


def test_a_text_without_end_is_cut() -> None:
    assert len(read(jpeg(xmp=XMP.replace("Ask first", "x" * 60_000).encode())).rights) <= 2000


def test_xmp_wins_over_iptc_field_by_field() -> None:
    partly = XMP.replace("<dc:title>", "<dc:other>").replace("</dc:title>", "</dc:other>")
    block = with_iptc((2, 105, b"Harbour"), (2, 120, b"By the sea"))
    plain, marked = jpeg(), jpeg(xmp=partly.encode())
    app1 = marked[marked.index(b"\xff\xe1") :][: int.from_bytes(marked[marked.index(b"\xff\xe1") + 2 :][:2], "big") + 2]
    assert plain[:2] == block[:2]

    metadata = read(block[:2] + app1 + block[2:])

    assert (metadata.title, metadata.description) == ("Harbour", "Roses in June")


def test_the_rights_of_dublin_core_come_first() -> None:
    both = XMP.replace(
        "<xmpRights:UsageTerms>",
        "<dc:rights><rdf:Alt><rdf:li>Mine</rdf:li></rdf:Alt></dc:rights><xmpRights:UsageTerms>",
    )

    assert read(jpeg(xmp=both.encode())).rights == "Mine"


def test_a_declared_character_set_is_used_where_utf8_does_not_fit() -> None:
    declared = with_iptc((1, 90, b"\x1b%G"), (2, 105, b"F\xe4hre"))
    undeclared = with_iptc((2, 105, b"F\xe4hre"))

    assert read(declared).title == "F\ufffdhre"
    assert read(undeclared).title == "Fähre"


def test_no_more_than_fifty_keywords_are_kept() -> None:
    sets = [(2, 25, f"word {number}".encode()) for number in range(60)]

    assert read(with_iptc(*sets)).keywords == tuple(f"word {number}" for number in range(50))


@pytest.mark.parametrize("error", [SyntaxError("odd"), MemoryError()], ids=repr)
def test_a_block_that_the_decoder_chokes_on_is_nothing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("ingest.metadata.IptcImagePlugin.getiptcinfo", fail)

    if isinstance(error, MemoryError):
        with pytest.raises(MemoryError):
            read(jpeg())
    else:
        assert read(jpeg()) == EmbeddedMetadata()


def test_odd_characters_become_single_spaces() -> None:
    assert read(with_iptc((2, 105, b"a\x07\tb  c"))).title == "a b c"
