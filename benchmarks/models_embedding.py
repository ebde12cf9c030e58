"""
`python -m benchmarks models_embedding TSV [QUERIES]`: which prefix suits an API that cannot say query from document.

TSV holds `image id <TAB> caption` with the captions of an image together: the
first is its document, the others are queries. Prints recall at 1 and 10 for
each pair of prefixes, on QUERIES (default 1200) queries drawn with a fixed seed.
"""

import argparse
import itertools
import random
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from local.e5 import E5Model, TextPrefix

Matrix = NDArray[np.float32]


def captions(path: Path) -> tuple[list[str], list[tuple[int, str]]]:
    """Documents, and queries with the number of their document."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    documents: list[str] = []
    queries: list[tuple[int, str]] = []
    for index, (_, group) in enumerate(itertools.groupby(rows, key=lambda row: row[0])):
        first, *others = (caption for _, caption in group)
        documents.append(first)
        queries += [(index, caption) for caption in others]
    return documents, queries


def recall(documents: Matrix, queries: Matrix, document_indexes: list[int]) -> tuple[float, float]:
    """At 1 and at 10."""
    scores = queries @ documents.T
    rank = (scores > scores[np.arange(len(document_indexes)), document_indexes][:, None]).sum(axis=1)
    return float((rank < 1).mean()), float((rank < 10).mean())


def main() -> None:
    """Embed with both prefixes and compare."""
    options = argparse.ArgumentParser(prog="python -m benchmarks models_embedding")
    options.add_argument("captions", type=Path, help="lines of image, tab, caption")
    options.add_argument("queries", type=int, nargs="?", default=1200)
    arguments = options.parse_args()
    model = E5Model()
    documents, queries = captions(arguments.captions)
    sampled = random.Random(1).sample(queries, min(arguments.queries, len(queries)))
    document_indexes = [index for index, _ in sampled]
    kinds = get_args(TextPrefix)
    document_vectors = {kind: np.vstack([model.embed(text, kind) for text in documents]) for kind in kinds}
    query_vectors = {kind: np.vstack([model.embed(text, kind) for _, text in sampled]) for kind in kinds}
    print("| documents | queries | recall@1 | recall@10 |\n|---|---|---|---|")
    for first, second in itertools.product(kinds, kinds):
        recall_at_1, recall_at_10 = recall(document_vectors[first], query_vectors[second], document_indexes)
        print(f"| {first} | {second} | {recall_at_1:.3f} | {recall_at_10:.3f} |")


if __name__ == "__main__":
    main()
