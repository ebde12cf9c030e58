"""The checks of search: the index fits, it can be searched, and documents can be written. None is changed."""

import asyncio
from collections.abc import Sequence
from functools import partial

from query.doctor.advice import ServiceAccess
from query.doctor.checks import Check, Finding, not_tried, run_check
from shared.photo import photo_id
from shared.search.index import PhotoIndex
from shared.search.live_index import LiveIndex
from shared.search.query import IndexQuery
from shared.services import Services
from shared.settings import Settings

LIMIT = 12.0  # seconds for each; the index has to wait for the embedding model, and the others for the index
UNKNOWN = photo_id("doctor: no photo has this path\n")
WRONG_KEY = "the app needs an admin key, a query key only searches"


async def check_search(services: Services, *, may_create: bool) -> list[Finding]:
    """
    The findings about search.

    An index that is missing is created, as the app does on first use, but only with `may_create`: its vectors could
    never get another length.
    """
    index, settings = services.index, services.settings
    schema = _access(settings, "Search Service Contributor")
    data = _access(settings, "Search Index Data Contributor")
    look = partial(check_index, index, may_create=may_create)
    [finding] = await run_check(Check("search", ("index",), look, schema, LIMIT))
    others = [
        Check("search", ("search",), partial(check_query, index, settings), data, LIMIT),
        Check("search", ("write",), partial(check_write, services.live_index), data, LIMIT),
    ]
    if finding.state in {"missing", "not tried"}:
        return [finding, *(each for check in others for each in not_tried(check, "there is no index to try it on"))]
    results = await asyncio.gather(*map(run_check, others))
    return [finding, *(each for result in results for each in result)]


def _access(settings: Settings, role: str) -> ServiceAccess:
    return ServiceAccess(
        address="AZURE_SEARCH_ENDPOINT",
        key="AZURE_SEARCH_API_KEY",
        has_key=settings.search_key is not None,
        role=role,
        wrong_key=WRONG_KEY,
        quota="the service is busy: run it again, or give it more replicas",
    )


async def check_index(index: PhotoIndex, *, may_create: bool) -> list[Finding]:
    """The index is there and fits the settings."""
    if not may_create and not await index.exists():
        reason = "there is none yet, and none is made before the embedding model answers as EMBEDDING_DIMENSIONS says"
        return [Finding(reason, "not tried")]
    await index.check_definition()
    if index.differences:
        return [Finding("; ".join(index.differences), "worked round")]
    return [Finding("it fits the settings")]


async def check_query(index: PhotoIndex, settings: Settings) -> Sequence[Finding]:
    """A hybrid search, with the semantic ranker where it is on."""
    vector = [1.0] + [0.0] * (settings.embedding_dimensions - 1)
    results = await index.search(IndexQuery(text="photo", vector=vector, top=1, fields=("id",), semantic=True))
    if settings.semantic_ranker and not index.is_ranking:
        advice = "use a tier with the semantic ranker, enable its plan, or set SEMANTIC_RANKER=off"
        return [Finding("the semantic ranker is not available; search works without it", "worked round", advice)]
    ranked = "with" if settings.semantic_ranker else "without"
    return [Finding(f"by words and vector, {ranked} the semantic ranker; {results.total:,} photos matched")]


async def check_write(index: LiveIndex) -> list[Finding]:
    """
    Documents may be written: one is deleted that does not exist, which takes the same right.

    It is asked of the one index, as the app would also ask storage whether there is another beside it.
    """
    await index.at(index.record.in_use).delete(UNKNOWN)
    return [Finding("a document that does not exist may be deleted")]
