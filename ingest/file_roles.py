"""
What each file in the container is: a photo, a file that is attached to one, or one that is ignored.

A listing is sorted by name, so the files that may belong together are near each other, and a whole container is gone
through in the memory of a few.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence, Set
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from ingest.cached_count import OriginalCount
from ingest.companions import PhotoFiles
from ingest.context import IngestContext
from ingest.facts.sidecar_names import family, is_past, is_sidecar, listing_prefixes, split_extension
from ingest.ignored_files import is_ignored
from ingest.live_photo import check_video, is_picture_of, may_be_movie
from ingest.visibility import is_visible
from shared.errors import BadPhoto, PhotoError
from shared.photo import photo_id
from shared.storage import LISTED, BlobInfo
from shared.storage_resources import PlaceLost

Role = Literal["photo", "attached", "ignored"]

PLACE = TypeAdapter(tuple[str, list[BlobInfo]])  # in the listing, and the files before it that may have others after it
MOST_OPEN = 5000  # of those files, with which a place is kept


def role_by_name(name: str) -> Role:
    """What a file is as far as its name tells: whether a movie is attached, only the files beside it tell."""
    return "ignored" if is_ignored(name) else "attached" if is_sidecar(name) else "photo"


async def role_of(info: BlobInfo, context: IngestContext) -> Role:
    """What a file is that has just been written; a movie whose picture is not there yet is a photo until it comes."""
    role = role_by_name(info.name)
    if role != "photo" or not may_be_movie(info.name, info.size):
        return role
    try:
        return "attached" if await check_video(info, context) else role
    except PhotoError:
        return role


async def count_originals(context: IngestContext, failing: frozenset[str] = frozenset()) -> OriginalCount:
    """
    Count the files in the container, as far as the caller of now sees them.

    A movie that is `failing` is not attached, whatever is beside it.
    """
    counts = Counter[Role]()
    async for members in _families(context.storage.originals()):
        visible = [each for each in members if await is_visible(each.name, context)]
        counts.update("photo" if each.name in failing else _role(each, members) for each in visible)
    return OriginalCount(counts["photo"], counts["attached"], counts["ignored"])


async def photos(context: IngestContext) -> AsyncIterator[PhotoFiles]:
    """
    Every photo with what belongs to it.

    Failures of files that turn out to be attached or ignored are cleared, unless they are being retried.
    """
    async for page, _ in photo_pages(context):
        for each in page:
            yield each


async def photo_pages(context: IngestContext, after: str = "") -> AsyncIterator[tuple[list[PhotoFiles], str]]:
    """
    The same by pages of the container, each with where to go on `after` it.

    That is "" at the end, and where so many files may have others that belong to them behind the page that these do not
    fit; PlaceLost where nobody can go on there any more.
    """
    now, (token, open_files) = datetime.now(UTC), _place(after)
    failed = {each.path async for each in context.failures.all() if each.state == "failed" or each.is_overdue(now)}
    families = _Families(open_files)
    async for page, end in context.storage.original_pages(token):
        complete = [members for info in page for members in families.add(info)]
        if not end:
            complete += families.rest()
        photos_: list[PhotoFiles] = []
        for members in complete:
            photos_ += await _photos_of(members, failed, context)
        is_place = end and len(families.files) <= MOST_OPEN
        yield photos_, PLACE.dump_json((end, families.files)).decode() if is_place else ""


def _place(text: str) -> tuple[str, list[BlobInfo]]:
    try:
        return PLACE.validate_json(text) if text else ("", [])
    except ValidationError as error:
        raise PlaceLost("the container cannot be gone through from where that was ended: it is begun again") from error


async def _photos_of(members: Sequence[BlobInfo], failed: Set[str], context: IngestContext) -> list[PhotoFiles]:
    found = []
    for each in members:
        if (role := _role(each, members)) == "photo":
            found.append(_original(each, members))
        elif each.name in failed and (role == "ignored" or await _is_attached(each, context)):
            await context.failures.clear(photo_id(each.name))
    return found


class _Families:
    """The files that may belong together, by name, each family as soon as the listing is past it."""

    def __init__(self, files: Sequence[BlobInfo] = ()) -> None:
        self._open: dict[str, list[BlobInfo]] = {}
        for each in files:
            self._open.setdefault(family(each.name), []).append(each)

    @property
    def files(self) -> list[BlobInfo]:
        """The files of families that the listing is not past."""
        return [each for members in self._open.values() for each in members]

    def add(self, info: BlobInfo) -> Iterator[Sequence[BlobInfo]]:
        """Take the next file of the listing; the families that it is past with it."""
        for each in [each for each in self._open if is_past(each, info.name)]:
            yield self._open.pop(each)
        self._open.setdefault(family(info.name), []).append(info)

    def rest(self) -> list[Sequence[BlobInfo]]:
        """The families that are complete as the listing has ended."""
        return [self._open.pop(each) for each in list(self._open)]


async def _families(listing: AsyncIterator[BlobInfo]) -> AsyncIterator[Sequence[BlobInfo]]:
    families = _Families()
    async for info in listing:
        for members in families.add(info):
            yield members
    for members in families.rest():
        yield members


def _role(info: BlobInfo, members: Sequence[BlobInfo]) -> Role:
    role = role_by_name(info.name)
    if role != "photo" or not may_be_movie(info.name, info.size):
        return role
    beside = _with_prefix(f"{split_extension(info.name)[0]}.", members)
    return "attached" if any(is_picture_of(info.name, each.name) for each in beside) else role


async def _is_attached(info: BlobInfo, context: IngestContext) -> bool:
    """Whether a file is attached also by its first bytes."""
    try:
        return is_sidecar(info.name) or await check_video(info, context)
    except BadPhoto:
        return False


def _original(photo: BlobInfo, members: Sequence[BlobInfo]) -> PhotoFiles:
    """A photo with what belongs to it: just what `with_companions` would see, without its listings."""
    if len(members) == 1:
        return PhotoFiles.of(photo, {})
    beside = [each for prefix in listing_prefixes(photo.name) for each in _with_prefix(prefix, members)]
    return PhotoFiles.of(photo, {each.name: each for each in beside})


def _with_prefix(prefix: str, members: Sequence[BlobInfo]) -> Sequence[BlobInfo]:
    start = bisect_left(members, prefix, key=lambda each: each.name)
    return [each for each in members[start : start + LISTED] if each.name.startswith(prefix)]
