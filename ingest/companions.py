"""
The files that belong to a photo beside it: sidecars, which are read with it, and the movie of a Live Photo.

Whichever arrives first, and whatever becomes of them later, the photo is read again when its sidecars differ from those
that its document was made with; that costs no description, and no embedding unless the text to embed changes.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields

from ingest.context import IngestContext
from ingest.decoding.sniff import PHOTO_EXTENSIONS
from ingest.facts.sidecar import Sidecar, may_be_read
from ingest.facts.sidecar_names import listing_prefixes, photos_of, sidecars_of
from ingest.live_photo import movies_of
from shared.errors import NotFound
from shared.log_text import photo_label
from shared.photo import Photo, photo_id
from shared.storage import BlobInfo
from shared.stores.tickets import Ticket

log = logging.getLogger(__name__)

SOON = 15.0  # seconds in which a document that was just written can be looked up everywhere
MOST_SIDECARS = 8  # that are read with one photo: there are two spellings of XMP's name and two of Takeout's


@dataclass(frozen=True)
class PhotoFiles(BlobInfo):
    """The files of one photo: its original, its sidecars, the closest first, and its movies."""

    sidecars: tuple[BlobInfo, ...] = ()
    movies: tuple[str, ...] = ()

    @classmethod
    def of(cls, photo: BlobInfo, beside: Mapping[str, BlobInfo]) -> "PhotoFiles":
        """A photo and those of the files beside it, by name, that belong to it."""
        sidecars = tuple(beside[name] for name in sidecars_of(photo.name, beside)[:MOST_SIDECARS])
        movies = movies_of(photo.name, beside.values())
        of_photo = {each.name: getattr(photo, each.name) for each in fields(BlobInfo)}
        return cls(**of_photo, sidecars=sidecars, movies=movies)

    @property
    def sidecar_digest(self) -> str:
        """Changes with every sidecar that comes, changes or goes; empty without any."""
        text = "\n".join(f"{each.etag} {each.name}" for each in self.sidecars)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""

    @property
    def bytes_to_read(self) -> int:
        """Bytes of the photo and of its sidecars."""
        return self.size + sum(each.size for each in self.sidecars if may_be_read(each.name, each.size))


async def with_companions(photo: BlobInfo, context: IngestContext) -> PhotoFiles:
    """A photo with what belongs to it, for one listing; two or three where its name is numbered or long."""
    return PhotoFiles.of(photo, await files_beside(photo.name, context))


async def find_files(name: str, context: IngestContext) -> PhotoFiles | None:
    """The same by the name of a photo, which is found in that listing as a rule; None if it is gone."""
    beside = await files_beside(name, context)
    photo = beside.get(name) or await context.storage.stat(name)  # the listing may end before it
    return PhotoFiles.of(photo, beside) if photo else None


async def read_sidecars(original: PhotoFiles, context: IngestContext) -> list[Sidecar]:
    """
    The sidecars with their bytes; without one that is too large, or has changed or gone meanwhile.

    Nor one that somebody sent who did not send the photo: it may have come first, when there was no photo to ask about.
    """
    sidecars = []
    for each in original.sidecars:
        if not may_be_read(each.name, each.size):
            log.warning("a sidecar of %s is too large to be read: %d bytes", photo_label(original.name), each.size)
        elif (blob := await context.storage.read(each)) and blob.uploader.owner in {"", original.uploader.owner}:
            sidecars.append(Sidecar(blob.name, blob.data))
    return sidecars


async def sidecar_changed(name: str, context: IngestContext) -> None:
    """
    A sidecar came, changed or went: queue the photos that have been read without it.

    A photo that is not indexed yet needs no ticket: it looks for its sidecars when it is read, and again afterwards.
    """
    beside = await files_beside(name, context)
    for photo in photos_of(name, beside):
        # Of a photo with a numbered name these are not all that may belong to it.
        is_complete = {*listing_prefixes(photo)} <= {*listing_prefixes(name)}
        digest = PhotoFiles.of(beside[photo], beside).sidecar_digest if is_complete else None
        indexed = await context.index.get(photo_id(photo))
        if indexed and indexed.sidecar_digest != digest:
            await context.tickets.send(Ticket(photo))
        elif indexed is None and await context.storage.touch_preview(photo_id(photo)):
            # Its attempt has not written the document yet, and looks again; or it has, and that was not to be seen yet.
            await context.tickets.send(Ticket(photo), delay=SOON)


async def check_companions(photo: Photo, current: PhotoFiles, context: IngestContext) -> None:
    """After a photo was indexed: queue it if its sidecars changed meanwhile, and movies that arrived before it."""
    if current.sidecar_digest != photo.sidecar_digest:
        log.info("its sidecars changed while it was being indexed %s", photo_label(photo.path))
        await context.tickets.send(Ticket(photo.path))
    for movie in current.movies:
        if await is_failing(movie, context):
            await context.tickets.send(Ticket(movie))


async def photo_removed(name: str, context: IngestContext) -> None:
    """After a photo is gone: what was its movie is an ordinary video now, unless another picture has its name."""
    if not name.lower().endswith(PHOTO_EXTENSIONS):
        return
    beside = await files_beside(name, context)
    for movie in movies_of(name, beside.values()):
        await context.tickets.send(Ticket(movie))


async def is_failing(name: str, context: IngestContext) -> bool:
    """Whether a failure of this file is recorded."""
    try:
        await context.failures.read(photo_id(name))
    except NotFound:
        return False
    return True


async def files_beside(name: str, context: IngestContext) -> dict[str, BlobInfo]:
    """The files that may belong together with this one, by name."""
    listings = await asyncio.gather(*(context.storage.list_some(prefix) for prefix in listing_prefixes(name)))
    return {info.name: info for listing in listings for info in listing}
