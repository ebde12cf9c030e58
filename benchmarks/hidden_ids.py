"""
Whether the time of an answer tells a hidden photo from one that there never was, for each route that takes an id.

    python -m benchmarks hidden_ids [--rounds 200]

The app answers in this process, over Azurite and the stand-in for search. Somebody who sees one folder asks for the id
of a photo in another one, which is indexed, fails or lies in the trash, and for an id of nothing; one right after the
other, each first in every second round, so that other work on the machine disturbs both alike. The ratio is the median
of those of the pairs, with the middle 90% of such medians when the pairs are drawn anew a thousand times. The last line
of each table is of two ids of nothing: what chance alone does here.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.access.rules import parse_rules
from shared.photo import photo_id
from tests.access.libraries import COLLECTIONS, Case, LibraryPhoto, Person
from tests.access.observations import CHANGES, OF_A_COLLECTION, OF_ONE_PHOTO, UNKNOWN, filled
from tests.access.world import AccessWorld, running_access_world

HIDDEN = {"indexed": "a/one.jpg", "failing": "a/two.jpg", "trashed": "a/three.jpg"}
PHOTOS = [LibraryPhoto(path, state, is_edited=True) for state, path in HIDDEN.items()]  # type: ignore[arg-type]
RULES = ({"folder": "a", "see": ["group:g1"]}, {"folder": "ab", "see": ["everyone"]})
SEEN = LibraryPhoto("ab/one.jpg", "indexed", COLLECTIONS[:1])
CASE = Case((*PHOTOS, SEEN), RULES, None, Person("p1", frozenset()))
ANOTHER = "1" * 32
QUESTIONS: tuple[tuple[str, str, Any], ...] = (
    *(("GET", f"/api/photos/{{id}}{part}", None) for part in OF_ONE_PHOTO),
    *CHANGES,
    *((method, f"/api/collections/{COLLECTIONS[0]}/photos", body) for method, body in OF_A_COLLECTION),
)


def measure(world: AccessWorld, question: tuple[str, str, Any], ids: tuple[str, str], rounds: int) -> list[Any]:
    """The seconds of both ids, in pairs."""
    method, path, body = question
    pairs = []
    for number in range(rounds + 3):
        pair = [0.0, 0.0]
        for which in (0, 1) if number % 2 else (1, 0):
            began = time.perf_counter()
            answer = world.run(world.ask(method, path.format(id=ids[which]), json=filled(body, ids[which])))
            pair[which] = time.perf_counter() - began
            assert not answer.startswith("5"), answer
        pairs.append(pair)
    return pairs[3:]


def line(name: str, pairs: Sequence[Sequence[float]], draw: random.Random) -> tuple[str, float, float]:
    """A line of the table, and between what the ratio lies."""
    first, second = (statistics.median(each[which] for each in pairs) * 1000 for which in (0, 1))
    ratios = [one / other for one, other in pairs]
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(1000))
    low, high = medians[50], medians[950]
    text = f"| {name} | {second:.2f} | {first:.2f} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} |"
    return text, low, high


def report(world: AccessWorld, state: str, rounds: int) -> None:
    """The table of one kind of hidden photo, and where its times differ."""
    print(f"\nA hidden photo that is {state}\n")
    print("| asked | of none, ms | of a hidden one, ms | ratio | middle 90% |\n|---|---|---|---|---|")
    draw, different = random.Random(3), []
    for question in QUESTIONS:
        name = f"{question[0]} {question[1]} {question[2] or ''}".strip()
        text, low, high = line(name, measure(world, question, (photo_id(HIDDEN[state]), UNKNOWN), rounds), draw)
        print(text, flush=True)
        if not low <= 1 <= high:
            different.append(f"{name}: {low:.3f} to {high:.3f}")
    print(line("two of none", measure(world, QUESTIONS[0], (ANOTHER, UNKNOWN), rounds), draw)[0])
    expected = round(len(QUESTIONS) * 0.1)
    print(f"\n{len(different)} of {len(QUESTIONS)} are not 1 (by chance, about {expected}): {different}", flush=True)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hidden_ids", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_access_world(Path(folder)) as world:
        world.run(world.fill(CASE))
        world.run(world.services.collections.all())
        world.run(world.services.moves.are_kept())
        world.act_for(CASE.person)
        put_rules_in_force(RulesInForce(parse_rules(CASE.access_json)))
        for state in HIDDEN:
            report(world, state, options.rounds)
    return 0
