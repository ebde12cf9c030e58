"""Hits as HTTP callers see them."""

from collections.abc import Sequence
from typing import Any

from shared.photo import Photo
from shared.search.results import Hit


def hit_records(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The photo's record of each hit, with its score, what ranked it, and what matched."""
    return [
        hit.photo.record()
        | {
            "score": hit.reranker if hit.reranker is not None else hit.score,
            "ranked_by": hit.source,
            "likely": hit.likely,
            "highlights": dict(hit.highlights),
            "passage": hit.passage,
            "alike": [_reference(photo) for photo in hit.alike],
        }
        for hit in hits
    ]


def _reference(photo: Photo) -> dict[str, Any]:
    """What it takes to show a photo and to ask for the rest."""
    return {name: getattr(photo, name) for name in ("id", "path", "title", "alt_text", "caption_language")}
