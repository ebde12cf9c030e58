"""What a document of the index can hold, by the limits of Azure AI Search; what exceeds them is cut."""

from collections.abc import Mapping
from typing import Any

from shared.photo import INDEXED, VECTORS

# A string that is filtered, sorted or counted by is one term, of 32,766 bytes at most.
MAX_TERM = 32_000  # bytes
MAX_TEXT = 1_000_000  # bytes of any other string; a request holds 16 MB
MAX_VALUES = 1_000  # values of a list
INT32 = 2**31 - 1

FIELDS = {name: index for name, index in INDEXED.items() if name not in VECTORS}


def fit(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with strings, lists and numbers cut to what the index takes, and lone surrogates replaced."""
    return {name: _fit_value(value, FIELDS[name]) if name in FIELDS else value for name, value in document.items()}


def _fit_value(value: Any, index: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _cut(value, MAX_TEXT if index["attributes"] <= {"searchable"} else MAX_TERM)
    if isinstance(value, list):
        return [_fit_value(each, index) for each in value[:MAX_VALUES]]
    if index["type"] == "Edm.Int32" and isinstance(value, int):
        return max(-INT32, min(value, INT32))
    return value


def _cut(text: str, limit: int) -> str:
    """The text within so many bytes of UTF-8; no character is cut in two."""
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
