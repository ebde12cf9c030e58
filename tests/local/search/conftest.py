"""One search stand-in for the whole run; tests use indexes of their own."""

from collections.abc import Iterator

import pytest

from tests.local.search.server import SearchServer, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[SearchServer]:
    with running_server() as server:
        yield server
