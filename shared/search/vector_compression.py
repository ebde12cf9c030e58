"""How the index compresses vectors: as the setting says it, and as the service does."""

from collections.abc import Mapping
from typing import Any, Literal

VectorCompression = Literal["none", "scalar", "binary"]
# The service's name of each, and how many times more photos it scores again: benchmarks/search.md has what that finds.
COMPRESSIONS = {"scalar": ("scalarQuantization", 4.0), "binary": ("binaryQuantization", 10.0)}


def vector_profiles(name: str, algorithm: str, compression: VectorCompression) -> dict[str, Any]:
    """The part of a definition that has the one profile of all vectors, and how it compresses them."""
    profile = {"name": name, "algorithm": algorithm}
    if compression == "none":
        return {"profiles": [profile]}
    kind, oversampling = COMPRESSIONS[compression]
    rescoring = {
        "enableRescoring": True,
        "defaultOversampling": oversampling,
        "rescoreStorageMethod": "preserveOriginals",
    }
    return {
        "profiles": [{**profile, "compression": compression}],
        "compressions": [{"name": compression, "kind": kind, "rescoringOptions": rescoring}],
    }


def profile_of(index: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """The profile of a field of vectors; empty where there is none."""
    name = next((each.get("vectorSearchProfile") for each in index["fields"] if each["name"] == field), None)
    profiles = (index.get("vectorSearch") or {}).get("profiles") or ()
    return next((each for each in profiles if each["name"] == name), {})


def compression_of(index: Mapping[str, Any], field: str) -> VectorCompression:
    """How an index compresses the vectors of a field."""
    name = profile_of(index, field).get("compression")
    compressions = (index.get("vectorSearch") or {}).get("compressions") or ()
    kind = next((each["kind"] for each in compressions if each["name"] == name), "")
    return "scalar" if kind == COMPRESSIONS["scalar"][0] else "binary" if kind == COMPRESSIONS["binary"][0] else "none"
