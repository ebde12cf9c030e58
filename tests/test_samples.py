"""The sample photographs are real files, each with its author and licence on record."""

import re
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

SAMPLES = Path(__file__).parent.parent / "samples"
ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|(?P<rest>.*)\|$", re.MULTILINE)
COLUMNS = 6
FREE = ("CC0: ", "Public domain: ")

pillow_heif.register_heif_opener()


def photos() -> list[str]:
    """Paths of all sample photos, relative to the folder and with forward slashes."""
    files = (path for path in SAMPLES.rglob("*") if path.is_file() and path.name != "README.md")
    return sorted(path.relative_to(SAMPLES).as_posix() for path in files)


def rows() -> list[list[str]]:
    """The README's table, one list of cells per photo."""
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    return [[row["file"], *(cell.strip() for cell in row["rest"].split("|"))] for row in ROW.finditer(text)]


def exif(photo: str) -> Image.Exif:
    with Image.open(SAMPLES / photo) as image:
        return image.getexif()


def test_every_photo_has_one_row_and_every_row_a_photo() -> None:
    assert sorted(row[0] for row in rows()) == photos()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_is_complete_and_names_a_free_licence(row: list[str]) -> None:
    assert len(row) == COLUMNS
    assert all(row)
    assert row[4].startswith(FREE)


def test_there_are_enough_and_they_stay_small() -> None:
    assert len(photos()) >= 12
    assert sum((SAMPLES / photo).stat().st_size for photo in photos()) < 6_000_000


@pytest.mark.parametrize("photo", photos())
def test_every_photo_decodes(photo: str) -> None:
    with Image.open(SAMPLES / photo) as image:
        image.load()

    assert min(image.size) >= 200


def test_some_know_when_and_where_and_some_lie_on_their_side() -> None:
    facts = [exif(photo) for photo in photos()]

    assert sum(Base.DateTimeOriginal in fact.get_ifd(IFD.Exif) for fact in facts) >= 3
    assert sum(bool(fact.get_ifd(IFD.GPSInfo)) for fact in facts) >= 3
    assert {6, 8} <= {fact.get(Base.Orientation) for fact in facts}


def test_they_come_in_the_formats_people_have() -> None:
    assert {Path(photo).suffix.lower() for photo in photos()} >= {".jpg", ".png", ".webp", ".heic"}
