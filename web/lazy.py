"""Modules of handlers that are imported when a handler is first called."""

from importlib import import_module
from typing import Any


class LazyHandlers:
    """Stands for a module of handlers. Import the module itself under TYPE_CHECKING, so that the names are checked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        async def handler(*arguments: Any) -> Any:
            return await getattr(import_module(self._module), name)(*arguments)

        return handler
