"""
Copies of one picture and shots of one moment are shown once, with the others folded into the best.

Only photos that say the same are folded: what people call by other names, such as a shop's articles, they tell apart
however similar the pictures are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from query.search.own_words import have_same_words
from shared.photo import Photo, precise
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
    looks: list[tuple[str, int | None]] = []
    for hit in hits:
        look = hit.photo.digest or hit.photo.id, _distinctive_hash(hit.photo.perceptual_hash)
        alike = (index for index in _of_similar_look(look, looks) if are_duplicates(folded[index].photo, hit.photo))
        index = next(alike, None)
        if index is None:
            folded.append(hit)
            looks.append(look)
        else:
            folded[index] = replace(folded[index], alike=(*folded[index].alike, hit.photo))
    return folded


def _of_similar_look(look: tuple[str, int | None], looks: Sequence[tuple[str, int | None]]) -> list[int]:
    """Where in a list of digests and hashes there are those that may be of a duplicate: most are of none."""
    digest, bits = look
    if bits is None:
        return [index for index, (other, _) in enumerate(looks) if other == digest]
    return [
        index
        for index, (other, other_bits) in enumerate(looks)
        if other == digest or (other_bits is not None and (bits ^ other_bits).bit_count() <= MAX_BURST_DISTANCE)
    ]


def without_duplicates_of(photo: Photo, hits: Iterable[Hit]) -> list[Hit]:
    """The hits that do not look like this photo."""
    return [hit for hit in hits if not are_duplicates(photo, hit.photo)]


def are_duplicates(one: Photo, other: Photo) -> bool:
    """Whether two photos are the same picture, or shots of the same moment, and people call them the same."""
    return _look_the_same(one, other) and have_same_words(one, other)


def _look_the_same(one: Photo, other: Photo) -> bool:
    if one.digest and one.digest == other.digest:
        return True
    one_hash, other_hash = _distinctive_hash(one.perceptual_hash), _distinctive_hash(other.perceptual_hash)
    if one_hash is None or other_hash is None:
        return False
    distance = (one_hash ^ other_hash).bit_count()
    if distance > MAX_BURST_DISTANCE:
        return False
    seconds = _seconds_between(one, other)
    if seconds is None:
        return distance <= MAX_COPY_DISTANCE and not _on_different_days(one, other)
    return seconds <= BURST_SECONDS  # a copy was taken when its original was


@lru_cache(maxsize=4096)
def _distinctive_hash(hash_: str) -> int | None:
    """The difference hash as a number; None if it is missing or cannot tell pictures apart."""
    try:
        bits = int(hash_, 16)
    except ValueError:
        return None
    return bits if bits.bit_count() in DISTINCTIVE_BIT_COUNTS else None


def _seconds_between(one: Photo, other: Photo) -> float | None:
    """
    How far apart the cameras' clocks say they were taken: as instants where both are known, else as wall clocks.

    None where one of them is not known to the minute.
    """
    if one.taken_at and other.taken_at:
        return _seconds_apart(one.taken_at, other.taken_at)
    if not (one.taken_local and other.taken_local) or {one.taken_precision, other.taken_precision} & DATES:
        return None
    return _seconds_apart(one.taken_local, other.taken_local)


def _on_different_days(one: Photo, other: Photo) -> bool:
    """Whether what is known of both dates contradicts each other."""
    dates = [precise(each.taken_local, each.taken_precision)[:10] for each in (one, other) if each.taken_local]
    shortest = min(map(len, dates), default=0)
    return len({each[:shortest] for each in dates}) > 1


def _seconds_apart(one: str, other: str) -> float:
    return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds())
