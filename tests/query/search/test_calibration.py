"""What similarity means in a library is measured, kept, and measured again as the library grows."""

import asyncio
import math
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from query.search.calibration import MIN_PHOTOS, SAMPLE, calibrate, read_calibration, read_probes
from query.search.calibrator import LOOK_SOON, Calibrator
from shared.errors import Outage
from shared.photo import Photo
from shared.search.query import IndexQuery
from shared.search.results import Hit, SearchResults
from tests.machine import eventually
from tests.query.fakes import hit

CAPTION = "A boat"


@dataclass
class Vectors:
    """So many photos with the same vector and caption; every search is answered with all of them."""

    photos: int
    caption: str = CAPTION
    similarity: float = 0.8
    queries: list[IndexQuery] = field(default_factory=list)

    def held(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def count(self) -> int:
        return self.photos

    async def search(self, query: IndexQuery) -> SearchResults:
        self.queries.append(query)
        hits = [self._hit(number, query) for number in range(min(self.photos, query.top))]
        return SearchResults(self.photos, hits)

    def _hit(self, number: int, query: IndexQuery) -> Hit:
        one = hit(number, caption=self.caption, vector=[2.0, 0.0] if query.with_vector else [])
        return replace(one, score=1 / (2 - self.similarity), source="vector" if query.vector else "filter")


@dataclass
class Probes:
    """Embeds every text at 60 degrees to the photos."""

    embedding_model: str = "m"
    dimensions: int = 2
    texts: list[str] = field(default_factory=list)

    async def embed(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return [[0.5, math.sqrt(0.75)] for _ in texts]


@dataclass
class Record:
    content: bytes | None = None
    fault: Exception | None = None

    async def read(self) -> bytes | None:
        if self.fault:
            raise self.fault
        return self.content

    async def write(self, record: bytes) -> None:
        self.content = record


def calibrator(photos: int = 100, record: Record | None = None, **options: Any) -> tuple[Calibrator, Any, Any]:
    index, models = Vectors(photos), Probes()
    any_index: Any = index
    any_models: Any = models
    return Calibrator(any_index, any_models, record or Record(), **options), index, models


async def is_known(ours: Calibrator) -> None:
    assert ours.current


async def measure(index: Vectors, language: str = "en") -> Any:
    any_index: Any = index
    any_models: Any = Probes()
    return await calibrate(any_index, any_models, language)


async def test_the_average_photo_and_what_probes_reach_above_it_are_measured() -> None:
    calibration = await measure(Vectors(1000))

    assert (calibration.photos, calibration.sample) == (1000, SAMPLE)
    assert calibration.average([3.0, 4.0]) == pytest.approx(0.6)
    assert calibration.unmatched == pytest.approx(0.8 - 0.5)
    assert calibration.foreign == pytest.approx(0.8 - 0.5)
    assert calibration.words["boat"] == SAMPLE


async def test_a_small_library_is_not_measured() -> None:
    index = Vectors(MIN_PHOTOS - 1)

    assert await measure(index) is None
    assert index.queries == []


async def test_a_library_that_shows_the_probes_is_not_measured() -> None:
    everything = " ".join(text for code, text in read_probes())

    assert await measure(Vectors(100, caption=everything)) is None


def test_there_are_probes_for_every_language_that_captions_have_most_often() -> None:
    counts = {code: sum(code == each for each, _ in read_probes()) for code in ("en", "de", "fr", "es")}

    assert min(counts.values()) >= 20
    assert sum(counts.values()) == len(read_probes())


async def test_after_a_move_to_another_model_the_library_is_measured_anew_and_at_once() -> None:
    ours, _, models = calibrator()
    await ours.renew()
    before = ours.current
    assert before

    models.embedding_model = "another"

    assert ours.current is None
    assert ours._task
    await ours._task
    assert ours.current
    assert ours.current.model == "another"


async def test_a_record_that_fits_is_used_and_any_other_made_anew() -> None:
    record = Record()
    first, _, models = calibrator(100, record)
    await first.renew()
    assert len(models.texts) == len(read_probes())

    for photos, is_measured in ((120, False), (140, True)):
        other, _, models = calibrator(photos, record)
        await other.renew()
        assert bool(models.texts) is is_measured
    other, _, models = calibrator(140, record, language="de-AT")
    await other.renew()
    assert models.texts


@pytest.mark.parametrize("content", [b"", b"{}", b'{"model": 1}', b"\xff"])
def test_a_damaged_record_is_none(content: bytes) -> None:
    assert read_calibration(content) is None


async def test_no_search_waits_for_it() -> None:
    now = [0.0]
    ours, index, _ = calibrator(clock=lambda: now[0])

    assert ours.current is None
    await eventually(partial(is_known, ours))

    count = len(index.queries)
    now[0] += LOOK_SOON
    assert ours.current
    await asyncio.sleep(0)
    assert len(index.queries) == count  # the record is young


async def test_a_failure_is_tried_again_after_a_while() -> None:
    now = [0.0]
    record = Record(fault=Outage("storage is away"))
    ours, index, _ = calibrator(record=record, clock=lambda: now[0])
    assert ours.current is None
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    record.fault = None

    assert ours.current is None
    assert index.queries == []
    now[0] += LOOK_SOON
    assert ours.current is None
    await eventually(partial(is_known, ours))


async def test_photos_with_vectors_of_another_length_are_not_measured() -> None:
    class Old(Vectors):
        def _hit(self, number: int, query: IndexQuery) -> Hit:
            return replace(super()._hit(number, query), photo=Photo(id=str(number), path="a.jpg", vector=[1.0]))

    assert await measure(Old(100)) is None
