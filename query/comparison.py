"""
Two indexes of one library, side by side: what a search finds in each, with the model that embedded it.

The questions are what people have judged (feedback), and alternative texts of the library's own photos. These say what
a photo shows in other words than those that are embedded, so a good embedding finds the photo again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from query.feedback import JudgedQuestion, export
from query.search.library import Library
from shared.access.sight import in_full_sight
from shared.embedded_index import EmbeddedIndex, using_index
from shared.errors import SettingsError
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery
from shared.search.search import Mode, Search
from shared.services import Services

QUESTIONS = 200
DEPTH = 10
WAYS: tuple[Mode, ...] = ("hybrid", "vector")
PARTS = 20  # of all ids, which are hashes: a few photos of each are a sample of the whole library
FIELDS = ("id", "path", "alt_text", "title")


@dataclass(frozen=True)
class SearchQuestion:
    """Words, and the ids of the photos that are right."""

    text: str
    right: frozenset[str]


@dataclass(frozen=True)
class ComparedRow:
    """Of so many questions asked in one way, the share whose first hit is right, and of which one in ten is."""

    name: str
    questions: int
    first: float
    ten: float


async def own_questions(index: PhotoIndex, count: int = QUESTIONS) -> list[SearchQuestion]:
    """Questions made from the library's own descriptions, of photos from all over it."""
    found: dict[str, SearchQuestion] = {}
    for part in range(PARTS):
        start = f"{part * 256 // PARTS:02x}"
        query = IndexQuery(filter=f"id ge '{start}'", order_by=("id",), top=count, fields=FIELDS, plain=True)
        for hit in (await index.search(query)).hits:
            if len(found) >= count * (part + 1) // PARTS:
                break
            if text := hit.photo.alt_text or hit.photo.title:
                found.setdefault(hit.photo.id, SearchQuestion(text, frozenset({hit.photo.id})))
    return list(found.values())


async def known_questions(services: Services) -> list[SearchQuestion]:
    """What people have judged, as far as any photo is right; nothing where no verdict was kept."""
    try:
        judged: Sequence[JudgedQuestion] = await export(services)
    except SettingsError:
        return []
    return [SearchQuestion(each.query, frozenset(each.right)) for each in judged if each.right]


@in_full_sight
async def compare(
    services: Services, library: Library, indexes: Iterable[EmbeddedIndex]
) -> dict[str, list[ComparedRow]]:
    """What each index finds, by its name."""
    asked = {"feedback": await known_questions(services), "descriptions": await own_questions(services.index)}
    rows: dict[str, list[ComparedRow]] = {}
    for index in indexes:
        with using_index(index):
            rows[index.name] = [
                await _ask(f"{name}, {way}", questions, way, library)
                for name, questions in asked.items()
                for way in WAYS
                if questions
            ]
    return rows


async def _ask(name: str, questions: Sequence[SearchQuestion], way: Mode, library: Library) -> ComparedRow:
    first = ten = 0
    for question in questions:
        results = await library.find(Search(q=question.text[:2000], mode=way, top=DEPTH, interpret="off"))
        found = [{hit.photo.id, *(each.id for each in hit.alike)} for hit in results.hits]
        first += bool(found and found[0] & question.right)
        ten += any(each & question.right for each in found)
    return ComparedRow(name, len(questions), first / len(questions), ten / len(questions))


def side_by_side(rows: dict[str, list[ComparedRow]]) -> str:
    """The rows as text, the indexes beside each other."""
    width = max(22, *(len(name) + 2 for name in rows))
    lines = [f"{'':30}" + "".join(f"{name:>{width}}" for name in rows)]
    lines.append(f"{'':30}" + "".join(f"{'first, one of ten':>{width}}" for _ in rows))
    for same in zip(*rows.values(), strict=True):
        shares = "".join(f"{f'{each.first:.1%}, {each.ten:.1%}':>{width}}" for each in same)
        lines.append(f"{same[0].name:24}{same[0].questions:6,}{shares}")
    return "\n".join(lines)
