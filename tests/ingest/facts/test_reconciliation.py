"""Which source counts: the rules of the Metadata Working Group, and what lies beyond them."""

import hashlib

import pytest

from ingest.facts.facts import Facts
from ingest.facts.reconciliation import split_names
from ingest.facts.sidecar import Sidecar
from tests.ingest.facts.builders import bag, facts, iptc, jpeg, jpeg_with, resource, segment, tiff, xmp

EXIF = tiff({0x010E: b"by exif", 0x013B: b"E. Xif", 0x8298: b"(c) exif"})
XMP = xmp(
    "<dc:description>by xmp</dc:description><dc:rights>(c) xmp</dc:rights><dc:title>t xmp</dc:title>"
    + bag("dc:creator", "X. Mp")
    + bag("dc:subject", "k xmp"),
    "photoshop:Headline='h xmp' photoshop:Credit='c xmp' photoshop:City='Xmp City' photoshop:State='Xmp State' "
    "photoshop:Country='Xmp Land' photoshop:DateCreated='2001-01-01T10:00:00'",
)
IPTC = iptc(
    (2, 5, b"t iptc"), (2, 25, b"k iptc"), (2, 55, b"20020202"), (2, 80, b"I. Ptc"), (2, 90, b"Iptc City"),
    (2, 95, b"Iptc State"), (2, 101, b"Iptc Land"), (2, 105, b"h iptc"), (2, 110, b"c iptc"), (2, 116, b"(c) iptc"),
    (2, 120, b"by iptc"),
)  # fmt: skip


def with_digest(digest: bytes | None, *, packet: bytes = XMP, block: bytes = IPTC) -> Facts:
    resources = resource(0x0404, block) + (resource(0x0425, digest) if digest else b"")
    return facts(
        jpeg(
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet),
            segment(0xED, b"Photoshop 3.0\0" + resources),
        )
    )


def by(result: Facts) -> tuple[str, ...]:
    return (
        result.title, result.headline, result.description, *result.keywords, *result.creators, result.credit,
        result.rights,
        result.city, result.state, result.country, f"{result.taken_local:%Y}",
    )  # fmt: skip


BY_XMP = ("t xmp", "h xmp", "by xmp", "k xmp", "X. Mp", "c xmp", "(c) xmp", "Xmp City", "Xmp State", "Xmp Land", "2001")
BY_IPTC = (
    "t iptc", "h iptc", "by iptc", "k iptc", "I. Ptc", "c iptc", "(c) iptc", "Iptc City", "Iptc State", "Iptc Land",
    "2002",
)  # fmt: skip


def test_exif_counts_first_where_it_has_a_text() -> None:
    result = facts(jpeg_with(exif=EXIF, xmp=XMP, iptc=IPTC))

    assert (result.description, result.creators, result.rights) == ("by exif", ("E. Xif",), "(c) exif")
    assert (result.title, result.keywords) == ("t xmp", ("k xmp",))


def test_xmp_counts_more_than_iptc_without_a_checksum_or_with_the_right_one() -> None:
    assert by(with_digest(None)) == BY_XMP
    assert by(with_digest(hashlib.md5(IPTC, usedforsecurity=False).digest())) == BY_XMP


def test_iptc_counts_more_if_the_checksum_tells_that_it_was_changed_later() -> None:
    assert by(with_digest(b"\1" * 16)) == BY_IPTC


def test_iptc_that_is_only_the_beginning_of_xmps_text_counts_less_even_then() -> None:
    name, word = (
        "A. Photographer with a name longer than thirty-two characters",
        "a keyword of more than sixty-four characters, " * 2,
    )
    packet = xmp(bag("dc:creator", name) + bag("dc:subject", word))
    block = iptc((2, 80, name[:32].encode()), (2, 25, word[:64].encode()), (2, 25, b"new"))

    result = with_digest(b"\1" * 16, packet=packet, block=block)

    assert result.creators == (name,)
    assert result.keywords == (word.strip(), "new")


@pytest.mark.parametrize("block", [{"xmp": XMP}, {"iptc": IPTC}])
def test_what_only_one_has_counts(block: dict[str, bytes]) -> None:
    assert by(facts(jpeg_with(**block))) == (BY_XMP if "xmp" in block else BY_IPTC)


def test_a_sidecar_counts_more_than_the_file() -> None:
    result = facts(jpeg_with(exif=EXIF, iptc=IPTC), sidecars=[Sidecar("photo.xmp", XMP)])

    assert by(result) == BY_XMP


def test_the_closest_sidecar_counts_first() -> None:
    shared, own = (Sidecar(name, xmp(f"<dc:title>{name}</dc:title>")) for name in ("photo.xmp", "photo.jpg.xmp"))

    assert facts(jpeg_with(), name="photo.jpg", sidecars=[shared, own]).title == "photo.jpg.xmp"


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("A. Writer", ["A. Writer"]),
        ("A. Writer; B. Other", ["A. Writer", "B. Other"]),
        ('A. Writer; "Other; B."', ["A. Writer", "Other; B."]),
        ('"The ""Eye"""', ['The "Eye"']),
        ("Writer, A.", ["Writer, A."]),
        ("", []),
    ],
)
def test_several_names_in_one_text_are_told_apart(text: str, people: list[str]) -> None:
    assert split_names(text) == people


@pytest.mark.parametrize(
    ("packet", "photo", "stars"),
    [
        ("xmp:Rating='4'", {}, 4),
        ("xmp:Rating='-1'", {}, -1),
        ("xmp:Rating='0'", {}, 0),
        ("xmp:Rating='3.0'", {}, 3),
        ("xmp:Rating='99'", {}, None),
        ("", {0x4746: 4}, 4),
        ("", {0x4749: 75}, 4),
        ("", {0x4749: 99}, 5),
        ("", {0x4749: 1}, 1),
        ("", {0x4746: 99, 0x4749: 50}, 3),
        ("MicrosoftPhoto:Rating='25'", {}, 2),
        ("xmp:Rating='2'", {0x4746: 4}, 2),
        ("", {}, None),
    ],
)
def test_stars_come_in_several_currencies(packet: str, photo: dict[int, int], stars: int | None) -> None:
    assert facts(jpeg_with(xmp=xmp(attributes=packet), exif=tiff(photo) if photo else b"")).rating == stars


def test_a_path_is_written_from_its_widest_word_and_one_word_is_no_path() -> None:
    result = facts(jpeg_with(xmp=xmp(bag("lr:hierarchicalSubject", "space|moon|landing", " sea ", "a| |b", "|"))))

    assert result.keyword_paths == ("space > moon > landing", "a > b")
    assert result.keywords == ("sea",)


def test_the_place_shown_counts_more_than_that_of_the_camera() -> None:
    def place(name: str, city: str) -> str:
        return f"<Iptc4xmpExt:{name}><rdf:Bag><rdf:li Iptc4xmpExt:City='{city}'/></rdf:Bag></Iptc4xmpExt:{name}>"

    created = place("LocationCreated", "Camera")

    assert facts(jpeg_with(xmp=xmp(created + place("LocationShown", "Shown"), "photoshop:City='Old'"))).city == "Shown"
    assert facts(jpeg_with(xmp=xmp(created, "photoshop:City='Old'"))).city == "Old"
    assert facts(jpeg_with(xmp=xmp(created))).city == "Camera"


def test_terms_and_licence_are_kept_apart_from_the_notice() -> None:
    packet = xmp(
        "<xmpRights:UsageTerms>Ask first</xmpRights:UsageTerms>", "xmpRights:WebStatement='https://example.org/l'"
    )

    result = facts(jpeg_with(xmp=packet))

    assert (result.rights, result.usage_terms, result.web_statement) == ("", "Ask first", "https://example.org/l")


def test_texts_are_one_line_of_bounded_length() -> None:
    long = "x" * 30_000
    result = facts(jpeg_with(xmp=xmp(f"<dc:title>a\n\tb {long}</dc:title><dc:rights>{long}</dc:rights>")))

    assert result.title.startswith("a b x")
    assert (len(result.title), len(result.rights)) == (250, 2000)


def test_lists_are_of_bounded_length() -> None:
    words = [f"word {number}" for number in range(500)]

    assert len(facts(jpeg_with(xmp=xmp(bag("dc:subject", *words, *words)))).keywords) == 100
