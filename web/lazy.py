"""Handlers whose modules are imported when they are first called."""

from importlib import import_module
from typing import Any


class LazyHandlers:
    """Stands in for a module of handlers; import the module itself under TYPE_CHECKING, so that names are checked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        async def handler(*arguments: Any) -> Any:
            return await getattr(import_module(self._module), name)(*arguments)

        return handler
