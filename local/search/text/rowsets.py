"""
Which rows match a query, without scores: what counts and facets need.

Each leaf of the query is a set of rows, and the clauses are algebra on sets. The sets of
leaves are remembered until the next commit: words that people search for come again and again,
and collecting the matches of a common one takes milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import reduce

import numpy as np
import numpy.typing as npt

from local.search.columns.column import Mask
from local.search.text.compiler import Compiler
from local.search.text.nodes import Boosted, Clauses, Leaf, Node, Occur, Scoped
from local.search.text.words import Words

Packed = npt.NDArray[np.uint8]  # a bit for each row
REMEMBERED = 1000  # sets


class RowSets:
    """The sets of one commit of the words; whoever uses it holds the view."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known: OrderedDict[object, Packed] = OrderedDict()

    def clear(self) -> None:
        """Forget the sets: the words have changed."""
        self._known.clear()

    def matching(self, node: Node, compiler: Compiler, rows: int) -> Mask | None:
        """Return which of the first `rows` rows match; None where analysis leaves nothing to look for."""
        packed = self._packed(node, compiler, rows, None)
        return None if packed is None else np.unpackbits(packed, count=rows).view(np.bool_)

    def _packed(self, node: Node, compiler: Compiler, rows: int, scope: str | None) -> Packed | None:
        match node:
            case Clauses(parts):
                found = [(occur, self._packed(part, compiler, rows, scope)) for occur, part in parts]
                return combined([(occur, packed) for occur, packed in found if packed is not None])
            case Boosted(inner, _):
                return self._packed(inner, compiler, rows, scope)
            case Scoped(name, inner):
                return self._packed(inner, compiler, rows, name)
        return self._leaf(node, compiler, rows, scope)

    def _leaf(self, leaf: Leaf, compiler: Compiler, rows: int, scope: str | None) -> Packed | None:
        key = (leaf, scope or compiler.fields, compiler.match_all, rows)
        packed = self._known.get(key)
        if packed is None:
            query = compiler.compile(leaf, scope)
            if query is None:
                return None
            mask = np.zeros(rows, dtype=np.bool_)
            mask[self._words.rows(query)] = True
            packed = self._known[key] = np.packbits(mask)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return packed


def combined(clauses: list[tuple[Occur, Packed]]) -> Packed | None:
    """What must match, or else any of what should, without what must not: as tantivy combines clauses."""
    if not clauses:
        return None
    by = {occur: [packed for one, packed in clauses if one is occur] for occur in Occur}
    found = np.zeros_like(clauses[0][1])
    if by[Occur.MUST]:
        found = reduce(np.bitwise_and, by[Occur.MUST])
    elif by[Occur.SHOULD]:
        found = reduce(np.bitwise_or, by[Occur.SHOULD])
    return reduce(lambda left, right: left & ~right, by[Occur.NOT], found)
