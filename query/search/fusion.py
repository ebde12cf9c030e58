"""
What keywords and meaning say of a photo, made one score: a convex sum of both scores, not of ranks.

Ranks forget how far apart photos are. Sums of normalised scores find more than reciprocal ranks do (Bruch, Gai and
Ingber, arXiv 2210.11934), on our captions too: `benchmarks/retrieval.md` says by how much.
"""

from collections.abc import Sequence

from query.search.query_text import meaning_share, significant_words
from shared.search.results import Hit

WINDOW = 50  # hits fused together, whichever page is shown: as many as the semantic ranker reads
# BM25 of one word of a query that a caption holds. Where the best hit has less for each word, keywords count less:
# so a question in another language is not led astray by the one word that happens to occur.
WORD_SCORE = 4.0
# Of what a photo means, how much its picture's vector says; the rest is its description's. The service weighs vectors
# alike by default (https://learn.microsoft.com/azure/search/hybrid-search-ranking), and no set of photos with both says
# otherwise yet.
IMAGE_SHARE = 0.5


def fuse(hits: Sequence[Hit], words: str, max_weight: float) -> list[Hit]:
    """
    The hits in the order of their fused scores, 0 to 1; those beyond the window follow in the service's order.

    A service that sends no scores of keywords and vectors has fused ranks by itself, and its order stays.
    """
    window, rest = hits[:WINDOW], hits[WINDOW:]
    if all(hit.similarity is None and hit.image_similarity is None for hit in window):
        return list(hits)
    share = meaning_share(words, max_weight)
    pairs = zip(_meanings(window), _matches(window, words), strict=True)
    scores = [share * closeness + (1 - share) * match for closeness, match in pairs]
    fused = [hit.scored(score) for hit, score in zip(window, scores, strict=True)]
    return [*sorted(fused, key=lambda hit: -hit.score), *rest]


def _meanings(hits: Sequence[Hit]) -> list[float]:
    """How close each hit is, 0 to 1, by its description and its picture; by one of them where there is no other."""
    described = _closeness([hit.similarity for hit in hits])
    pictured = _closeness([hit.image_similarity for hit in hits])
    if pictured is None or described is None:
        return described or pictured or []
    return [
        (1 - IMAGE_SHARE) * by_text + IMAGE_SHARE * by_image if hit.photo.image_recipe else by_text
        for hit, by_text, by_image in zip(hits, described, pictured, strict=True)
    ]


def _closeness(similarities: Sequence[float | None]) -> list[float] | None:
    """From 0 for the least in the window to 1; 0 for what is not among the nearest, None where there are none."""
    values = [each for each in similarities if each is not None]
    if not values:
        return None
    highest, spread = max(values), max(values) - min(values)
    return [0.0 if each is None else 1.0 if not spread else 1 - (highest - each) / spread for each in similarities]


def _matches(hits: Sequence[Hit], words: str) -> list[float]:
    """The scores of keywords, 0 for no match to 1 for the best that the window or so many words can have."""
    scores = [hit.text_score or 0.0 for hit in hits]
    best = max(*scores, WORD_SCORE * len(significant_words(words)))
    return [score / best for score in scores]
