"""`python -m benchmarks` measures all that we claim, `--list` names the benchmarks, and `NAME [options]` runs one."""

import ast
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """The modules here that have a `main()`, and the first sentence each says about itself."""
    summaries = {}
    for path in sorted(HERE.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            summaries[path.stem] = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    return summaries


def main(arguments: list[str]) -> int:
    summaries = benchmarks()
    if not arguments or arguments[0] == "--large":
        arguments = ["evidence", *arguments]
    if arguments[0] not in summaries:
        width = max(map(len, summaries))
        for name, summary in summaries.items():
            print(f"python -m benchmarks {name:<{width}} {summary}")
        return 0 if arguments[0] == "--list" else 2
    name, *sys.argv[1:] = arguments
    return importlib.import_module(f"benchmarks.{name}").main() or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
