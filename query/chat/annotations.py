"""Citations as OpenAI's `annotations`: where in the text a photo is cited, and its address on the page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

MARKER = re.compile(r"\[(\d{1,6})\]")


def url_citations(text: str, citations: Sequence[Mapping[str, Any]], page_url: str) -> list[dict[str, Any]]:
    """One for each marker in the final text; indexes count its characters. `page_url` ends in a slash."""
    return [
        {"type": "url_citation", "url_citation": _span(marker) | photo_source(photo, page_url)}
        for marker, photo in _cited(text, citations)
    ]


def flat_url_citations(text: str, citations: Sequence[Mapping[str, Any]], page_url: str) -> list[dict[str, Any]]:
    """The same as the Responses API shapes them."""
    return [
        {"type": "url_citation", **_span(marker), **photo_source(photo, page_url)}
        for marker, photo in _cited(text, citations)
    ]


def _cited(text: str, citations: Sequence[Mapping[str, Any]]) -> Iterator[tuple[re.Match[str], Mapping[str, Any]]]:
    for marker in MARKER.finditer(text):
        if 0 < (number := int(marker[1])) <= len(citations):
            yield marker, citations[number - 1]


def _span(marker: re.Match[str]) -> dict[str, int]:
    return {"start_index": marker.start(), "end_index": marker.end()}


def photo_source(photo: Mapping[str, Any], page_url: str) -> dict[str, str]:
    """The address of a photo on the page, which carries no key, and what to call it."""
    return {"url": f"{page_url}?{urlencode({'photo': photo['id']})}", "title": photo["title"] or photo["path"]}
