"""The photos an answer may cite, numbered in the order they are found, and the markers that cite them."""

import re
from collections.abc import Iterable
from typing import Any

from shared.photo import Photo, links

# [1], [1, 2] and 【1†source】, with the space before it; OpenAI's own models write the last kind.
MARKER = re.compile(
    r"(\s?)(?:\[\s*(\d{1,6}(?:\s*,\s*\d{1,6}){0,20})\s*\]|【[^\S\n]*(\d{1,6}(?:[^\S\n]*,[^\S\n]*\d{1,6})*)[^】\n]{0,60}】)"
)
UNFINISHED_MARKER = re.compile(r"(?:\s?\[[\d,\s]{0,180}|\s?【[^】\n]{0,80}|\s)$")


class Citations:
    """Photos in the order they were found: the first is [1]."""

    def __init__(self) -> None:
        self._photos: list[Photo] = []
        self._numbers: dict[str, int] = {}
        self.cited_numbers: set[int] = set()

    def add(self, photos: Iterable[Photo]) -> list[int]:
        """Number these photos; a photo that already has a number keeps it."""
        return [self._number(photo) for photo in photos]

    def _number(self, photo: Photo) -> int:
        if photo.id not in self._numbers:
            self._photos.append(photo)
            self._numbers[photo.id] = len(self._photos)
        return self._numbers[photo.id]

    def __len__(self) -> int:
        return len(self._photos)

    def find(self, reference: str) -> Photo | None:
        """The photo a model means by an id or by a number."""
        key = reference.strip(" []#")
        number = self._numbers.get(key) or (int(key) if re.fullmatch(r"[0-9]{1,6}", key) else 0)
        return self._photos[number - 1] if 0 < number <= len(self._photos) else None

    def all(self) -> list[dict[str, Any]]:
        """Every photo as a citation, so that [n] is the n-th."""
        return [citation(number, photo) for number, photo in enumerate(self._photos, 1)]

    def up_to_last_cited(self) -> list[dict[str, Any]]:
        """The citations up to the last one the answer cites, so that [n] is still the n-th; none if it cites none."""
        return self.all()[: max(self.cited_numbers, default=0)]

    def records(self) -> list[dict[str, Any]]:
        """Every photo as HTTP callers see it."""
        return [photo.record() for photo in self._photos]


def citation(number: int, photo: Photo) -> dict[str, Any]:
    """A citation as Azure OpenAI On Your Data shapes it, with what a page needs to show the photo."""
    return {
        "n": number,
        "id": photo.id,
        "path": photo.path,
        "title": photo.title,
        "caption": photo.caption,
        "caption_language": photo.caption_language,
        "taken_at": photo.taken_at,
        "taken_local": photo.taken_local,
        "content": photo.caption,
        "filepath": photo.path,
        "url": links(photo.id)["original"],
        "chunk_id": "0",
        **links(photo.id),
    }


def without_stale_markers(text: str, *, highest: int) -> str:
    """The text without markers that cite a number above `highest`, as those of an earlier numbering may."""

    def keep_or_drop(marker: re.Match[str]) -> str:
        return marker[0] if all(0 < number <= highest for number in _numbers_in(marker)) else ""

    return MARKER.sub(keep_or_drop, text)


class CitationFilter:
    """Passes an answer on piece by piece, without the numbers that cite no photo."""

    def __init__(self, citations: Citations) -> None:
        self._citations = citations
        self._pending = ""

    def feed(self, piece: str) -> str:
        """The text so far that is final; a marker that is not complete yet is held back."""
        text = self._pending + piece
        if not ("[" in text or "【" in text or text[-1:].isspace()):  # nothing begins here, nor may begin
            self._pending = ""
            return text
        unfinished = UNFINISHED_MARKER.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._pending = text[end:]
        return MARKER.sub(self._check, text[:end])

    def rest(self) -> str:
        """The text that was held back, once there is no more to come."""
        pending, self._pending = self._pending, ""
        return MARKER.sub(self._check, pending)

    def _check(self, marker: re.Match[str]) -> str:
        """The marker with the numbers that cite a photo; nothing if there are none."""
        numbers = [number for number in _numbers_in(marker) if 0 < number <= len(self._citations)]
        self._citations.cited_numbers.update(numbers)
        return marker[1] + "".join(f"[{number}]" for number in numbers) if numbers else ""


def _numbers_in(marker: re.Match[str]) -> list[int]:
    return [int(part) for part in (marker[2] or marker[3]).split(",")]
