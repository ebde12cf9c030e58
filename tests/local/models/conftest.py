"""One stand-in for all tests in this folder, reset before each test."""

from collections.abc import Iterator

import pytest

from tests.local.models.stand_in import ModelStandIn, running_stand_in


@pytest.fixture(scope="session")
def session_stand_in() -> Iterator[ModelStandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(session_stand_in: ModelStandIn) -> ModelStandIn:
    session_stand_in.reset()
    return session_stand_in
