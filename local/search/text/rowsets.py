"""
Which rows match a query, without scores: what counts and facets need.

Each leaf of the query is a set of rows, and the clauses are algebra on sets. The sets of
leaves are remembered until the next commit: words that people search for come again and again,
and collecting the matches of a common one takes milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import reduce
from threading import Lock

import numpy as np

from local.search.columns.column import Array, Mask
from local.search.text.compiler import Compiler
from local.search.text.nodes import Boosted, Clauses, Leaf, Node, Occur, Scoped
from local.search.text.words import Words

REMEMBERED = 1000  # sets, of a bit for each row


class RowSets:
    """The sets of one commit of the words, for several searches at once; whoever uses it holds the view."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known: OrderedDict[object, Array] = OrderedDict()
        self._lock = Lock()

    def clear(self) -> None:
        """Forget the sets: the words have changed."""
        self._known.clear()

    def matching(self, node: Node, compiler: Compiler, rows: int, scope: str | None = None) -> Mask | None:
        """Return which of the first `rows` rows match; None where analysis leaves nothing to look for."""
        match node:
            case Clauses(parts):
                found = [(occur, self.matching(part, compiler, rows, scope)) for occur, part in parts]
                return combined([(occur, mask) for occur, mask in found if mask is not None], rows)
            case Boosted(inner, _):
                return self.matching(inner, compiler, rows, scope)
            case Scoped(name, inner):
                return self.matching(inner, compiler, rows, name)
        return self._leaf(node, compiler, rows, scope)

    def _leaf(self, leaf: Leaf, compiler: Compiler, rows: int, scope: str | None) -> Mask | None:
        key = (leaf, scope or compiler.fields, compiler.match_all, rows)
        with self._lock:
            packed = self._known.get(key)
        if packed is None:
            query = compiler.compile(leaf, scope)
            if query is None:
                return None
            mask = np.zeros(rows, dtype=np.bool_)
            mask[self._words.rows(query)] = True
            packed = np.packbits(mask)
        with self._lock:
            self._known[key] = packed
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return np.unpackbits(packed, count=rows).view(np.bool_)


def combined(clauses: list[tuple[Occur, Mask]], rows: int) -> Mask | None:
    """What must match, or else any of what should, without what must not: as tantivy combines clauses."""
    if not clauses:
        return None
    by = {occur: [mask for one, mask in clauses if one is occur] for occur in Occur}
    found: Mask = np.zeros(rows, dtype=np.bool_)
    if by[Occur.MUST]:
        found = reduce(np.logical_and, by[Occur.MUST])
    elif by[Occur.SHOULD]:
        found = reduce(np.logical_or, by[Occur.SHOULD])
    return reduce(lambda left, right: left & ~right, by[Occur.NOT], found)
