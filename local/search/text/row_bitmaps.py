"""
Which rows match a query, without scores: what counts and facets need.

Each leaf of the query is a bitmap of rows, and clauses combine bitmaps. The bitmaps of leaves are cached until the
next commit: people search for the same words again and again, and collecting the matches of a common one takes
milliseconds.
"""

from collections import OrderedDict
from functools import reduce

import numpy as np
import numpy.typing as npt

from local.search.column_store.columns import Mask
from local.search.text.query_compiler import QueryCompiler
from local.search.text.query_nodes import BooleanNode, BoostNode, FieldNode, LeafNode, Occur, QueryNode
from local.search.text.text_index import TextIndex

Bitmap = npt.NDArray[np.uint8]  # a bit for each row
CACHE_SIZE = 1000  # bitmaps


class RowBitmaps:
    """The bitmaps of one commit of the text index; the caller has exclusive use of the view."""

    def __init__(self, text_index: TextIndex) -> None:
        self._text_index = text_index
        self._cache: OrderedDict[object, Bitmap] = OrderedDict()

    def clear(self) -> None:
        """Forget every bitmap, because the text index has changed."""
        self._cache.clear()

    def matching(self, node: QueryNode, compiler: QueryCompiler, row_count: int) -> Mask | None:
        """Return which of the first `row_count` rows match; None where analysis leaves nothing to look for."""
        bitmap = self._bitmap(node, compiler, row_count, None)
        return None if bitmap is None else np.unpackbits(bitmap, count=row_count).view(np.bool_)

    def _bitmap(
        self, node: QueryNode, compiler: QueryCompiler, row_count: int, field_path: str | None
    ) -> Bitmap | None:
        match node:
            case BooleanNode(clauses):
                bitmaps = [(occur, self._bitmap(inner, compiler, row_count, field_path)) for occur, inner in clauses]
                return combine([(occur, bitmap) for occur, bitmap in bitmaps if bitmap is not None])
            case BoostNode(inner, _):
                return self._bitmap(inner, compiler, row_count, field_path)
            case FieldNode(name, inner):
                return self._bitmap(inner, compiler, row_count, name)
        return self._leaf(node, compiler, row_count, field_path)

    def _leaf(self, leaf: LeafNode, compiler: QueryCompiler, row_count: int, field_path: str | None) -> Bitmap | None:
        key = (leaf, field_path or compiler.fields, compiler.match_all, row_count)
        bitmap = self._cache.get(key)
        if bitmap is None:
            query = compiler.compile(leaf, field_path)
            if query is None:
                return None
            mask = np.zeros(row_count, dtype=np.bool_)
            mask[self._text_index.matching_rows(query)] = True
            bitmap = self._cache[key] = np.packbits(mask)
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return bitmap


def combine(clauses: list[tuple[Occur, Bitmap]]) -> Bitmap | None:
    """Combine clauses as tantivy does: all that must match, or else any that should, without what must not."""
    if not clauses:
        return None
    by_occur = {occur: [bitmap for other, bitmap in clauses if other is occur] for occur in Occur}
    matching = np.zeros_like(clauses[0][1])
    if by_occur[Occur.MUST]:
        matching = reduce(np.bitwise_and, by_occur[Occur.MUST])
    elif by_occur[Occur.SHOULD]:
        matching = reduce(np.bitwise_or, by_occur[Occur.SHOULD])
    return reduce(lambda left, right: left & ~right, by_occur[Occur.MUST_NOT], matching)
