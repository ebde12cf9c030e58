"""Fixtures every test may ask for by name."""

from tests.machine import azurite

__all__ = ["azurite"]
