"""
What similarity means in this library, with this embedding model: measured, as no number fits two of them.

Probes are short texts about things that few libraries show. How similar the most similar photo is to them, above the
average photo, is what a query reaches that nobody has a photo of. Probes whose words the library holds are left out.
"""

import logging
import math
import operator
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from query.search.photo_words import held_terms, photo_text
from query.search.query_terms import FUNCTION_WORDS, query_terms, stem_of
from shared import telemetry
from shared.models import Models
from shared.photo import Photo
from shared.search.folding import text_tokens
from shared.search.index import PhotoIndex
from shared.search.query import IndexQuery
from shared.search.results import Hit

log = logging.getLogger(__name__)

PROBES = Path(__file__).with_name("probes.tsv")
MIN_PHOTOS = 50  # fewer say nothing about what is usual
SAMPLE = 256  # photos whose vectors are averaged; ids are hashes, so the first by id are a random sample
NEAREST = 5  # photos looked at for each probe
MIN_PROBES = 8  # that no photo matches by words, for a threshold
NINE_IN_TEN = 1.28  # standard deviations above the mean
MAX_HELD = 0.5  # share of a probe's words that one photo may hold; more, and the library may well show it
LEAST_COUNT = 2  # photos of the sample from which on a word is written down


class Calibration(BaseModel):
    """
    What was measured of a library of `photos` photos, of which `sample` were read.

    `mean` is their mean vector, of unit vectors. `unmatched` is how much more similar than the average photo the most
    similar one is to a text that no photo shows, in the captions' language, and `foreign` in other ones; nine in ten
    stay below. `words` counts the photos of the sample that hold a word, by its stem.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    dimensions: int
    language: str
    photos: int
    sample: int
    mean: tuple[float, ...]
    unmatched: float
    foreign: float
    words: Mapping[str, int]

    def average(self, vector: Sequence[float]) -> float:
        """How similar the average photo is to a text with this vector."""
        return _dot(vector, self.mean) / _length(vector)

    def fits(self, models: Models, language: str) -> bool:
        """Whether it was made with this model and these captions."""
        return (self.model, self.dimensions, self.language) == (models.embedding_model, models.dimensions, language)


def read_calibration(content: bytes) -> Calibration | None:
    """The calibration in a record; None if it is damaged or of another version of the app."""
    try:
        return Calibration.model_validate_json(content)
    except ValidationError:
        return None


async def calibrate(index: PhotoIndex, models: Models, language: str) -> Calibration | None:
    """
    Measure the library: one call of the embedding model, and a small query for each probe.

    None where there are fewer than fifty photos with vectors of the model's, or the library shows most of the probes.
    """
    photos = await index.count()
    sample = await _sample(index) if photos >= MIN_PHOTOS else []
    vectors = [_unit(photo.vector) for photo in sample if len(photo.vector) == models.dimensions]
    if len(vectors) < MIN_PHOTOS:
        return None
    mean = tuple(math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True))
    own, foreign = await _thresholds(index, models, language, mean)
    if not own or own <= 0:
        log.info("the library shows too many of the probes to tell what it does not show")
        return None
    return Calibration(
        model=models.embedding_model,
        dimensions=models.dimensions,
        language=language,
        photos=photos,
        sample=len(sample),
        mean=mean,
        unmatched=own,
        foreign=foreign or own,
        words=_word_counts(sample),
    )


async def _sample(index: PhotoIndex) -> list[Photo]:
    query = IndexQuery(top=SAMPLE, order_by=("id",), with_vector=True)
    return [hit.photo for hit in (await index.search(query)).hits]


async def _thresholds(
    index: PhotoIndex, models: Models, language: str, mean: Sequence[float]
) -> tuple[float | None, float | None]:
    """What probes reach that no photo matches: those in the captions' language, and all others."""
    probes = read_probes()
    own_language = language if language in {code for code, _ in probes} else "en"
    with telemetry.spending_for("search"):
        vectors = await models.embed([text for _, text in probes])
    excess: dict[bool, list[float]] = {True: [], False: []}
    for (code, text), vector in zip(probes, vectors, strict=True):
        query = IndexQuery(vector=vector, candidates=NEAREST, top=NEAREST)
        hits = (await index.search(query)).hits
        if hits and not _shows(hits, text):
            nearest = max(2 - 1 / hit.score for hit in hits)
            excess[code == own_language].append(nearest - _dot(_unit(vector), mean))
    return _reached_by_nine_in_ten(excess[True]), _reached_by_nine_in_ten(excess[False])


def _shows(hits: Sequence[Hit], probe: str) -> bool:
    terms = query_terms(probe)
    return any(len(held_terms(hit.photo, terms)) > MAX_HELD * len(terms) for hit in hits)


def _reached_by_nine_in_ten(values: Sequence[float]) -> float | None:
    """What nine in ten stay below, if they spread as chance does: steadier than counting, with so few."""
    if len(values) < MIN_PROBES:
        return None
    return statistics.fmean(values) + NINE_IN_TEN * statistics.pstdev(values)


def _word_counts(photos: Sequence[Photo]) -> dict[str, int]:
    """How many photos hold each word, by its stem, without those that one photo alone holds."""
    counts = Counter(stem for photo in photos for stem in {stem_of(token) for token in _tokens(photo)})
    return {stem: count for stem, count in counts.items() if count >= LEAST_COUNT}


def _tokens(photo: Photo) -> set[str]:
    return set(text_tokens(photo_text(photo))) - FUNCTION_WORDS


@cache
def read_probes() -> list[tuple[str, str]]:
    """The probes, `(language, text)`."""
    lines = PROBES.read_text(encoding="utf-8").splitlines()
    return [(code, text) for code, _, text in (line.partition("\t") for line in lines) if text]


def _unit(vector: Sequence[float]) -> list[float]:
    length = _length(vector)
    return [value / length for value in vector]


def _length(vector: Sequence[float]) -> float:
    return math.sqrt(sum(map(operator.mul, vector, vector))) or 1.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(operator.mul, one, other)) if len(one) == len(other) else 0.0
