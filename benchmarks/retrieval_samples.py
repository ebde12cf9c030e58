"""
Our samples as a library, and questions that were written for them.

They are described by what their table says that they show, and have the facts that the app reads in their files. The
questions are of the kinds that PhotoBench has: `retrieval_journeys.py` says more.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.retrieval_corpus import CorpusError, read_text
from benchmarks.retrieval_questions import Question
from benchmarks.retrieval_runs import Document
from benchmarks.retrieval_services import DATA
from ingest.describe import Description
from ingest.document import build_document
from ingest.image import Limits, prepare
from shared.storage import BlobInfo

SAMPLES = Path(__file__).parents[1] / "samples"
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.MULTILINE)
LIMITS = Limits(pixels=10**9, frames=100, memory=6 * 10**8, preview_side=1024, thumbnail_side=320)


def sample_documents() -> list[Document]:
    """Our samples, described by their table, with the facts that the app reads in their files."""
    return [_sample(path, shows.strip()) for path, shows in ROW.findall(read_text(SAMPLES / "README.md"))]


def _sample(path: str, shows: str) -> Document:
    image = prepare((SAMPLES / path).read_bytes(), name=path, limits=LIMITS)
    description = Description(title=shows[:100], alt_text=shows, caption=shows, tags=[])
    original = BlobInfo(path, "", 0, datetime(2026, 1, 1, tzinfo=UTC))
    return Document(build_document(original, "", image, description, recipe=""))


def sample_questions(path: Path = DATA / "sample-questions.tsv") -> list[Question]:
    """Lines of `kind <TAB> language <TAB> query <TAB> paths`, with bars between the paths, none if it is unmatched."""
    return [_sample_question(path, number, line) for number, line in enumerate(read_text(path).splitlines(), 1)]


def _sample_question(path: Path, number: int, line: str) -> Question:
    parts = line.split("\t")
    if len(parts) != 4:
        raise CorpusError(f"{path}, line {number}: not a kind, a language, a query and paths with tabs between them")
    kind, language, text, paths = parts
    right = frozenset(each.strip().removesuffix(".jpg") for each in paths.split("|") if each.strip())
    return Question(text, kind, text, right, language)
