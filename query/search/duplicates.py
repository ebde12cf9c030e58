"""Shots of one moment: photos that look alike are shown once, with the others folded into the best."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from shared.photo import Photo
from shared.search.results import Hit

HASH_BITS = 64
MAX_COPY_DISTANCE = 6  # bits of 64 that may differ between copies of one picture
MAX_BURST_DISTANCE = 12  # bits that may differ between shots of one moment
BURST_SECONDS = 60.0
DATES = {"year", "month", "day"}  # precisions that tell no time of day
# A hash with fewer or more bits set comes from a plain surface and can't tell pictures apart.
DISTINCTIVE_BIT_COUNTS = range(8, HASH_BITS - 7)


def fold_duplicates(hits: Sequence[Hit]) -> list[Hit]:
    """
    The hits without those that look like a better one, which lists them in `alike`.

    Whether a photo is shown depends only on the ones before it, so a longer list begins as a shorter one does.
    """
    folded: list[Hit] = []
    for hit in hits:
        index = next((index for index, better in enumerate(folded) if are_duplicates(better.photo, hit.photo)), None)
        if index is None:
            folded.append(hit)
        else:
            folded[index] = replace(folded[index], alike=(*folded[index].alike, hit.photo))
    return folded


def without_duplicates_of(photo: Photo, hits: Iterable[Hit]) -> list[Hit]:
    """The hits that do not look like this photo."""
    return [hit for hit in hits if not are_duplicates(photo, hit.photo)]


def are_duplicates(one: Photo, other: Photo) -> bool:
    """Whether two photos are the same picture, or shots of the same moment."""
    if one.digest and one.digest == other.digest:
        return True
    one_hash, other_hash = _distinctive_hash(one.perceptual_hash), _distinctive_hash(other.perceptual_hash)
    if one_hash is None or other_hash is None:
        return False
    max_distance = MAX_BURST_DISTANCE if _same_moment(one, other) else MAX_COPY_DISTANCE
    return (one_hash ^ other_hash).bit_count() <= max_distance


@lru_cache(maxsize=4096)
def _distinctive_hash(hash_: str) -> int | None:
    """The difference hash as a number; None if it is missing or cannot tell pictures apart."""
    try:
        bits = int(hash_, 16)
    except ValueError:
        return None
    return bits if bits.bit_count() in DISTINCTIVE_BIT_COUNTS else None


def _same_moment(one: Photo, other: Photo) -> bool:
    """Whether the cameras' clocks say so: as instants where both are known, else as their wall clocks showed it."""
    if one.taken_at and other.taken_at:
        return _seconds_apart(one.taken_at, other.taken_at) <= BURST_SECONDS
    if not (one.taken_local and other.taken_local) or {one.taken_precision, other.taken_precision} & DATES:
        return False
    return _seconds_apart(one.taken_local, other.taken_local) <= BURST_SECONDS


def _seconds_apart(one: str, other: str) -> float:
    return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds())
