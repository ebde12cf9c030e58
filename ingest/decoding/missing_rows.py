"""How much of a damaged picture is there: found by decoding it over two different grounds, and said in plain words."""

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow, ImageFile

from ingest.decoding.picture_file import DAMAGED, Pixels, profile_of, raise_if_out_of_memory
from shared.errors import BadPhoto

ENOUGH = 0.9  # of a picture's rows make it worth indexing
BAND = 256  # rows that are compared at a time
NEARLY_NOTHING = "almost nothing of the picture is there: the file is cut off or damaged"
END_MISSING = "the end of the file is missing, and files of this kind cannot be shown in part"
STEPS = (1, 2, 4, 8)  # between the pixels of an interlaced picture's passes

FRACTIONS = {
    Fraction(1, 10): "tenth", Fraction(1, 8): "eighth", Fraction(1, 6): "sixth", Fraction(1, 5): "fifth",
    Fraction(1, 4): "quarter", Fraction(1, 3): "third", Fraction(2, 5): "two fifths", Fraction(1, 2): "half",
}  # fmt: skip
GROUNDS: dict[str, tuple[float | tuple[int, ...], float | tuple[int, ...]]] = {
    "1": (0, 255),
    "L": (1, 252),
    "P": (1, 252),
    "LA": ((1, 254), (252, 2)),
    "PA": ((1, 254), (252, 2)),
    "La": ((1, 254), (252, 2)),
    "RGB": ((1, 254, 3), (252, 2, 251)),
    "YCbCr": ((1, 254, 3), (252, 2, 251)),
    "LAB": ((1, 254, 3), (252, 2, 251)),
    "HSV": ((1, 254, 3), (252, 2, 251)),
    "RGBA": ((1, 254, 3, 253), (252, 2, 251, 4)),
    "RGBX": ((1, 254, 3, 253), (252, 2, 251, 4)),
    "RGBa": ((1, 254, 3, 253), (252, 2, 251, 4)),
    "CMYK": ((1, 254, 3, 253), (252, 2, 251, 4)),
    "I": (257, 64_001),
    "F": (257.5, 64_001.5),
}


def require_enough(pixels: Pixels) -> Pixels:
    """Pass on a picture of which at least nine tenths are there; BadPhoto says what share is missing."""
    if 0 in pixels.picture.size:  # a GIF's first frame may have no width or no height
        raise BadPhoto(NEARLY_NOTHING)
    if pixels.last - pixels.first >= ENOUGH:
        return pixels
    raise BadPhoto(missing_share(pixels.first, pixels.last))


def missing_share(first: float, last: float) -> str:
    """What is missing of a picture of which the rows between two shares of its height are there."""
    there = last - first
    if there < 0.03:
        return NEARLY_NOTHING
    at_top = first <= 1 - last
    if there < 0.5:
        share, verb = _fraction(there)
        return f"only the {'first' if at_top else 'last'} {share} of the picture {verb} there"
    share, verb = _fraction(1 - there)
    return f"the {'last' if at_top else 'first'} {share} of the picture {verb} missing"


def _fraction(share: float) -> tuple[str, str]:
    """The nearest fraction that people say, and the verb that goes with it."""
    words = FRACTIONS[min(FRACTIONS, key=lambda each: abs(float(each) - share))]
    return words, "are" if words.endswith("s") else "is"


def read_what_is_there(reopen: Callable[[], ImageFile.ImageFile]) -> Pixels:
    """Decode a damaged file as far as it goes. `reopen` opens it anew, ready to be loaded."""
    first, box, whole = _over(reopen(), 0)
    if whole:
        return Pixels(picture=first, profile=profile_of(first))
    marks = _ground(first, 0)
    del first
    picture, _, _ = _over(reopen(), 1)
    marks &= _ground(picture, 1)
    sound, step = _finest_grid(marks, box)
    del marks
    start, stop = _longest_run(sound)
    if stop == start:
        raise BadPhoto(NEARLY_NOTHING)
    height = len(sound)
    if step > 1:
        part = _every(Pillow.Image.crop(picture, box), step)
        part = part.crop((0, start * part.height // height, part.width, max(1, stop * part.height // height)))
    else:
        part = Pillow.Image.crop(picture, (box[0], box[1] + start, box[2], box[1] + stop))
    return Pixels(picture=part, profile=profile_of(picture), first=start / height, last=stop / height)


def _over(picture: ImageFile.ImageFile, which: int) -> tuple[ImageFile.ImageFile, tuple[int, int, int, int], bool]:
    """
    Decode over a ground of one colour, whatever goes wrong.

    The box in which there is anything to decode comes along, and whether nothing went wrong.
    """
    prepare = picture.load_prepare

    def prepared() -> None:
        prepare()
        picture.im.paste(_color(picture.mode, which), (0, 0, *picture.im.size))

    picture.load_prepare = prepared  # type: ignore[method-assign]  # the one hook between allocation and decoding
    box = _extents(picture)
    try:
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        if picture._im is None:
            raise BadPhoto(DAMAGED) from error
        picture.tile = []
        return picture, box, False
    finally:
        del picture.load_prepare  # it refers to the picture, which would outlive its use
    return picture, box, True


def _color(mode: str, which: int) -> float | tuple[int, ...]:
    if mode.startswith("I;16"):
        return (0x0101, 0xFCFC)[which]  # Pillow fills with the lower byte alone
    return GROUNDS[mode][which]


def _extents(picture: ImageFile.ImageFile) -> tuple[int, int, int, int]:
    boxes = [tile.extents for tile in picture.tile if tile.extents]
    if not boxes:
        return (0, 0, *picture.size)
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _ground(picture: Pillow.Image, which: int) -> NDArray[np.uint8]:
    """For each row, pixel and band one bit: whether it still has the ground's value. Eight pixels are a byte."""
    color = np.atleast_1d(np.asarray(_color(picture.mode, which)))
    bands = []
    for top in range(0, picture.height, BAND):
        box = (0, top, picture.width, min(picture.height, top + BAND))
        part = np.asarray(Pillow.Image.crop(picture, box))
        part = part.reshape(part.shape[0], part.shape[1], -1)
        bands.append(np.packbits(part == (color.astype(bool) if picture.mode == "1" else color), axis=1))
    return np.concatenate(bands)


def _finest_grid(marks: NDArray[np.uint8], box: tuple[int, int, int, int]) -> tuple[NDArray[np.bool_], int]:
    """
    Which rows are there, by the finest grid of pixels of which enough are.

    A coarser grid counts only where it has clearly more rows, as in files that are interlaced.
    """
    best, most = (_sound_rows(marks, box, 1), 1), 0
    for step in STEPS:
        sound = _sound_rows(marks, box, step)
        start, stop = _longest_run(sound)
        if step == 1 or stop - start > most + step:
            best, most = (sound, step), stop - start
        if most >= ENOUGH * len(sound):
            break
    return best


def _sound_rows(marks: NDArray[np.uint8], box: tuple[int, int, int, int], step: int) -> NDArray[np.bool_]:
    """For each row in the box whether every `step`th pixel of it, or of the grid's row above, is there."""
    rows = marks[box[1] : box[3] : step]
    bands = [rows[top : top + BAND] for top in range(0, len(rows), BAND)]
    sound = [~np.unpackbits(each, axis=1)[:, box[0] : box[2] : step].any(axis=(1, 2)) for each in bands]
    return np.repeat(np.concatenate(sound), step)[: box[3] - box[1]]


def _longest_run(sound: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest run of sound rows starts and stops."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], sound.astype(np.int8), [0]))))
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    if not runs:
        return 0, 0
    start, stop = max(runs, key=lambda run: run[1] - run[0])
    return int(start), int(stop)


def _every(picture: Pillow.Image, step: int) -> Pillow.Image:
    """Every `step`th pixel: those that an interlaced picture's earlier passes hold."""
    size = (-(-picture.width // step), -(-picture.height // step))
    centre = 0.5 - step / 2
    return picture.transform(size, Pillow.Transform.AFFINE, (step, 0, centre, 0, step, centre))


def read_with_endings(decode: Callable[[bytes], Pillow.Image], missing: int) -> Pixels:
    """
    Decode a cut file with different endings in place of what is missing.

    The rows in which all agree come from the file itself, and from nothing else. `decode` is given the ending,
    `missing` bytes long; for a format that stops at nonsense at least two of them have to work.
    """
    whole, rows, decoded = None, 0, 0
    for ending in _endings(missing):
        try:
            version = decode(ending)
        except Exception as error:
            raise_if_out_of_memory(error)
            continue
        decoded += 1
        if whole is None:
            whole = version
            continue
        rows = rows_that_agree(whole, version)
        break
    if whole is None or decoded < 2:
        raise BadPhoto(END_MISSING)
    if not rows:
        raise BadPhoto(NEARLY_NOTHING)
    part = whole if rows == whole.height else whole.crop((0, 0, whole.width, rows))
    return Pixels(picture=part, profile=profile_of(whole), last=rows / whole.height)


def _endings(missing: int) -> Iterator[bytes]:
    noise = random.Random(5)  # noqa: S311  # filler, not a secret
    yield noise.randbytes(missing)
    yield bytes(missing)
    yield noise.randbytes(missing)
    yield b"\xaa" * missing


def rows_that_agree(one: Pillow.Image, other: Pillow.Image) -> int:
    """How many of the first rows of two decodes of one size are the same."""
    for top in range(0, one.height, BAND):
        box = (0, top, one.width, min(one.height, top + BAND))
        differing = (np.asarray(one.crop(box)) != np.asarray(other.crop(box))).reshape(box[3] - top, -1).any(axis=1)
        if differing.any():
            return top + int(differing.argmax())
    return one.height
