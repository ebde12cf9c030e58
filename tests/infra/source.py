"""What the app's source says: its functions, its texts and the operations of Azure's SDKs that it calls."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import function_app

ROOT = Path(__file__).parents[2]
APP = ("function_app.py", "catalogue", "ingest", "query", "shared", "web")


@cache
def triggers() -> dict[str, dict[str, Any]]:
    """The trigger of every function, by the function's name."""
    app = function_app.app
    app.functions_bindings = {}  # it answers once, and then takes its own functions for doubles
    try:
        functions = [(each.get_function_name(), each.get_trigger()) for each in app.get_functions()]
        return {name: trigger.get_dict_repr() for name, trigger in functions if name and trigger}
    finally:
        app.functions_bindings = {}


def texts() -> set[str]:
    """Every text in the app's source."""
    return {
        each.value
        for file in _files()
        for each in ast.walk(_parse(file))
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def calls(file: str) -> set[str]:
    """The names of all methods that a file calls."""
    nodes = (each.func for each in ast.walk(_parse(ROOT / file)) if isinstance(each, ast.Call))
    return {each.attr for each in nodes if isinstance(each, ast.Attribute)}


def files_that_import(sdk: str) -> list[str]:
    """The files of the app that import this package."""
    return [str(each.relative_to(ROOT)) for each in _files() if any(name.startswith(sdk) for name in _imports(each))]


def _imports(file: Path) -> Iterator[str]:
    for each in ast.walk(_parse(file)):
        if isinstance(each, ast.ImportFrom):
            yield each.module or ""
        elif isinstance(each, ast.Import):
            yield from (name.name for name in each.names)


def _files() -> Iterator[Path]:
    for top in APP:
        yield from [ROOT / top] if top.endswith(".py") else sorted((ROOT / top).rglob("*.py"))


def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))
