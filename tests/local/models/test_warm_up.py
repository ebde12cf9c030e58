"""What the stand-in loads before anybody asks it."""

from typing import Any

import pytest

from local.models.inference import InferenceService


class Loaded:
    """In place of the models: what was loaded."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    async def warm_up(self) -> None:
        self.names.add("pictures")

    async def embed(self, texts: list[str]) -> None:
        assert texts
        self.names.add("texts")


@pytest.mark.parametrize(("fast", "names"), [(False, {"pictures", "texts"}), (True, {"texts"})])
async def test_the_models_of_pictures_are_loaded_only_where_they_describe(fast: bool, names: set[str]) -> None:
    loaded: Any = Loaded()

    await InferenceService(loaded, loaded, fast=fast).warm_up()

    assert loaded.names == names
