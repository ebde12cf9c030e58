"""Looking at a picture: two children work at once, one reads its text, one sees its objects."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict

from PIL import Image, ImageOps

from local.models.vision import colors
from local.models.vision.kind import kind_of
from local.models.vision.objects import decide, observe
from local.models.vision.sight import Line, Sight, Thing
from local.models.vision.text import read_text
from local.models.workers import Worker

KEPT = 256
LARGEST = 1024
READABLE = 2048
Seen = tuple[tuple[Thing, ...], tuple[Thing, ...]]


class Eyes:
    """Pictures to sights. The last few hundred sights are kept, so a question about a photo need not wait."""

    def __init__(self) -> None:
        self._reader = Worker(threads=1)
        self._viewer = Worker(threads=1)
        self._kept: OrderedDict[str, Sight] = OrderedDict()

    async def look(self, data: bytes, digest: str, *, fast: bool = False) -> Sight:
        """Measure a picture; `fast` leaves out everything that takes a model."""
        if fast:
            return await asyncio.to_thread(glance, data)
        if digest not in self._kept:
            text, seen = await asyncio.gather(self._reader.run(read, data), self._viewer.run(see, data))
            self._kept[digest] = await asyncio.to_thread(glance, data, text, seen)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[digest]

    async def warm_up(self) -> None:
        """Load the models, which takes a second or two, before the first picture needs them."""
        await asyncio.gather(self._reader.run(read, blank()), self._viewer.run(see, blank()))

    def close(self) -> None:
        """Stop the children."""
        self._reader.close()
        self._viewer.close()


def upright(data: bytes) -> Image.Image:
    """The decoded picture, turned as its EXIF says, in RGB."""
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def read(data: bytes) -> tuple[Line, ...]:
    """The child's work: read the text of an encoded picture."""
    image = upright(data)
    image.thumbnail((READABLE, READABLE))
    return read_text(image)


def see(data: bytes) -> Seen:
    """The child's work: find the things and the faces in an encoded picture."""
    return decide(observe(shrunk(upright(data))))


def shrunk(image: Image.Image) -> Image.Image:
    """At most 1024 pixels a side: more shows no more to the networks."""
    image.thumbnail((LARGEST, LARGEST))
    return image


def glance(data: bytes, text: tuple[Line, ...] = (), seen: Seen = ((), ())) -> Sight:
    """What statistics alone can tell, joined with what the models found."""
    image = upright(data)
    rgb = colors.pixels(image)
    return Sight(
        width=image.width,
        height=image.height,
        kind=kind_of(image, text),
        shades=colors.shades(rgb),
        light=colors.light(rgb),
        text=text,
        things=seen[0],
        faces=seen[1],
        sky=colors.sky(image),
    )


def blank() -> bytes:
    """A small white picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(buffer, "PNG")
    return buffer.getvalue()
