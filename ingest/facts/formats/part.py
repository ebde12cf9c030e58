"""One piece of metadata as a file holds it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["exif", "exif_ifd", "gps_ifd", "xmp", "iptc", "photoshop", "comment", "text"]
LARGEST = 16_000_000  # bytes of any one block: nothing that people write is larger
MOST_STEPS = 200_000  # pieces that are looked at to find the blocks of one file


@dataclass(frozen=True, slots=True)
class Part:
    """
    A block and its kind.

    `exif` is a TIFF structure, whose first directory is the photo's; in `exif_ifd` and `gps_ifd` it is that of
    EXIF or GPS. `photoshop` is a list of Photoshop resources, `text` a PNG text chunk with its `keyword`.
    """

    kind: Kind
    data: bytes
    keyword: str = ""
