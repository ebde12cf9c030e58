"""The photos an answer may cite, numbered as they are found, and the markers that cite them."""

import re
from collections.abc import Iterable
from typing import Any

from shared.photo import Photo, links

# [1], [1, 2] and 【1†source】, with the space before it; OpenAI's own models write the last kind.
MARKER = re.compile(
    r"(\s?)(?:\[\s*(\d{1,6}(?:\s*,\s*\d{1,6}){0,20})\s*\]|【\s*(\d{1,6}(?:\s*,\s*\d{1,6})*)[^】\n]{0,60}】)"
)
UNFINISHED = re.compile(r"(?:\s?\[[\d,\s]{0,180}|\s?【[^】\n]{0,80}|\s)$")


class Citations:
    """Photos in the order they were found: the first is [1]."""

    def __init__(self) -> None:
        self._photos: list[Photo] = []
        self._numbers: dict[str, int] = {}
        self.cited: set[int] = set()

    def add(self, photos: Iterable[Photo]) -> list[int]:
        """Number these photos; one that is known keeps its number."""
        return [self._number(photo) for photo in photos]

    def _number(self, photo: Photo) -> int:
        if photo.id not in self._numbers:
            self._photos.append(photo)
            self._numbers[photo.id] = len(self._photos)
        return self._numbers[photo.id]

    def __len__(self) -> int:
        return len(self._photos)

    def named(self, reference: str) -> Photo | None:
        """The photo a model means by an id or by its number."""
        plain = reference.strip(" []#")
        number = self._numbers.get(plain) or (int(plain) if re.fullmatch(r"[0-9]{1,6}", plain) else 0)
        return self._photos[number - 1] if 0 < number <= len(self._photos) else None

    def all(self) -> list[dict[str, Any]]:
        """Every photo as a citation, so that [n] is the n-th."""
        return [citation(number, photo) for number, photo in enumerate(self._photos, 1)]

    def used(self) -> list[dict[str, Any]]:
        """The citations up to the last one that is used, so that [n] still is the n-th; none if nothing is cited."""
        return self.all()[: max(self.cited, default=0)]

    def records(self) -> list[dict[str, Any]]:
        return [photo.record() for photo in self._photos]


def citation(number: int, photo: Photo) -> dict[str, Any]:
    """A citation as Azure OpenAI On Your Data shapes it, with what a page needs to show the photo."""
    return {
        "n": number,
        "id": photo.id,
        "path": photo.path,
        "title": photo.title,
        "caption": photo.caption,
        "taken_at": photo.taken_at,
        "content": photo.caption,
        "filepath": photo.path,
        "url": links(photo.id)["original"],
        "chunk_id": "0",
        **links(photo.id),
    }


def without_citations(text: str, *, beyond: int = 0) -> str:
    """The text without the markers that cite anything beyond a number, as an old numbering would."""

    def kept(marker: re.Match[str]) -> str:
        numbers = [int(part) for part in (marker[2] or marker[3]).split(",")]
        return marker[0] if all(0 < number <= beyond for number in numbers) else ""

    return MARKER.sub(kept, text)


class CitationFilter:
    """Passes an answer on piece by piece, without the markers that cite nothing that was found."""

    def __init__(self, citations: Citations) -> None:
        self._evidence = citations
        self._held = ""

    def feed(self, piece: str) -> str:
        """What of the answer so far is certain to be good; a marker still being written is held back."""
        text = self._held + piece
        open_ = UNFINISHED.search(text)
        cut = open_.start() if open_ else len(text)
        self._held = text[cut:]
        return MARKER.sub(self._checked, text[:cut])

    def rest(self) -> str:
        """What was held back to the end."""
        held, self._held = self._held, ""
        return MARKER.sub(self._checked, held)

    def _checked(self, marker: re.Match[str]) -> str:
        numbers = [int(part) for part in (marker[2] or marker[3]).split(",")]
        good = [number for number in numbers if 0 < number <= len(self._evidence)]
        self._evidence.cited.update(good)
        return marker[1] + "".join(f"[{number}]" for number in good) if good else ""
