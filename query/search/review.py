"""
The photos that nobody has looked at yet, in the order in which they need it.

What only a photo tells is in the index, as `alt_text_faults`. What follows from the library's definitions is asked when
somebody looks: which required fields are empty, and which tags are outside the vocabulary. So a definition that changes
counts at once, and no document has to be written again. A page takes at most two requests for each reason, in a library
of any size, as a place in the queue is a photo and not a number: who accepts one moves no other.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from query.search.in_collection import look_up
from shared.catalogue.in_force import catalogue, vocabulary
from shared.errors import BadRequest
from shared.photo import Photo, is_photo_id
from shared.search.filters import Filters
from shared.search.index import PhotoIndex
from shared.search.odata import both, string_literal
from shared.search.query import IndexQuery
from shared.stores.collections import Collections

Reason = Literal["missing_fields", "alt_text", "tags", "unreviewed"]
REASONS: tuple[Reason, ...] = get_args(Reason)  # the most urgent first
UNREVIEWED = "reviewed ne true"  # photos indexed before there were edits have neither true nor false
OLDEST_FIRST = ("sorted_at asc", "id")
MAX_TAGS = 500  # outside the vocabulary that are looked for at once: the most frequent ones
SEPARATOR = "|"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", re.ASCII)


@dataclass(frozen=True)
class QueuedPhoto:
    """One photo, and all that is to be looked at in it; `reason` is the one that puts it where it is."""

    photo: Photo
    reason: Reason

    @property
    def missing_fields(self) -> list[str]:
        """The required fields of the library's own that are empty."""
        return [each.name for each in catalogue().fields if each.required and each.name not in self.photo.custom]

    @property
    def tags(self) -> list[str]:
        """The tags that the vocabulary does not have."""
        terms = vocabulary().by_tag
        return [tag for tag in self.photo.tags if tag not in terms] if terms else []


@dataclass(frozen=True)
class QueuePlace:
    """Where somebody is in the queue: after this photo, among those with this reason."""

    reason: Reason
    sorted_at: str
    id: str

    def encode(self) -> str:
        return "~".join((self.reason, self.sorted_at, self.id))

    @classmethod
    def parse(cls, text: str) -> "QueuePlace":
        """BadRequest for what is no place."""
        parts = text.split("~")
        if len(parts) != 3 or parts[0] not in REASONS or not is_photo_id(parts[2]) or not _is_time(parts[1]):
            raise BadRequest("after is the `next` of an earlier page", param="after")
        reason: Reason = next(each for each in REASONS if each == parts[0])
        return cls(reason, parts[1], parts[2])

    @property
    def odata(self) -> str:
        """What comes after it; photos without a time come first."""
        later = f"id gt {string_literal(self.id)}"
        if not self.sorted_at:
            return f"(sorted_at ne null or {later})"
        return f"(sorted_at gt {self.sorted_at} or (sorted_at eq {self.sorted_at} and {later}))"


@dataclass(frozen=True)
class ReviewPage:
    """Some photos of the queue; `next` is the place after them, empty at the end, and `counts` those of all."""

    photos: list[QueuedPhoto]
    next: str
    counts: dict[Reason, int]


class ReviewQueue:
    """The queue of whoever asks: photos that are hidden from them are not in it."""

    def __init__(self, index: PhotoIndex, collections: Collections | None = None) -> None:
        self._index = index
        self._collections = collections

    async def page(self, filters: Filters, *, top: int, after: QueuePlace | None = None) -> ReviewPage:
        """The next photos; the counts are those of the whole queue, and only without a place."""
        base = (await look_up(filters, self._collections, self._index)).odata()
        clauses = await self._clauses(both(base, UNREVIEWED))
        counts = {} if after else await self._counts(clauses)
        photos: list[QueuedPhoto] = []
        for reason, clause in clauses.items():
            if len(photos) < top and counts.get(reason) != 0 and not _is_past(reason, after):
                here = both(clause, after.odata) if after and after.reason == reason else clause
                photos += await self._read(reason, here, top - len(photos))
        last = photos[-1] if len(photos) == top and photos else None
        return ReviewPage(photos, _place_of(last).encode() if last else "", counts)

    async def _clauses(self, base: str) -> dict[Reason, str]:
        """The photos of each reason, without those of the reasons before it."""
        reasons = {
            "missing_fields": _missing_clause(),
            "alt_text": "alt_text_faults/any()",
            "tags": _tags_clause(await self._tags_outside(base)),
        }
        clauses: dict[Reason, str] = {}
        for reason in REASONS:
            own = reasons.get(reason, "")
            if own or reason == "unreviewed":
                clauses[reason] = both(base, own) if own else base
                base = both(base, f"not ({own})") if own else base
        return clauses

    async def _tags_outside(self, base: str) -> list[str]:
        """The tags of these photos that the vocabulary, if there is one, does not have; the most frequent first."""
        terms = vocabulary().by_tag
        if not terms:
            return []
        facets = (await self._index.search(IndexQuery(filter=base, facets=("tags,count:0",), top=0))).facets
        return [tag for tag, _ in facets.get("tags", ()) if tag not in terms][:MAX_TAGS]

    async def _counts(self, clauses: dict[Reason, str]) -> dict[Reason, int]:
        totals = await asyncio.gather(*(self._index.count(clause) for clause in clauses.values()))
        return dict.fromkeys(REASONS, 0) | dict(zip(clauses, totals, strict=True))

    async def _read(self, reason: Reason, clause: str, top: int) -> list[QueuedPhoto]:
        query = IndexQuery(filter=clause, order_by=OLDEST_FIRST, top=top, plain=True)
        return [QueuedPhoto(hit.photo, reason) for hit in (await self._index.search(query)).hits]


def _is_time(text: str) -> bool:
    """Whether it is a time as the index writes it, or empty."""
    try:
        return not text or bool(TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_past(reason: Reason, after: QueuePlace | None) -> bool:
    return after is not None and REASONS.index(reason) < REASONS.index(after.reason)


def _place_of(last: QueuedPhoto) -> QueuePlace:
    return QueuePlace(last.reason, last.photo.sorted_at or "", last.photo.id)


def _missing_clause() -> str:
    """The photos that lack the value of a required field; empty if no field is."""
    required = [each for each in catalogue().fields if each.required]
    return " or ".join(
        f"not {each.index_name}/any()" if each.is_list else f"{each.index_name} eq null" for each in required
    )


def _tags_clause(tags: Sequence[str]) -> str:
    """The photos that have one of these tags; empty without any."""
    if not tags:
        return ""
    plain = SEPARATOR.join(tag for tag in tags if SEPARATOR not in tag)
    odd = [f"tag eq {string_literal(tag)}" for tag in tags if SEPARATOR in tag]
    listed = [f"search.in(tag, {string_literal(plain)}, '{SEPARATOR}')"] if plain else []
    return f"tags/any(tag: {' or '.join([*listed, *odd])})"
