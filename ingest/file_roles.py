"""
What each file in the container is: a photo, a file that is attached to one, or one that is ignored.

A listing is sorted by name, so the files that may belong together are near each other, and a whole container is gone
through in the memory of a few.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Literal

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

Role = Literal["photo", "attached", "ignored"]


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
    now = datetime.now(UTC)
    failed = {each.path async for each in context.failures.all() if each.state == "failed" or each.is_overdue(now)}
    async for members in _families(context.storage.originals()):
        for each in members:
            if (role := _role(each, members)) == "photo":
                yield _original(each, members)
            elif each.name in failed and (role == "ignored" or await _is_attached(each, context)):
                await context.failures.clear(photo_id(each.name))


async def _families(listing: AsyncIterator[BlobInfo]) -> AsyncIterator[Sequence[BlobInfo]]:
    """The files that may belong together, by name, each family as soon as the listing is past it."""
    open_families: dict[str, list[BlobInfo]] = {}
    async for info in listing:
        for each in [each for each in open_families if is_past(each, info.name)]:
            yield open_families.pop(each)
        open_families.setdefault(family(info.name), []).append(info)
    for members in open_families.values():
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
