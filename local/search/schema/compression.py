"""How the vectors of a profile are compressed, as an index definition says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.search.errors import InvalidParameterError
from local.search.schema.json_shape import named_objects

KINDS: Mapping[str, Literal["scalar", "binary"]] = {"scalarQuantization": "scalar", "binaryQuantization": "binary"}
DEFAULT_OVERSAMPLING = 4.0  # documented for Azure AI Search
STORAGE_METHODS = ("preserveOriginals", "discardOriginals")


@dataclass(frozen=True)
class Compression:
    """
    Numbers of 8 bits (scalar) or of one (binary).

    A search compares these, and then as many as `oversampling` times k once more by the vectors as they were sent, if
    it `rescores`. Where originals are discarded, binary vectors are rescored by the query's own numbers.
    """

    kind: Literal["scalar", "binary"]
    oversampling: float = DEFAULT_OVERSAMPLING
    rescores: bool = True
    keeps_originals: bool = True
    dimensions: int | None = None  # how many of the first numbers are kept; None for all


def parse_compressions(raw: object) -> dict[str, Compression]:
    """Return the compressions of a vector search by name."""
    return {each["name"]: parse_compression(each) for each in named_objects(raw, "compressions")}


def parse_compression(raw: Mapping[str, Any]) -> Compression:
    """Check one compression; InvalidParameterError names what is wrong."""
    name, kind = raw["name"], KINDS.get(str(raw.get("kind")))
    if kind is None:
        raise InvalidParameterError.in_definition(
            f"The vector compression '{name}' has the unknown kind '{raw.get('kind')}'."
        )
    data_type = (raw.get("scalarQuantizationParameters") or {}).get("quantizedDataType") or "int8"
    if data_type != "int8":
        raise InvalidParameterError.in_definition(
            f"The vector compression '{name}' has the unknown quantized data type '{data_type}'."
        )
    options = raw.get("rescoringOptions") or {}
    method = options.get("rescoreStorageMethod") or "preserveOriginals"
    if method not in STORAGE_METHODS:
        raise InvalidParameterError.in_definition(
            f"The vector compression '{name}' has the unknown rescore storage method '{method}'."
        )
    keeps = method == "preserveOriginals"
    enabled = options.get("enableRescoring")
    rescores = (keeps or kind == "binary") if enabled is None else bool(enabled)
    if rescores and not keeps and kind == "scalar":
        raise InvalidParameterError.in_definition(
            f"The vector compression '{name}' discards the original vectors, which rescoring needs."
        )
    oversampling = options.get("defaultOversampling")
    if oversampling is not None and (not rescores or not is_oversampling(oversampling)):
        raise InvalidParameterError.in_definition(
            f"The default oversampling of the vector compression '{name}' must be at least 1, and needs rescoring."
        )
    return Compression(
        kind,
        DEFAULT_OVERSAMPLING if oversampling is None else float(oversampling),
        rescores,
        keeps,
        raw.get("truncationDimension"),
    )


def is_oversampling(value: object) -> bool:
    """Whether this says how many times more candidates are read."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 1
