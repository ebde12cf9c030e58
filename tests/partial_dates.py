"""Photos of which no more is known than a year, a month or a day of 1969, and one to the second."""

from PIL import Image

from tests.ingest.facts.builders import xmp
from tests.world import picture

YEAR, YEAR_BY_EXIF = "partial/year.jpg", "partial/year by EXIF.jpg"
MONTH, FIRST_OF_JULY, JANUARY = "partial/month.jpg", "partial/first of July.jpg", "partial/January.jpg"


def files() -> dict[str, bytes]:
    """The files by their paths. Zeros stand for what EXIF does not know."""
    return {
        YEAR: _with_xmp(721, "1969"),
        YEAR_BY_EXIF: _with_exif(722, "1969:00:00 00:00:00"),
        MONTH: _with_exif(723, "1969:07:00 00:00:00"),
        FIRST_OF_JULY: _with_xmp(724, "1969-07-01"),
        JANUARY: _with_exif(725, "1969:01:15 12:00:00"),
    }


def _with_exif(seed: int, date: str) -> bytes:
    exif = Image.Exif()
    exif[0x8769] = {0x9003: date}
    return picture(seed, exif=exif)


def _with_xmp(seed: int, date: str) -> bytes:
    """A JPEG with a packet of XMP in its first segment."""
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp(attributes=f"photoshop:DateCreated='{date}'")
    jpeg = picture(seed)
    return jpeg[:2] + b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet + jpeg[2:]
