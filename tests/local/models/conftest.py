"""One stand-in for all tests of this folder; it behaves well when a test begins."""

from collections.abc import Iterator

import pytest

from tests.local.models.server import Stand, running_stand


@pytest.fixture(scope="session")
def the_stand() -> Iterator[Stand]:
    with running_stand() as stand:
        yield stand


@pytest.fixture
def stand(the_stand: Stand) -> Stand:
    the_stand.behave()
    return the_stand
