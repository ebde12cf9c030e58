"""The ids that photos have now: one that was moved has another, and for a day its old id leads there."""

from collections.abc import Sequence

from shared.search.index import PhotoIndex
from shared.stores.moves import Moves


async def current_ids(ids: Sequence[str], moves: Moves, index: PhotoIndex) -> list[str]:
    """These ids, but for photos that were moved lately their new ones; it costs nothing where no photo was."""
    if not await moves.are_kept():
        return list(ids)
    there = await index.entries(ids)
    return [id_ if id_ in there else await moves.follow(id_) for id_ in ids]
