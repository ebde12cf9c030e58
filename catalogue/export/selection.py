"""The photos of an export, read page by page, so that their number costs no memory."""

from collections.abc import AsyncGenerator, Sequence

from shared.errors import NotFound
from shared.photo import Photo
from shared.search.index import PhotoIndex
from shared.search.odata import among
from shared.search.query import IndexQuery
from shared.search.search import Sort

PAGE = 500
ORDERS: dict[Sort, Sequence[str]] = {
    "relevance": ("id",),
    "newest": ("sorted_at desc", "id"),
    "oldest": ("sorted_at asc", "id"),
}
NAMED = 3  # ids that an error names


async def walk_photos(
    index: PhotoIndex, filter_: str | None = None, sort: Sort = "relevance"
) -> AsyncGenerator[Photo, None]:
    """
    Every photo that the filter matches, by date where `sort` says so.

    Else it is in the order of ids, which stays whatever happens meanwhile. A photo whose date is changed may be left
    out, or come twice.
    """
    last: Photo | None = None
    while True:
        clauses = [clause for clause in (filter_ and f"({filter_})", last and f"({_after(last, sort)})") if clause]
        query = IndexQuery(filter=" and ".join(clauses) or None, order_by=ORDERS[sort], top=PAGE)
        hits = (await index.search(query)).hits
        for hit in hits:
            yield hit.photo
        if len(hits) < PAGE:
            return
        last = hits[-1].photo


def _after(photo: Photo, sort: Sort) -> str:
    """What comes after a photo. Photos without a date, of which old indexes have some, are older than all others."""
    later_id, date = f"id gt '{photo.id}'", photo.sorted_at
    if sort == "relevance":
        return later_id
    if date is None:
        undated = f"sorted_at eq null and {later_id}"
        return undated if sort == "newest" else f"sorted_at ne null or ({undated})"
    same_date = f"(sorted_at eq {date} and {later_id})"
    return (
        f"sorted_at gt {date} or {same_date}"
        if sort == "oldest"
        else f"sorted_at lt {date} or sorted_at eq null or {same_date}"
    )


async def photos_by_id(index: PhotoIndex, ids: Sequence[str]) -> AsyncGenerator[Photo, None]:
    """The photos with these ids that are there, in their order."""
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        query = IndexQuery(filter=among(page), top=len(page))
        photos = {hit.photo.id: hit.photo for hit in (await index.search(query)).hits}
        for id_ in page:
            if photo := photos.get(id_):
                yield photo


async def total_size(index: PhotoIndex, filter_: str | None, *, limit: int) -> int:
    """How many bytes the originals have that the filter matches; counting ends beyond the limit."""
    size = 0
    async for entry in index.walk(filter_):
        size += entry.size_bytes
        if size > limit:
            break
    return size


async def total_size_by_id(index: PhotoIndex, ids: Sequence[str]) -> int:
    """How many bytes the originals of these photos have; NotFound if some are no photos, which it names."""
    size, missing = 0, list[str]()
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        entries = await index.entries(page)
        missing += [id_ for id_ in page if id_ not in entries]
        size += sum(each.size_bytes for each in entries.values())
    if missing:
        names = ", ".join(missing[:NAMED]) + (", ..." if len(missing) > NAMED else "")
        raise NotFound(f"{len(missing):,} of the {len(ids):,} ids are of no photo: {names}", param="ids")
    return size
