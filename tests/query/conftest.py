"""One running world for all tests of questions: a fixed library, and a model that can be told what to say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.query.library import Shelf, library
from tests.query.scripted import Scripted, running_script
from tests.world import World, running_world, settings

REAL = ("OPENAI_API_KEY", "CAPTION_MODEL", "CHAT_MODEL", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS")


@dataclass(frozen=True)
class Asked:
    """What tests of questions work with."""

    world: World
    model: Scripted
    shelf: Shelf


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The world of all these tests."""
    with asked(tmp_path_factory.mktemp("questions")) as made:
        yield made


@contextmanager
def asked(folder: Path) -> Iterator[Asked]:
    """A world with the library; a real model answers where OPENAI_BASE_URL names one."""
    with running_script() as model:
        moved = {"OPENAI_BASE_URL": f"{model.url}/v1"}
        if real := os.environ.get("OPENAI_BASE_URL"):
            moved |= {name: os.environ[name] for name in REAL if name in os.environ}
        with running_world(folder, fast=True, **moved) as world:
            model.upstream = real or f"{world.models_url}/v1"
            environment = settings(world.azurite, world.models_url, world.search_url) | moved
            shelf = Shelf(world, environment)
            shelf.put(*library())
            yield Asked(world, model, shelf)


@pytest.fixture
def world(running: Asked) -> World:
    return running.world


@pytest.fixture
def shelf(running: Asked) -> Shelf:
    return running.shelf


@pytest.fixture
def model(running: Asked) -> Iterator[Scripted]:
    """The model server; whatever was scripted is forgotten after the test."""
    running.model.script()
    yield running.model
    running.model.script()
