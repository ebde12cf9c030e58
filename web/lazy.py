"""Handlers whose modules are imported when they are first called."""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class LazyHandlers:
    """Stands in for a module of handlers; import the module itself under TYPE_CHECKING, so that names are checked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        async def handler(*arguments: Any) -> Any:
            return await getattr(_imported(self._module), name)(*arguments)

        return handler


def _imported(name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    module = import_module(name)
    # Modules stay: left to the garbage collector, their 200,000 objects would stop every request for a tenth of a
    # second each time it looks at all there is.
    gc.freeze()
    return module
