"""
Whatever strangers write, each reader has an answer or an error that it says it has, in bounded time.

FUZZ_EXAMPLES=20000 makes it thorough: the number of broken samples for each reader, of which CI tries a few dozen.
"""

import os
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from shared.errors import BadPhoto
from tests.fuzz.mutations import mutate
from tests.fuzz.parsers import PARSERS, Parser
from tests.fuzz.samples import PICTURES
from tests.ingest.decoding.files import LIMITS, prepared

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
PATIENCE = timedelta(seconds=30)  # a reader takes milliseconds; a machine that does much else takes its time
SEEDS = st.integers(0, 2**48)


@pytest.mark.parametrize("parser", PARSERS, ids=str)
def test_a_sample_that_is_whole_is_read(parser: Parser) -> None:
    for sample in parser.samples:
        with suppress(*parser.errors):
            parser.read(sample)


@pytest.mark.parametrize("parser", PARSERS, ids=str)
@settings(max_examples=EXAMPLES or 60, deadline=PATIENCE, database=None, suppress_health_check=list(HealthCheck))
@given(seed=SEEDS)
def test_a_sample_that_is_broken_has_an_answer(parser: Parser, seed: int) -> None:
    with suppress(*parser.errors):
        parser.read(mutate(parser.samples, seed))


@pytest.mark.parametrize("kind", PICTURES)
@settings(max_examples=EXAMPLES // 10 or 8, deadline=PATIENCE, database=None, suppress_health_check=list(HealthCheck))
@given(seed=SEEDS)
def test_a_picture_that_is_broken_is_prepared_or_refused(kind: str, seed: int) -> None:
    data = mutate([PICTURES[kind]], seed)
    with suppress(BadPhoto):
        prepared(data, f"a.{kind.partition(' ')[0]}", LIMITS)
