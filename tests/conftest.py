"""Fixtures every test may ask for by name, and how hypothesis draws its examples."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from ssl import SSLContext
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import settings

from shared import redaction, telemetry
from shared.access.in_force import RulesInForce, put_rules_in_force
from shared.catalogue.in_force import EMPTY, NO_VOCABULARY, put_in_force, put_vocabulary_in_force
from tests.exported import Exported
from tests.machine import azurite

__all__ = ["azurite"]

os.environ.setdefault("LOG_PATHS", "on")  # as on a laptop

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones in every run. How long
# one takes says how busy the machine is.
settings.register_profile("anywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "anywhere")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Begin with the files that start a world of their own, and end with those that share one with other files.

    The first take longest, and would leave the others' processes idle at the end; a shared world runs until the end,
    so it had better start late. Within each part the order is as random as before.
    """
    files = groupby(sorted(items, key=lambda item: item.path), key=lambda item: item.path)
    parts = {path: _part(list(tests)) for path, tests in files}
    items.sort(key=lambda item: parts[item.path])


def _part(tests: Sequence[pytest.Item]) -> int:
    """Which part of the run a file belongs to: the first, the second or the third."""
    scopes = {
        definitions[-1].scope
        for test in tests
        if isinstance(test, pytest.Function)
        for name, definitions in test._fixtureinfo.name2fixturedefs.items()
        if name.endswith("world")
    }
    if not scopes:
        return 1
    return 2 if "session" in scopes else 0


@pytest.fixture(autouse=True, scope="session")
def _certificates_read_once() -> Iterator[None]:
    """Reading all that there are takes 35 ms, which each client of a test would spend anew."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", _once(httpx.create_ssl_context))
        once = _once(httpx2.create_ssl_context)
        patch.setattr("httpx2._transports.default.create_ssl_context", once)
        patch.setattr("httpx2.create_ssl_context", once)  # of the transport that uses aiohttp
        yield


def _once(create: Callable[..., SSLContext]) -> Callable[..., SSLContext]:
    """The same for each store of certificates and set of options."""

    @cache
    def created(store: str | None, **options: Any) -> SSLContext:
        return create(**options)

    return lambda **options: created(os.environ.get("SSL_CERT_FILE"), **options)


@pytest.fixture(autouse=True)
def _no_own_fields() -> Iterator[None]:
    """The fields and the vocabulary of one test's library are not those of the next, which has no rules."""
    put_rules_in_force(RulesInForce())
    yield
    put_in_force(EMPTY)
    put_vocabulary_in_force(NO_VOCABULARY)
    put_rules_in_force(RulesInForce())


@pytest.fixture(autouse=True)
def _known_secrets() -> Iterator[None]:
    """What the settings of one test hold as a secret may be an ordinary word in the next."""
    before = set(redaction._secrets)
    yield
    redaction._secrets.clear()
    redaction._secrets.update(before)


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Exported]:
    """Telemetry that goes to a file; it is complete once `telemetry.close()` was called."""
    monkeypatch.setenv("TELEMETRY_FILE", str(tmp_path / "telemetry.jsonl"))
    telemetry.telemetry.cache_clear()
    yield Exported(tmp_path / "telemetry.jsonl")
    telemetry.close()
