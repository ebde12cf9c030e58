"""Made-up documents and queries for the search stand-in, and the schema of their index."""

from typing import Any

import numpy as np

DIMENSIONS, VOCABULARY = 384, 60_000
INDEX = {
    "name": "bench",
    "fields": [
        {"name": "id", "type": "Edm.String", "key": True, "filterable": True, "searchable": False},
        {"name": "title", "type": "Edm.String", "analyzer": "en.lucene", "filterable": False, "facetable": False},
        {"name": "body", "type": "Edm.String", "analyzer": "en.lucene", "filterable": False, "facetable": False},
        {"name": "folder", "type": "Edm.String", "searchable": False},
        {"name": "tags", "type": "Collection(Edm.String)", "searchable": False},
        {"name": "year", "type": "Edm.Int32"},
        {"name": "taken_at", "type": "Edm.DateTimeOffset"},
        {
            "name": "vector",
            "type": "Collection(Edm.Single)",
            "dimensions": DIMENSIONS,
            "vectorSearchProfile": "p",
        },
    ],
    "vectorSearch": {
        "algorithms": [{"name": "h", "kind": "hnsw"}],
        "profiles": [{"name": "p", "algorithm": "h"}],
    },
}


class Corpus:
    """Made-up documents and queries, the same in every run."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.words = np.array([f"{chr(97 + n % 26)}{n:x}" for n in range(VOCABULARY)])

    def text(self, length: int) -> str:
        ranks = np.minimum(self.random.zipf(1.25, length), VOCABULARY) - 1
        return " ".join(self.words[ranks])

    def vector(self) -> list[float]:
        vector = self.random.standard_normal(DIMENSIONS)
        return [round(float(part), 6) for part in vector / np.linalg.norm(vector)]

    def document(self, number: int) -> dict[str, Any]:
        year = 2000 + int(self.random.integers(25))
        return {
            "id": str(number),
            "title": self.text(6),
            "body": self.text(120),
            "folder": f"folder{int(self.random.integers(40))}",
            "tags": [f"tag{int(n)}" for n in set(self.random.integers(0, 60, 4))],
            "year": year,
            "taken_at": f"{year}-{1 + int(self.random.integers(12)):02d}-10T08:00:00Z",
            "vector": self.vector(),
        }

    def query(self) -> str:
        """Four words, of which the first is common."""
        ranks = [self.random.integers(2, 30), *self.random.integers(30, 8000, 3)]
        return " ".join(self.words[np.array(ranks)])
