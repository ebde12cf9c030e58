"""The ids that photos have now: one that was moved has another, and for a day its old id leads there."""

from collections.abc import Sequence

from shared.access.in_force import rules_in_force
from shared.access.rules import Rules
from shared.access.sight import current_sight
from shared.search.index import PhotoIndex
from shared.stores.collections import Collections
from shared.stores.moves import Move, Moves


async def current_ids(ids: Sequence[str], moves: Moves, collections: Collections, index: PhotoIndex) -> list[str]:
    """These ids, but for photos that were moved lately their new ones; it costs nothing where no photo was."""
    if not await moves.are_kept():
        return list(ids)
    there = await index.entries(ids)
    return [id_ if id_ in there else await current_id(id_, moves, collections) for id_ in ids]


async def current_id(id_: str, moves: Moves, collections: Collections) -> str:
    """
    Where an id leads, however often the photo was moved; nowhere, if the caller of now does not see every place.

    An id is made of a path, so that it would tell of the place that is hidden.
    """
    steps = await moves.steps(id_)
    return steps[-1].new_id if steps and await _sees(steps, collections) else id_


async def _sees(steps: Sequence[Move], collections: Collections) -> bool:
    """Whether the caller sees where the photo was, and where it is."""
    sight = current_sight()
    if sight.is_full:
        return True
    members = await collections.of_photo(steps[-1].new_id)  # it keeps its places in them
    return all(sight.sees(path, members) for each in steps for path in (each.path, each.new_path))


async def id_for_whoever_saw(id_: str, moves: Moves, collections: Collections) -> str:
    """
    Where an id leads for somebody who is not known, and once saw the photo that had it; nowhere, if not all of them
    see every place that it came to.
    """
    steps = await moves.steps(id_)
    return steps[-1].new_id if steps and await _is_shown_on(steps, collections) else id_


async def _is_shown_on(steps: Sequence[Move], collections: Collections) -> bool:
    """Whether each place is shown to all to whom the first one is."""
    in_force = rules_in_force()
    if not in_force.hide:
        return in_force.is_known
    members = await collections.of_photo(steps[-1].new_id)
    return all(_grants_as_much(rules, steps, members) for rules in in_force.all if rules.hide)


def _grants_as_much(rules: Rules, steps: Sequence[Move], members: Sequence[str]) -> bool:
    saw = set(rules.grants_of(steps[0].path, members))
    return not rules.is_closed and all(saw <= set(rules.grants_of(each.new_path, members)) for each in steps)
