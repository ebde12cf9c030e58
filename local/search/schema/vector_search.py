"""The vector search part of an index definition: algorithms, compressions and profiles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.search.errors import InvalidParameterError, UnsupportedFeatureError
from local.search.schema.compression import Compression, parse_compressions
from local.search.schema.field import IndexField
from local.search.schema.json_shape import named_objects

METRICS = ("cosine", "euclidean", "dotProduct")
ALGORITHM_PARAMETERS = {"hnsw": "hnswParameters", "exhaustiveKnn": "exhaustiveKnnParameters"}


@dataclass(frozen=True)
class VectorProfile:
    """How the vectors of a profile are compared, and how they are compressed, if they are."""

    metric: str = "cosine"
    compression: Compression | None = None


def parse_vector_profiles(raw: object, fields: Iterable[IndexField]) -> dict[str, VectorProfile]:
    """Return the vector profiles by name; every vector field must have one that exists."""
    search = raw if isinstance(raw, Mapping) else {}
    algorithms = {
        algorithm["name"]: parse_metric(algorithm)
        for algorithm in named_objects(search.get("algorithms"), "algorithms")
    }
    compressions = parse_compressions(search.get("compressions"))
    profiles: dict[str, VectorProfile] = {}
    for profile in named_objects(search.get("profiles"), "profiles"):
        algorithm = profile.get("algorithm")
        if not isinstance(algorithm, str) or algorithm not in algorithms:
            raise InvalidParameterError.in_definition(
                f"The vector search profile '{profile['name']}' refers to the unknown algorithm '{algorithm}'."
            )
        compression = profile.get("compression")
        if compression is not None and compression not in compressions:
            raise InvalidParameterError.in_definition(
                f"The vector search profile '{profile['name']}' refers to the unknown compression '{compression}'."
            )
        profiles[profile["name"]] = VectorProfile(
            algorithms[algorithm], None if compression is None else compressions[compression]
        )
    for field in fields:
        if field.is_vector and field.vector_profile not in profiles:
            raise InvalidParameterError.in_definition(
                f"The vector field '{field.name}' refers to the unknown vector search profile '{field.vector_profile}'."
            )
    return profiles


def parse_metric(algorithm: Mapping[str, Any]) -> str:
    """Return the metric of one algorithm."""
    kind = algorithm.get("kind")
    if not isinstance(kind, str) or kind not in ALGORITHM_PARAMETERS:
        raise InvalidParameterError.in_definition(f"The vector search algorithm kind '{kind}' is unknown.")
    parameters = algorithm.get(ALGORITHM_PARAMETERS[kind]) or {}
    metric = (parameters.get("metric") if isinstance(parameters, Mapping) else None) or "cosine"
    if metric == "hamming":
        raise UnsupportedFeatureError("the hamming metric of binary vectors")
    if metric not in METRICS:
        raise InvalidParameterError.in_definition(f"The vector search metric '{metric}' is unknown.")
    return str(metric)
