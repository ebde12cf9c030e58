"""Handlers that are imported when they are first called."""

import gc
import sys
from pathlib import Path

import pytest

from web.lazy import LazyHandlers


async def test_the_module_is_imported_by_the_first_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazily_imported.py").write_text("async def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lazily_imported", raising=False)

    handler = LazyHandlers("lazily_imported").double
    assert "lazily_imported" not in sys.modules

    assert await handler(3) == 6
    assert "lazily_imported" in sys.modules
    del sys.modules["lazily_imported"]


async def test_a_missing_handler_fails_when_it_is_called() -> None:
    handler = LazyHandlers("web.search").serach

    with pytest.raises(AttributeError, match="serach"):
        await handler(None)


async def test_a_missing_module_fails_when_it_is_called() -> None:
    with pytest.raises(ModuleNotFoundError):
        await LazyHandlers("web.nonsense").handler(None)


async def test_what_a_module_holds_is_not_looked_through_for_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "kept = [[] for _ in range(1000)]\nasync def count():\n    return len(kept)\n"
    (tmp_path / "with_many_objects.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "with_many_objects", raising=False)
    gc.unfreeze()

    try:
        assert await LazyHandlers("with_many_objects").count() == 1000
        module = sys.modules.pop("with_many_objects")
        watched = {id(each) for each in gc.get_objects()}
        assert not [each for each in module.kept if id(each) in watched]
    finally:
        gc.unfreeze()
