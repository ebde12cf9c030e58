"""Fixtures every test may ask for by name, and how hypothesis draws its examples."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from shared import redaction
from shared.catalogue.in_force import EMPTY, NO_VOCABULARY, put_in_force, put_vocabulary_in_force
from tests.machine import azurite

__all__ = ["azurite"]

os.environ.setdefault("LOG_PATHS", "on")  # as on a laptop

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones in every run.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _no_own_fields() -> Iterator[None]:
    """The fields and the vocabulary of one test's library are not those of the next."""
    yield
    put_in_force(EMPTY)
    put_vocabulary_in_force(NO_VOCABULARY)


@pytest.fixture(autouse=True)
def _known_secrets() -> Iterator[None]:
    """What the settings of one test hold as a secret may be an ordinary word in the next."""
    before = set(redaction._secrets)
    yield
    redaction._secrets.clear()
    redaction._secrets.update(before)
