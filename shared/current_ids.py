"""The ids that photos have now: one that was moved has another, and for a day its old id leads there."""

from collections.abc import Sequence

from shared.access.sight import current_sight
from shared.search.index import PhotoIndex
from shared.stores.moves import Moves


async def current_ids(ids: Sequence[str], moves: Moves, index: PhotoIndex) -> list[str]:
    """These ids, but for photos that were moved lately their new ones; it costs nothing where no photo was."""
    if not await moves.are_kept():
        return list(ids)
    there = await index.entries(ids)
    return [id_ if id_ in there else await _follow(id_, moves) for id_ in ids]


async def _follow(id_: str, moves: Moves) -> str:
    """Where an id leads; nowhere, if the caller of now does not see where the photo was, and where it is."""
    new_id, sight = await moves.follow(id_), current_sight()
    if new_id == id_ or sight.is_full:
        return new_id
    move = await moves.find(id_)
    return new_id if move and sight.sees(move.path) and sight.sees(move.new_path) else id_
