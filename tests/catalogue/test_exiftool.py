"""exiftool reads what we wrote, in every format, and its values are those of the photo."""

import json
from pathlib import Path
from typing import Any

from catalogue.export.embed.formats import embed_packet
from catalogue.export.embed.pieces import write_pieces
from catalogue.export.xmp.packet import merged_packet, new_packet
from catalogue.export.xmp.properties import properties_of
from shared.catalogue.definition import parse_catalogue
from shared.catalogue.in_force import put_in_force
from shared.photo import Photo
from tests.catalogue.exiftool_reader import read_tags
from tests.catalogue.export_photos import full_photo
from tests.catalogue.files import XMP, picture

PLACE = {"City": "Rome", "ProvinceState": "Lazio", "CountryName": "Italy"}
EXPECTED: dict[str, Any] = {
    "XMP-dc:Title": "Dogs & <cats>",
    "XMP-dc:Description": 'Two dogs, and "cats" — on a wall.\nIt rains.',
    "XMP-iptcCore:AltTextAccessibility": "Dogs on a wall",
    "XMP-iptcCore:ExtDescrAccessibility": 'Two dogs, and "cats" — on a wall.\nIt rains.',
    "XMP-dc:Subject": ["dog", "Städte", "wall; old"],
    "XMP-lr:HierarchicalSubject": ["places|Italy|Rome"],
    "XMP-dc:Creator": ["Ada Lovelace", "Émile Zola"],
    "XMP-photoshop:Credit": "Photos & Co",
    "XMP-dc:Rights": "© 2024 Ada",
    "XMP-xmpRights:UsageTerms": "No resale",
    "XMP-xmp:Rating": 4,
    "XMP-photoshop:DateCreated": "2024:05:01 10:11:12-05:00",
    "XMP-photoshop:City": "Rome",
    "XMP-photoshop:State": "Lazio",
    "XMP-photoshop:Country": "Italy",
    "XMP-exif:GPSLatitude": 41.9028,
    "XMP-exif:GPSLongitude": -12.4964,
    "XMP-iptcExt:LocationShown": [PLACE],
    "XMP-iptcExt:LocationCreated": [{**PLACE, "GPSLatitude": 41.9028, "GPSLongitude": -12.4964}],
    "XMP-iptcExt:PersonInImage": ["Ada Lovelace"],
    "XMP-photoshop:CaptionWriter": "AI (vision), not reviewed",
}


def test_exiftool_reads_every_property_of_a_sidecar_and_of_every_format(tmp_path: Path) -> None:
    photo = full_photo()
    formats = {
        "jpeg": picture(),
        "png": picture("PNG"),
        "webp": picture("WEBP"),
        "tiff": picture("TIFF"),
    }
    files = [tmp_path / "sidecar.xmp", *(tmp_path / f"photo.{name}" for name in formats)]
    files[0].write_bytes(new_packet(properties_of(photo, model="vision")))
    for file, (name, data) in zip(files[1:], formats.items(), strict=True):
        file.write_bytes(described(data, name, photo))

    for tags in read_tags(*files):
        assert {name: tags.get(name) for name in EXPECTED} == EXPECTED
        assert "ExifTool:Warning" not in tags, tags


def test_exiftool_still_reads_what_others_wrote_into_a_file(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(described(picture(xmp=XMP), "jpeg", full_photo(title="New", rating=None)))

    [tags] = read_tags(file)

    assert tags["XMP-dc:Title"] == "New"
    assert tags["XMP-dc:Title-de"] == "Ein alter Titel"
    assert tags["XMP-crs:Exposure2012"] == "+0.50"
    assert tags["XMP-own:Note"] == "left & right"
    assert tags["XMP-xmp:Rating"] == 1


def described(data: bytes, format_: str, photo: Photo) -> bytes:
    """The file with the photo's metadata in it."""
    properties = properties_of(photo, model="vision")
    pieces = embed_packet(
        data, format_, lambda packet: merged_packet(packet, properties) if packet else new_packet(properties)
    )
    return b"".join(write_pieces(pieces, data))


OWN_FIELDS = [
    {"name": "product_type", "type": "choice", "values": ["bag", "hat"], "instruction": "What is it?"},
    {"name": "materials", "type": "multi-choice", "values": ["leather & suede", "wool"]},
    {"name": "article", "type": "string"},
    {"name": "price", "type": "number"},
    {"name": "weight", "type": "number"},
    {"name": "listed", "type": "date"},
    {"name": "sold", "type": "yes/no"},
    {"name": "unknown", "type": "string"},
]
OWN_VALUES: dict[str, Any] = {
    "product_type": "bag",
    "materials": ["leather & suede", "wool"],
    "article": "QX <4711>",
    "price": 12.5,
    "weight": 80.0,
    "listed": "2024-05-31",
    "sold": True,
}


def test_exiftool_reads_the_fields_of_a_library(tmp_path: Path) -> None:
    put_in_force(parse_catalogue(json.dumps({"fields": OWN_FIELDS}).encode()))
    photo = full_photo(custom=OWN_VALUES, sources=["fields.article:person"])
    files = [tmp_path / "sidecar.xmp", tmp_path / "photo.jpg"]
    files[0].write_bytes(new_packet(properties_of(photo)))
    files[1].write_bytes(described(picture(), "jpeg", photo))

    for tags in read_tags(*files):
        own = {name.partition(":")[2]: value for name, value in tags.items() if name.startswith("XMP-cwypField:")}
        assert own == {
            "Product_type": "bag",
            "Materials": ["leather & suede", "wool"],
            "Article": "QX <4711>",
            "Price": 12.5,
            "Weight": 80,
            "Listed": "2024-05-31",
            "Sold": True,
        }
        assert "cwypField:product_type" in tags["XMP-cwyp:Unreviewed"]
        assert "cwypField:article" not in tags["XMP-cwyp:Unreviewed"]


def test_a_field_of_an_earlier_export_that_was_emptied_by_a_person_goes(tmp_path: Path) -> None:
    put_in_force(parse_catalogue(json.dumps({"fields": OWN_FIELDS}).encode()))
    before = new_packet(properties_of(full_photo(custom=OWN_VALUES)))

    after = merged_packet(before, properties_of(full_photo(custom={"price": 7}, sources=["fields.article:person"])))

    (tmp_path / "a.xmp").write_bytes(after)
    [tags] = read_tags(tmp_path / "a.xmp")
    assert "XMP-cwypField:Article" not in tags
    assert tags["XMP-cwypField:Price"] == 7
