"""
Started by path, so that the app alone decides what its module names mean.

The modules beside this file are loaded under a name no app has; nothing of the
host is on the path the app imports from.
"""

import importlib.util
import sys
from pathlib import Path

_NAME = "_functions_host_worker"
_FOLDER = Path(__file__).parent


def _load() -> None:
    spec = importlib.util.spec_from_file_location(
        _NAME, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
    )
    assert spec is not None
    sys.modules[_NAME] = importlib.util.module_from_spec(spec)


if __name__ == "__main__":
    _load()
    importlib.import_module(f"{_NAME}.serving").main()
