"""
The movie of a picture that moves, a short one beside it.

Apple's Live Photo `IMG_7.HEIC` has the QuickTime file `IMG_7.MOV`; a Pixel's `PXL_7.MP.jpg`, the MP4 file `PXL_7.MP`.
"""

from collections.abc import Iterable

from ingest.context import IngestContext
from ingest.decoding.sniff import HEAD, PHOTO_EXTENSIONS, VIDEO_EXTENSIONS, is_quicktime, is_video, recognize
from ingest.facts.sidecar_names import MOTION, split_extension
from shared.errors import BadPhoto
from shared.storage import BlobInfo

# An iPhone's have three seconds and 2 to 10 MB; ten seconds of its ordinary videos have 20 MB and more.
LARGEST = 20_000_000  # bytes
PIXEL = f".{MOTION}"
EXTENSIONS = (".mov", ".mp4", PIXEL)  # Google Takeout calls them .mp4, and leaves the QuickTime inside as it is


def may_be_movie(name: str, size: int) -> bool:
    """Whether a file may be the movie of a Live Photo, by its name and size."""
    return has_movie_name(name) and 0 < size <= LARGEST


def has_movie_name(name: str) -> bool:
    """The same by its name alone."""
    return name.lower().endswith(EXTENSIONS)


def is_picture_of(movie: str, name: str) -> bool:
    """Whether a file is a picture of the same stem; for a Pixel's movie, also of its whole name."""
    stem, _ = split_extension(movie)
    stems = {stem, movie} if movie.lower().endswith(PIXEL) else {stem}
    return name.startswith(f"{stem}.") and split_extension(name)[0] in stems and name.lower().endswith(PHOTO_EXTENSIONS)


def is_from_camera(head: bytes, name: str) -> bool:
    """Whether a video's first bytes are those that a camera gives such a movie; a Pixel's are MP4."""
    return is_quicktime(head) or name.lower().endswith(PIXEL)


def movies_of(picture: str, others: Iterable[BlobInfo]) -> tuple[str, ...]:
    """Those of the files that may be the movie of a picture."""
    movies = (info.name for info in others if may_be_movie(info.name, info.size))
    return tuple(name for name in movies if is_picture_of(name, picture))


async def check_video(info: BlobInfo, context: IngestContext) -> bool:
    """Whether a file, of which only the first bytes are read, is the movie of a picture. BadPhoto for other videos."""
    if not info.size or not info.name.lower().endswith((*VIDEO_EXTENSIONS, PIXEL)):
        return False
    head = await context.storage.read_head(info, HEAD)
    if not is_video(head, info.name):
        return False
    if (
        may_be_movie(info.name, info.size)
        and is_from_camera(head, info.name)
        and await _has_picture(info.name, context)
    ):
        return True
    raise BadPhoto(recognize(head, info.name).refusal)


async def _has_picture(movie: str, context: IngestContext) -> bool:
    stem, _ = split_extension(movie)
    return any(is_picture_of(movie, each.name) for each in await context.storage.list_some(f"{stem}."))
