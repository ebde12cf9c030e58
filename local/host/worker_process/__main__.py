"""
The worker's entry point, run by path so that the app alone decides what its module names mean.

The modules beside this file are loaded under a package name that no app has, which is
why they import each other relatively. Nothing of the host is on the app's import path.
"""

import importlib.util
import sys
from pathlib import Path

_PACKAGE_NAME = "_functions_host_worker"
_FOLDER = Path(__file__).parent


def _register_package() -> None:
    spec = importlib.util.spec_from_file_location(
        _PACKAGE_NAME, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
    )
    assert spec is not None
    sys.modules[_PACKAGE_NAME] = importlib.util.module_from_spec(spec)


if __name__ == "__main__":
    _register_package()
    importlib.import_module(f"{_PACKAGE_NAME}.request_loop").main()
