"""The vector search part of an index definition: algorithms, profiles and their distance metrics."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.search.errors import InvalidParameterError, UnsupportedFeatureError
from local.search.schema.field import IndexField
from local.search.schema.json_shape import named_objects

METRICS = ("cosine", "euclidean", "dotProduct")
ALGORITHM_PARAMETERS = {"hnsw": "hnswParameters", "exhaustiveKnn": "exhaustiveKnnParameters"}


def parse_metrics(raw: object, fields: Iterable[IndexField]) -> dict[str, str]:
    """Return the distance metric of each vector profile; every vector field must have a profile that exists."""
    search = raw if isinstance(raw, Mapping) else {}
    algorithms = {
        algorithm["name"]: parse_metric(algorithm)
        for algorithm in named_objects(search.get("algorithms"), "algorithms")
    }
    profiles: dict[str, str] = {}
    for profile in named_objects(search.get("profiles"), "profiles"):
        algorithm = profile.get("algorithm")
        if not isinstance(algorithm, str) or algorithm not in algorithms:
            raise InvalidParameterError.in_definition(
                f"The vector search profile '{profile['name']}' refers to the unknown algorithm '{algorithm}'."
            )
        profiles[profile["name"]] = algorithms[algorithm]
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
