"""`python -m benchmarks NAME [options]` runs a benchmark; without a name it lists them."""

import ast
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """The modules here that have a `main()`, and the first sentence each says about itself."""
    found = {}
    for path in sorted(HERE.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    return found


def main(arguments: list[str]) -> int:
    known = benchmarks()
    if not arguments or arguments[0] not in known:
        for name, about in known.items():
            print(f"python -m benchmarks {name:<12} {about}")
        return 2 if arguments else 0
    name, *sys.argv[1:] = arguments
    return importlib.import_module(f"benchmarks.{name}").main() or 0


sys.exit(main(sys.argv[1:]))
