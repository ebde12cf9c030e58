"""Shots of one moment: photos that look alike are shown once, with the others folded into the best."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from shared.photo import Photo
from shared.search.results import Hit

BITS = 64
ALIKE = 6  # bits of 64 that may differ between copies of one picture
BURST = 12  # bits that may differ between shots of one moment
MOMENT = 60.0  # seconds
TELLING = range(8, BITS - 7)  # a hash with fewer or more bits set is of a plain surface, and tells nothing


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """
    The hits without those that look like a better one, which lists them in `alike`.

    Whether a photo is shown depends on the ones before it alone, so a longer list begins as a shorter one does.
    """
    shown: list[Hit] = []
    for hit in hits:
        place = next((place for place, one in enumerate(shown) if alike(one.photo, hit.photo)), None)
        if place is None:
            shown.append(hit)
        else:
            shown[place] = replace(shown[place], alike=(*shown[place].alike, hit.photo))
    return shown


def unlike(photo: Photo, hits: Iterable[Hit]) -> list[Hit]:
    """The hits that do not look like this photo."""
    return [hit for hit in hits if not alike(photo, hit.photo)]


def alike(one: Photo, other: Photo) -> bool:
    """Whether two photos are the same picture, or shots of the same moment."""
    if one.digest and one.digest == other.digest:
        return True
    ours, theirs = _bits(one.perceptual_hash), _bits(other.perceptual_hash)
    if ours is None or theirs is None:
        return False
    return (ours ^ theirs).bit_count() <= (BURST if _same_moment(one, other) else ALIKE)


@lru_cache(maxsize=4096)
def _bits(hash_: str) -> int | None:
    """The difference hash as a number; None where there is none that tells pictures apart."""
    try:
        bits = int(hash_, 16)
    except ValueError:
        return None
    return bits if bits.bit_count() in TELLING else None


def _same_moment(one: Photo, other: Photo) -> bool:
    if not (one.taken_at and other.taken_at) or "blob" in (one.taken_at_source, other.taken_at_source):
        return False
    apart = datetime.fromisoformat(one.taken_at) - datetime.fromisoformat(other.taken_at)
    return abs(apart.total_seconds()) <= MOMENT
