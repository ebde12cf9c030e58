"""
Check what the Bicep files compile to by the rules of checkov: `python -m infra.security CHECKOV`.

checkov reads Bicep too, but gives up on some files without failing; so it gets each file compiled. What is an exception
says why in checkov.yaml.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.check import INFRA, NO_COMPILER, compile_template, compiler

CONFIG = INFRA / "checkov.yaml"


def scan(checkov: str, templates: Path) -> dict[str, Any]:
    """What checkov says about the ARM templates of a folder. ValueError where it says nothing that can be read."""
    command = [checkov, "--directory", str(templates), "--config-file", str(CONFIG), "--output", "json"]
    environment = os.environ | {"BC_SKIP_MAPPING": "TRUE", "LOG_LEVEL": "ERROR"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except ValueError as error:
        raise ValueError(f"checkov ended with {result.returncode}: {result.stderr.strip() or result.stdout}") from error
    return report


def faults_in(report: dict[str, Any]) -> list[str]:
    """The rules that are broken, and the files that could not be read. Nothing that passed is a fault as well."""
    results = report.get("results", {})
    faults = [
        f"{each['file_path']}: {each['check_id']} {each['check_name']}" for each in results.get("failed_checks", [])
    ]
    faults += [f"{each}: cannot be parsed" for each in results.get("parsing_errors", [])]
    if not faults and not report.get("summary", {}).get("passed"):
        faults.append("checkov has checked nothing")
    return sorted(set(faults))


def main(checkov: str) -> int:
    """End with 1 if a rule is broken, or if nothing can be checked."""
    command = compiler()
    if command is None:
        print(NO_COMPILER, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        for file in INFRA.glob("*.bicep"):
            Path(name, f"{file.stem}.json").write_text(json.dumps(compile_template(command, file)), encoding="utf-8")
        report = scan(checkov, Path(name))
    faults = faults_in(report)
    print("\n".join(faults) or f"{report['summary']['passed']} checks of checkov passed", file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
