"""The virtual environment of what postdeploy needs: that of `make`, or one made here. Standard library only."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OLDEST = (3, 11)
REQUIREMENTS = (ROOT / "requirements.txt", ROOT / "requirements.lock")


def run_module(module: str) -> int:
    """Run a module of ours with what it needs; the exit code."""
    return subprocess.run([ensure_python(ROOT / ".venv"), "-m", module], cwd=ROOT, check=False).returncode


def ensure_python(folder: Path) -> str:
    """The Python of the virtual environment in a folder, with the app's requirements."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        _check_version()
        print(f"making {folder} for what the checks need (a minute or two, once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if not _is_current(folder):
        _install(python)
        (folder / "deploy.stamp").touch()
    return str(python)


def _check_version() -> None:
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        sys.exit(f"Python {wanted} or newer is needed, and this is {sys.version.split()[0]} ({sys.executable})")


def _is_current(folder: Path) -> bool:
    """Whether `make` or we have installed the requirements since they last changed."""
    stamps = [each.stat().st_mtime for each in (folder / "run.stamp", folder / "deploy.stamp") if each.exists()]
    return bool(stamps) and max(stamps) >= max(each.stat().st_mtime for each in REQUIREMENTS)


def _install(python: Path) -> None:
    requirements, lock = REQUIREMENTS
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(requirements),
        "-c",
        str(lock),
    ]
    subprocess.run(pip, check=True)
