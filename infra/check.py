"""
Check every Bicep file here: compiled with Azure's resource types where there is a compiler, else only parsed.

The compiler is what the environment variable BICEP names, `bicep` on the PATH, or `az bicep`. In CI it has to be
there, unless BICEP is `none`. It ends with 0 after a
mere warning, such as a property that does not exist, so whatever it says is a failure here. Rules: bicepconfig.json.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parent
ENTRIES = ("main.bicep", "events.bicep")  # what is deployed by itself; the others are modules of these
MODULE = re.compile(r"^module \w+ '(.+?)'", re.MULTILINE)
NONE = "none"  # what BICEP says on a machine that must do without
NO_COMPILER = "there is no Bicep compiler (BICEP names one, or bicep on the PATH, or az)"


def compiler() -> list[str] | None:
    """The command that compiles a file named after it to standard output; None where there is none."""
    if command := os.environ.get("BICEP"):
        if command == NONE:
            return None
        return [*shlex.split(command), "build", "--stdout"]
    if bicep := shutil.which("bicep"):
        return [bicep, "build", "--stdout"]
    if (azure := shutil.which("az")) and _succeeds([azure, "bicep", "version"]):
        return [azure, "bicep", "build", "--stdout", "--file"]
    return None


def compile_template(command: list[str], file: Path) -> dict[str, Any]:
    """A file as the ARM template it stands for. Raises ValueError with all that the compiler has to say."""
    result = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
    if result.returncode or result.stderr.strip():
        raise ValueError(result.stderr.strip() or f"{shlex.join(command)} {file} ended with {result.returncode}")
    template: dict[str, Any] = json.loads(result.stdout)
    return template


def parse_errors(file: Path) -> list[str]:
    """Where a file is not Bicep, as `file:line: text`; names and properties are not looked at."""
    import tree_sitter_bicep  # noqa: PLC0415 - who has the compiler does not need it
    from tree_sitter import Language, Parser  # noqa: PLC0415

    tree = Parser(Language(tree_sitter_bicep.language())).parse(file.read_bytes())
    nodes, errors = [tree.root_node], []
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            errors.append(f"{file}:{node.start_point.row + 1}: {(node.text or b'').decode()[:80]!r}")
        elif node.has_error:
            nodes += node.children
    return errors


def unreachable_files(files: Iterable[Path]) -> list[Path]:
    """The files that no compilation sees: neither deployed by themselves nor modules of others."""
    modules = {name for file in files for name in MODULE.findall(file.read_text(encoding="utf-8"))}
    return [file for file in files if file.name not in modules | set(ENTRIES)]


def faults_in(files: list[Path], command: list[str] | None) -> list[str]:
    """All that is wrong with these files, as far as this machine can tell."""
    faults = [f"{file}: nothing deploys it" for file in unreachable_files(files)]
    if command is None:
        return faults + [error for file in files for error in parse_errors(file)]
    for file in files:
        if file.name in ENTRIES:
            try:
                compile_template(command, file)
            except ValueError as error:
                faults.append(str(error))
    return faults


def main() -> int:
    """End with 1 if a file is wrong, or if there is no compiler in CI."""
    command = compiler()
    if command is None and is_needed():
        print(f"{NO_COMPILER}: CI has to install one", file=sys.stderr)
        return 1
    files = sorted(INFRA.glob("*.bicep"))
    faults = faults_in(files, command)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{len(files)} Bicep files {'compiled' if command else f'PARSED ONLY: {NO_COMPILER}'}")
    return bool(faults)


def is_needed() -> bool:
    """Whether a machine without a compiler is a fault: one of CI that does not say so itself."""
    return bool(os.environ.get("CI")) and os.environ.get("BICEP") != NONE


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
