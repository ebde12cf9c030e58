"""What Pillow reads well by itself: GIF, most BMP, ICO, Targa, small TIFFs; and how to open any format."""

from collections.abc import Callable

from PIL import Image as Pillow, ImageFile, UnidentifiedImageError

from ingest.decoding.byte_source import Data, stream
from ingest.decoding.missing_rows import read_what_is_there
from ingest.decoding.picture_file import (
    DAMAGED,
    PictureFile,
    Pixels,
    orientation_of,
    profile_of,
    raise_if_out_of_memory,
)
from shared.errors import BadPhoto

Pillow.init()
# We refuse by our own limits before decoding, with a message that states them.
Pillow.MAX_IMAGE_PIXELS = None

BYTES_PER_PIXEL = {"1": 5, "L": 5, "P": 5, "I": 6, "F": 6}  # as measured with pictures of 100 megapixels


def open_with_pillow(data: Data | memoryview, *formats: str) -> ImageFile.ImageFile:
    """
    Open a file as one of the formats named; BadPhoto where it is none.

    Never without names: Pillow knows formats in which a few bytes take hundreds of megabytes.
    """
    try:
        return Pillow.open(stream(data), formats=formats)
    except UnidentifiedImageError as error:
        raise BadPhoto(DAMAGED) from error
    except Exception as error:
        raise_if_out_of_memory(error)
        raise BadPhoto(DAMAGED) from error


def load(picture: ImageFile.ImageFile) -> ImageFile.ImageFile:
    """Decode it, and let go of the decoder: that of an animated format holds canvases of its own."""
    picture.load()
    vars(picture).pop("_decoder", None)
    return picture


def pillow_file(data: Data, *formats: str) -> PictureFile:
    """A file that Pillow reads as it is."""
    picture = open_with_pillow(data, *formats)
    return PictureFile(
        format=str(picture.format).lower(),
        size=picture.size,
        memory=picture.width * picture.height * BYTES_PER_PIXEL.get(picture.mode, 6 if picture.mode[0] == "I" else 5),
        read=lambda _side: read_first_frame(lambda: open_with_pillow(data, *formats)),
        orientation=orientation_of(picture),
        source=picture,
        info=picture.info,
    )


def read_first_frame(reopen: Callable[[], ImageFile.ImageFile]) -> Pixels:
    """Decode the first frame; of a damaged one as much as there is."""
    picture = reopen()
    try:
        picture.load()
    except Exception as error:
        raise_if_out_of_memory(error)
        return read_what_is_there(reopen)
    return Pixels(picture=picture, profile=profile_of(picture))
