"""
One field of every document, as numpy arrays.

A column is addressed by row, a small integer. Strings become codes into a vocabulary, everything else becomes a
number; `present` says where there is a value at all.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from local.search.schema.field import BOOLEAN, DATE, DOUBLE, POINT, STRING, IndexField
from local.search.schema.values import SPECIAL_NUMBERS, parse_stored_date
from local.search.text.normalizers import normalize

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]
NO_VALUE = -1
MIN_COMPACTION = 1024  # strings


def grown(array: Array, size: int, fill: Any) -> Array:
    """Return the array with room for `size` rows, doubling so that growth stays cheap."""
    if size <= len(array):
        return array
    bigger = np.full((max(size, 2 * len(array), 64), *array.shape[1:]), fill, dtype=array.dtype)
    bigger[: len(array)] = array
    return bigger


class NumberColumn:
    """Whole numbers, doubles, booleans (0 or 1) and dates (milliseconds since 1970)."""

    def __init__(self, field: IndexField) -> None:
        self.field = field
        self.values: Array = np.zeros(0, dtype=np.float64 if field.element_type == DOUBLE else np.int64)
        self.present: Mask = np.zeros(0, dtype=np.bool_)

    def grow(self, size: int) -> None:
        self.values = grown(self.values, size, 0)
        self.present = grown(self.present, size, False)

    def set(self, row: int, value: Any) -> None:
        self.present[row] = value is not None
        self.values[row] = 0 if value is None else self.to_number(value)

    def to_number(self, value: Any) -> float | int:
        """Turn a stored value into the number the column keeps."""
        if self.field.element_type == DATE:
            return parse_stored_date(value)
        if self.field.element_type == BOOLEAN:
            return int(value)
        return SPECIAL_NUMBERS[value] if isinstance(value, str) else value

    def has_value(self, rows: Array) -> Mask:
        """Return which of these rows hold a value."""
        return np.asarray(self.present[rows])

    def sort_keys(self) -> Array:
        return self.values


class PointColumn:
    """Geography points: longitude and latitude in degrees."""

    def __init__(self, field: IndexField) -> None:
        self.field = field
        self.values: Array = np.zeros((0, 2), dtype=np.float64)
        self.present: Mask = np.zeros(0, dtype=np.bool_)

    def grow(self, size: int) -> None:
        self.values = grown(self.values, size, 0)
        self.present = grown(self.present, size, False)

    def set(self, row: int, value: Any) -> None:
        self.present[row] = value is not None
        self.values[row] = (0, 0) if value is None else value["coordinates"]

    def has_value(self, rows: Array) -> Mask:
        return np.asarray(self.present[rows])


class StringColumn:
    """Strings as codes; `vocabulary[code]` is the string."""

    def __init__(self, field: IndexField) -> None:
        self.field = field
        self.codes: Array = np.zeros(0, dtype=np.int32)
        self.vocabulary: list[str] = []
        self.code_of: dict[str, int] = {}
        self._ranks: Array | None = None
        self._compact_at = MIN_COMPACTION

    def grow(self, size: int) -> None:
        self.codes = grown(self.codes, size, NO_VALUE)

    @property
    def present(self) -> Mask:
        return np.asarray(self.codes != NO_VALUE)

    def has_value(self, rows: Array) -> Mask:
        return np.asarray(self.codes[rows] != NO_VALUE)

    def set(self, row: int, value: Any) -> None:
        self.codes[row] = NO_VALUE if value is None else self.code(normalize(value, self.field.normalizer))

    def code(self, value: str) -> int:
        """Return the code of a string, giving it one if it is new."""
        code = self.code_of.get(value)
        if code is None:
            code = self.code_of[value] = len(self.vocabulary)
            self.vocabulary.append(value)
            self._ranks = None
        return code

    def ranks(self) -> Array:
        """Return the rank of every code in ordinal order."""
        if self._ranks is None:
            order = sorted(range(len(self.vocabulary)), key=self.vocabulary.__getitem__)
            self._ranks = np.empty(len(order), dtype=np.int64)
            self._ranks[order] = np.arange(len(order))
        return self._ranks

    def sort_keys(self) -> Array:
        """Return a number per row that sorts as the strings do; rows without a value get 0."""
        ranks = np.append(self.ranks(), 0)
        return np.asarray(ranks[self.codes])

    def compact(self) -> None:
        """Forget strings that no row uses any more, once they are the majority."""
        if len(self.vocabulary) < self._compact_at:
            return
        used_codes = np.unique(self.codes[self.codes != NO_VALUE])
        self._compact_at = 2 * len(used_codes) + MIN_COMPACTION
        if len(self.vocabulary) < self._compact_at:
            return
        new_codes = np.full(len(self.vocabulary) + 1, NO_VALUE, dtype=np.int32)
        new_codes[used_codes] = np.arange(len(used_codes))
        self.vocabulary = [self.vocabulary[code] for code in used_codes]
        self.code_of = {value: code for code, value in enumerate(self.vocabulary)}
        self.codes = new_codes[self.codes]
        self._ranks = None


Column = NumberColumn | PointColumn | StringColumn


def column_for(field: IndexField) -> Column:
    """Return an empty column that fits the field's element type."""
    if field.element_type == STRING:
        return StringColumn(field)
    return PointColumn(field) if field.element_type == POINT else NumberColumn(field)
