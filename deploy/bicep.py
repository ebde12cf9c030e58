"""The Bicep compiler that is at hand. azd has brought one by the time it deploys, so nothing needs to be installed."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.errors import DeployError

MISSING = (
    "there is no Bicep compiler: azd keeps one in ~/.azd/bin, so run azd provision once, "
    "install Bicep or the Azure CLI, or name a compiler in BICEP"
)


def compile_template(file: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """A Bicep file as the ARM template it stands for. DeployError without a compiler, or with all it has to say."""
    command = next(_commands(environment), None)
    if command is None:
        raise DeployError(MISSING)
    try:
        result = subprocess.run([*command, str(file)], capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError as error:  # whatever BICEP names
        raise DeployError(f"the Bicep compiler {command[0]} cannot be run: {error.strerror}") from error
    if result.returncode:
        raise DeployError(f"{file.name} was not compiled by {command[0]}: {result.stderr.strip()}")
    template: dict[str, Any] = json.loads(result.stdout)
    return template


def _commands(environment: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands that may compile, the most deliberate choice first."""
    if chosen := environment.get("BICEP"):
        yield [*shlex.split(chosen), "build", "--stdout"]
    elif chosen := environment.get("AZD_BICEP_TOOL_PATH"):
        yield [chosen, "build", "--stdout"]
    home = Path(environment.get("AZD_CONFIG_DIR") or Path.home() / ".azd")
    path = environment.get("PATH")
    for name in (str(home / "bin" / "bicep"), str(home / "bin" / "bicep.exe"), "bicep"):
        if compiler := shutil.which(name, path=path):
            yield [compiler, "build", "--stdout"]
    if az := shutil.which("az", path=path):
        yield [az, "bicep", "build", "--stdout", "--file"]
