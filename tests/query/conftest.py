"""One running world for all tests of the query side: a fixed library, and a model whose replies a test scripts."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.photo import Photo
from tests.query.photo_seeder import PhotoSeeder
from tests.query.photos import library
from tests.query.scripted_model import ScriptedModel, running_scripted_model
from tests.world import World, running_world, settings

REAL_MODEL_SETTINGS = ("OPENAI_API_KEY", "CAPTION_MODEL", "CHAT_MODEL", "EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS")


@dataclass(frozen=True)
class QueryWorld:
    """A running world, the model behind it, and a way to add photos."""

    world: World
    model: ScriptedModel
    seeder: PhotoSeeder


@pytest.fixture(scope="session")
def query_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryWorld]:
    """The world that all these tests share."""
    with running_query_world(tmp_path_factory.mktemp("query")) as query_world:
        yield query_world


@contextmanager
def running_query_world(folder: Path, photos: Sequence[Photo] = ()) -> Iterator[QueryWorld]:
    """A world with these photos, or with the library; a real model answers where OPENAI_BASE_URL names one."""
    with running_scripted_model() as model:
        environment = {"OPENAI_BASE_URL": f"{model.url}/v1"}
        if real_url := os.environ.get("OPENAI_BASE_URL"):
            environment |= {name: os.environ[name] for name in REAL_MODEL_SETTINGS if name in os.environ}
        with running_world(folder, fast=True, **environment) as world:
            model.upstream = real_url or f"{world.models_url}/v1"
            app_settings = settings(world.azurite, world.models_url, world.search_url) | environment
            seeder = PhotoSeeder(world, app_settings)
            seeder.put(*(photos or library()))
            yield QueryWorld(world, model, seeder)


@pytest.fixture
def world(query_world: QueryWorld) -> World:
    return query_world.world


@pytest.fixture
def seeder(query_world: QueryWorld) -> PhotoSeeder:
    return query_world.seeder


@pytest.fixture
def model(query_world: QueryWorld) -> Iterator[ScriptedModel]:
    """The model server; its script is cleared after the test."""
    query_world.model.script()
    yield query_world.model
    query_world.model.script()
