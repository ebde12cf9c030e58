"""One running world for the tests that do not break it."""

from collections.abc import Iterator

import pytest

from tests.world import World, running_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world
