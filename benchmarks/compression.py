"""
How many of the nearest photos a search of compressed vectors still finds.

    python -m benchmarks compression [--captions 20000] [--queries 500]

The captions kept here are embedded by the stand-in's model, as many as are asked for; other captions of other images
are the queries. The truth is what whole vectors find. Compressed vectors are those of the search stand-in, which rounds
each number to 8 bits or to one, and scores as many candidates again as `oversampling` says. The share found depends on
the model: longer vectors lose less by single bits than the 384 numbers of this one.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval_corpus import read_captions
from benchmarks.retrieval_services import DATA, opened
from local.search.column_store.compressed_vectors import CompressedVectors
from local.search.column_store.vector_column import VectorColumn
from local.search.schema.compression import Compression
from query.search.library import VECTOR_CANDIDATES
from shared.search.vector_compression import COMPRESSIONS
from tests.world import running_world, settings

BATCH = 256
DEPTHS = (10, VECTOR_CANDIDATES)  # of the first page, and of what a search judges
OVERSAMPLING = (1.0, 2.0, 4.0, 10.0)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks compression")
    parser.add_argument("--captions", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=500)
    options = parser.parse_args(arguments)
    images = list(read_captions(DATA / "coco-captions.tsv").values())
    queried = images[-options.queries :]
    captions = [text for texts in images[: -options.queries] for text in texts][: options.captions]
    report = measured(queried, captions)
    print(f"{report['vectors']} vectors of {report['dimensions']} numbers, {report['queries']} queries")
    for each in report["rows"]:
        shares = "   ".join(f"of the first {depth}: {each['found'][depth]:.3f}" for depth in DEPTHS)
        print(f"  {each['compression']:<8} {each['oversampling']:>4.0f} times   {shares}")


def measured(queried: Sequence[Sequence[str]], captions: Sequence[str]) -> dict[str, Any]:
    """What is found of the captions nearest to the first caption of each of these images."""
    with tempfile.TemporaryDirectory() as folder, running_world(Path(folder), fast=True) as world:
        environment = settings(world.azurite, world.models_url, world.search_url)
        vectors, asked = asyncio.run(embedded(environment, captions, [texts[0] for texts in queried]))
    return {
        "vectors": len(vectors),
        "dimensions": vectors.shape[1],
        "queries": len(asked),
        "rows": compared(vectors, asked),
    }


async def embedded(
    environment: dict[str, str], captions: Sequence[str], queries: Sequence[str]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The vectors of captions and of queries, one in each row."""
    async with opened(environment) as services:
        batches = [captions[start : start + BATCH] for start in range(0, len(captions), BATCH)]
        vectors = [vector for batch in batches for vector in await services.models.embed(batch)]
        return np.asarray(vectors, np.float32), np.asarray(await services.models.embed(queries), np.float32)


def compared(vectors: np.ndarray[Any, Any], asked: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """For each way of compressing, with each number of candidates, the share that it finds of the nearest."""
    whole = filled(VectorColumn(vectors.shape[1], "cosine"), vectors)
    truth = {depth: [nearest(whole, each, depth, None) for each in asked] for depth in DEPTHS}
    rows = []
    for name, (_, usual) in COMPRESSIONS.items():
        column = filled(CompressedVectors(vectors.shape[1], "cosine", compression(name)), vectors)
        for oversampling in sorted({*OVERSAMPLING, usual}):
            found = {
                depth: sum(
                    len(nearest(column, each, depth, oversampling) & true)
                    for each, true in zip(asked, truth[depth], strict=True)
                )
                / (depth * len(asked))
                for depth in DEPTHS
            }
            rows.append({"compression": name, "oversampling": oversampling, "found": found})
    return rows


def compression(name: str) -> Compression:
    return Compression("scalar" if name == "scalar" else "binary")


def filled(column: VectorColumn, vectors: np.ndarray[Any, Any]) -> VectorColumn:
    column.grow(len(vectors))
    column.load(enumerate(vectors))
    return column


def nearest(column: VectorColumn, query: np.ndarray[Any, Any], depth: int, oversampling: float | None) -> set[int]:
    rows, _ = column.nearest(query, column.present, depth, oversampling)
    return set(rows.tolist())
