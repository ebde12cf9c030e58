"""
`python -m local.shop_photos DIR` draws the product photos that the story of a shop is told with.

Each shows one article in one colour, with its number on a label; the pictures are the same every time. The two
photographers of the shop sign in different ways, one in EXIF and one in IPTC, and some pictures are not signed. All
articles are in folders by their kind but the last ten, umbrellas which nobody has sorted. The pictures are free
(CC0 1.0).
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont
from PIL.ExifTags import IFD, Base

WIDTH, HEIGHT = 640, 480
UNSORTED = 10
UNSORTED_FOLDER = "new"
PAPER, INK = (246, 244, 240), (24, 24, 26)
COLOURS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"red": (200, 36, 40), "blue": (36, 84, 200), "green": (40, 150, 70), "yellow": (236, 208, 40)}
)
CREATORS = {"exif": "Ada Example", "iptc": "Bo Sample", "": ""}
RIGHTS = "The Corner Shop"
BYLINE, COPYRIGHT, PHOTOSHOP_IPTC = 80, 116, 0x0404
Shape = Callable[[ImageDraw.ImageDraw, tuple[int, int, int]], None]


@dataclass(frozen=True)
class Product:
    """An article: its kind and colour, the `number` on its label, and where its photo lies."""

    kind: str
    colour: str
    number: str
    folder: str
    signed_in: str

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.number}.jpg"


def products(count: int) -> list[Product]:
    """So many articles, of every kind and colour in turn, and at the end ten umbrellas that are not sorted."""
    kinds = list(SHAPES)
    ordered = [kinds[number % len(kinds)] for number in range(count - UNSORTED)]
    return [
        *(_product(number, kind, kind) for number, kind in enumerate(ordered, 1)),
        *(_product(number, "umbrella", UNSORTED_FOLDER) for number in range(count - UNSORTED + 1, count + 1)),
    ]


def _product(number: int, kind: str, folder: str) -> Product:
    colour = list(COLOURS)[number // len(SHAPES) % len(COLOURS)]
    return Product(kind, colour, f"{kind[:3].upper()}-{number:04}", folder, list(CREATORS)[number % len(CREATORS)])


def draw(product: Product) -> Image.Image:
    """The picture of an article."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    canvas = ImageDraw.Draw(image)
    SHAPES[product.kind](canvas, COLOURS[product.colour])
    canvas.text((WIDTH // 2, HEIGHT - 42), product.number, INK, ImageFont.load_default(40), anchor="mm")
    return image


def _draw_mug(canvas: ImageDraw.ImageDraw, colour: tuple[int, int, int]) -> None:
    canvas.ellipse((370, 150, 500, 300), outline=colour, width=26)
    canvas.rounded_rectangle((180, 90, 430, 380), 28, colour)
    canvas.ellipse((180, 68, 430, 116), _darker(colour))


def _draw_shirt(canvas: ImageDraw.ImageDraw, colour: tuple[int, int, int]) -> None:
    body = [(220, 70), (420, 70), (560, 160), (500, 230), (440, 190), (440, 390), (200, 390), (200, 190)]
    canvas.polygon([*body, (140, 230), (80, 160)], colour)
    canvas.pieslice((270, 30, 370, 110), 0, 180, PAPER)


def _draw_bag(canvas: ImageDraw.ImageDraw, colour: tuple[int, int, int]) -> None:
    canvas.arc((240, 40, 400, 240), 180, 360, _darker(colour), 22)
    canvas.polygon([(150, 140), (490, 140), (530, 390), (110, 390)], colour)


def _draw_clock(canvas: ImageDraw.ImageDraw, colour: tuple[int, int, int]) -> None:
    canvas.ellipse((155, 60, 485, 390), PAPER, colour, 70)
    canvas.line((320, 225, 320, 150), INK, 12)
    canvas.line((320, 225, 385, 225), INK, 12)


def _draw_umbrella(canvas: ImageDraw.ImageDraw, colour: tuple[int, int, int]) -> None:
    canvas.line((320, 200, 320, 350), INK, 12)
    canvas.arc((260, 320, 326, 390), 0, 180, INK, 12)
    canvas.pieslice((80, 50, 560, 430), 180, 360, colour)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {"mug": _draw_mug, "shirt": _draw_shirt, "bag": _draw_bag, "clock": _draw_clock, "umbrella": _draw_umbrella}
)


def _darker(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (part * 3 // 4 for part in colour)
    return red, green, blue


def exif(product: Product) -> Image.Exif:
    """The EXIF block of a photo: the day it was taken and, of one photographer, the name."""
    block = Image.Exif()
    day = int(product.number[-4:]) % 28 + 1
    block.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = f"2026:03:{day:02} 10:00:00"
    if product.signed_in == "exif":
        block[Base.Artist] = CREATORS["exif"]
        block[Base.Copyright] = RIGHTS
    return block


def iptc_segment(product: Product) -> bytes:
    """The IPTC block of the other photographer's photos, as a segment of a JPEG."""
    if product.signed_in != "iptc":
        return b""
    sets = {BYLINE: CREATORS["iptc"], COPYRIGHT: RIGHTS}
    block = b"".join(bytes((0x1C, 2, key)) + _sized(text.encode(), 2) for key, text in sets.items())
    padded = _sized(block, 4) + b"\0" * (len(block) % 2)
    content = b"Photoshop 3.0\0" + b"8BIM" + PHOTOSHOP_IPTC.to_bytes(2) + b"\0\0" + padded
    return b"\xff\xed" + (len(content) + 2).to_bytes(2) + content


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width) + content


def save_all(folder: Path, count: int) -> None:
    """Draw so many articles into a folder."""
    for product in products(count):
        path = folder / product.path
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(product).save(path, quality=88, exif=exif(product), extra=iptc_segment(product))


def main() -> int:
    """Draw the photos; 0 when they are there."""
    parser = argparse.ArgumentParser(prog="python -m local.shop_photos", description="Draws a shop's product photos.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=200, help="how many, 200 by default")
    arguments = parser.parse_args()
    if arguments.count < UNSORTED:
        parser.error(f"--count must be at least {UNSORTED}, as that many are not sorted")
    save_all(arguments.folder, arguments.count)
    print(f"{arguments.count} photos in {arguments.folder}, {UNSORTED} of them in {UNSORTED_FOLDER}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
