"""What callers have cut off or sorted among the most relevant photos."""

from dataclasses import replace

from shared.search.results import SearchResults
from shared.search.search import Search


def cut_by_relevance(results: SearchResults, min_relevance: float) -> SearchResults:
    """The hits the semantic ranker scores at least this high, and exact ones; all of them where it did not rank."""
    if not any(hit.reranker is not None for hit in results.hits):
        return results
    hits = [hit for hit in results.hits if (hit.reranker or 0) >= min_relevance or hit.source == "exact"]
    total = sum(hit.likely for hit in hits)
    return replace(results, total=total, total_is_exact=True, less_likely=len(hits) - total, hits=hits)


def sort_by_date(results: SearchResults, search: Search) -> SearchResults:
    """The most relevant photos, likely ones if there are any, by date: sorting all would put weak ones first."""
    likely = [hit for hit in results.hits if hit.likely]
    hits = sorted(
        likely or results.hits,
        key=lambda hit: (hit.photo.sorted_at or "", hit.photo.id),
        reverse=search.sort == "newest",
    )
    page = hits[search.skip : search.end]
    return replace(results, total=len(likely), total_is_exact=True, less_likely=0 if likely else len(hits), hits=page)
