"""
What it costs to hide photos: searches of a person in 30 groups under 200 rules, and the same without rules.

    python -m benchmarks access [--photos 50000] [--rounds 40]

Both are asked in turn, so that other work on the machine disturbs both alike; times are medians in milliseconds. Every
photo is granted to the person, so that both find the same. Halfway through a change of rules, half of the documents
follow the earlier ones, and the filter names folders as well.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.search.documents.aio import SearchClient
from azure.search.documents.indexes.aio import SearchIndexClient

from query.search.library import Library
from shared.access.caller import APP, Caller, acting_for
from shared.access.in_force import RulesInForce, grants, put_rules_in_force
from shared.access.roles import Role
from shared.access.rules import Rule, Rules
from shared.photo import Photo, photo_id
from shared.search.index import PhotoIndex
from shared.search.search import Search
from tests.local.search.server import ADMIN_KEY, SearchServer

RULES, GROUPS, DIMENSIONS, BATCH, VOCABULARY = 200, 30, 384, 500, 4000
PERSON = Caller("person", Role.VIEWER, "p", frozenset(f"g{number}" for number in range(GROUPS)))
NOW = Rules(tuple(Rule((f"group:g{number % GROUPS}",), folder=f"folder{number}") for number in range(RULES)))
EARLIER = Rules(tuple(Rule(("person:p", *each.see), folder=each.folder) for each in NOW.rules))


class Vectors:
    """A model that embeds by chance."""

    embedding_model, dimensions, chat_model = "chance", DIMENSIONS, "none"

    def __init__(self) -> None:
        self._random = random.Random(7)

    def vector(self) -> list[float]:
        return [round(self._random.gauss(0, 1), 4) for _ in range(DIMENSIONS)]

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.vector() for _ in texts]


def photos(count: int, model: Vectors, draw: random.Random) -> Iterator[Photo]:
    """Made-up photos, an equal part in each folder."""
    for number in range(count):
        path = f"folder{number % RULES}/{number}.jpg"
        words = [f"w{min(int(draw.paretovariate(0.7)), VOCABULARY)}" for _ in range(60)]
        yield Photo(
            id=photo_id(path),
            path=path,
            folder=path.partition("/")[0],
            title=" ".join(words[:6]),
            caption=" ".join(words),
            tags=list(dict.fromkeys(words[:8])),
            sorted_at=f"20{10 + number % 15}-0{1 + number % 9}-01T00:00:00Z",
            vector=model.vector(),
        )


def searches(draw: random.Random) -> Mapping[str, Search]:
    """One search of each kind."""
    words = " ".join(f"w{draw.randrange(2, VOCABULARY)}" for _ in range(3))
    return {
        "words and meaning": Search(q=words, interpret="off"),
        "words, with facets": Search(q=words, interpret="off", facets=True),
        "words alone": Search(q=words, mode="keyword", interpret="off"),
        "list, with facets": Search(facets=True, top=60),
    }


async def fill(index: PhotoIndex, count: int, model: Vectors) -> None:
    put_rules_in_force(RulesInForce(NOW))
    await index.ready()
    batch: list[dict[str, Any]] = []
    for photo in photos(count, model, random.Random(1)):
        batch.append(photo.to_document() | grants(photo.path, ()))
        if len(batch) == BATCH:
            await index._documents.upload_documents(batch)
            batch = []
    if batch:
        await index._documents.upload_documents(batch)


async def half_of_them_follow(index: PhotoIndex, count: int) -> None:
    """Let every second document follow the earlier rules."""
    put_rules_in_force(RulesInForce(EARLIER))
    documents = [
        {"id": photo_id(path), **grants(path, ())}
        for path in (f"folder{number % RULES}/{number}.jpg" for number in range(0, count, 2))
    ]
    for start in range(0, len(documents), BATCH):
        await index.merge(documents[start : start + BATCH])


async def measure(library: Library, in_force: RulesInForce, rounds: int) -> None:
    """Print the median of each kind of search, without rules and with them."""
    times: dict[str, dict[bool, list[float]]] = {}
    draw = random.Random(3)
    for number in range(rounds + 3):
        for kind, search in searches(draw).items():
            for is_ruled in (number % 2 == 0, number % 2 != 0):
                put_rules_in_force(in_force if is_ruled else RulesInForce())
                with acting_for(PERSON if is_ruled else APP):
                    began = time.perf_counter()
                    await library.find(search)
                    taken = (time.perf_counter() - began) * 1000
                if number >= 3:
                    times.setdefault(kind, {True: [], False: []})[is_ruled].append(taken)
    for kind, both in times.items():
        without, ruled = (statistics.median(both[each]) for each in (False, True))
        ratio = statistics.median(one / other for one, other in zip(both[True], both[False], strict=True))
        print(f"| {kind} | {without:.1f} | {ruled:.1f} | {ratio:.2f} |")


async def run(count: int, rounds: int, folder: Path) -> None:
    """Measure against a search stand-in of its own."""
    server, key, model = SearchServer(folder, ("--no-semantic",)), AzureKeyCredential(ADMIN_KEY), Vectors()
    server.start()
    clients = (
        SearchClient(server.endpoint, "photos", key),
        SearchIndexClient(server.endpoint, key),
    )
    index = PhotoIndex(*clients, name="photos", dimensions=DIMENSIONS, semantic=False)
    untyped: Any = model
    library = Library(index, untyped, weight=65)
    try:
        await fill(index, count, model)
        print(f"{count:,} photos, {RULES} rules, a person in {GROUPS} groups\n")
        print("| Search | without rules, ms | with rules, ms | ratio |\n|---|---|---|---|")
        await measure(library, RulesInForce(NOW), rounds)
        print("\nHalfway through a change of rules\n")
        print("| Search | without rules, ms | with rules, ms | ratio |\n|---|---|---|---|")
        await half_of_them_follow(index, count)
        await measure(library, RulesInForce(NOW, (EARLIER,)), rounds)
    finally:
        await index.close()
        server.stop()


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks access", description=__doc__)
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(options.photos, options.rounds, Path(folder)))
    return 0
