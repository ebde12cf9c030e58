"""
What is deployed, in a folder of its own: azd packs that folder, and Azure installs its requirements.

Requirements are those of deploy/requirements.txt: pinned, with hashes, for Linux and the app's Python there, as a
remote build reads nothing else. With `--build` the packages are put beside the app, and nothing is built in Azure.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.bundle import bundle_page

ROOT = Path(__file__).parent.parent
STAGING = ROOT / "dist"
DEPLOYED = ("function_app.py", "host.json", "catalogue", "ingest", "query", "shared", "web")
LEFT_OUT = ("__pycache__", ".*", "*.pyc", "README.md", "bundle", "node_modules", "dist")  # as .funcignore says
REQUIREMENTS = ROOT / "deploy" / "requirements.txt"
PACKAGES = Path(".python_packages", "lib", "site-packages")  # where the host looks for what is not built in Azure
PYTHON, PLATFORMS = "3.13", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


@dataclass(frozen=True)
class Size:
    """How much a folder holds."""

    files: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.files:,} files, {self.bytes / 1e6:.1f} MB"


def stage(root: Path = ROOT, staging: Path = STAGING) -> None:
    """Copy what is deployed into an empty folder, and the requirements to install there."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for name in DEPLOYED:
        _copy(root / name, staging / name)
    shutil.copyfile(REQUIREMENTS, staging / "requirements.txt")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    else:
        shutil.copyfile(source, target)


def measure(folder: Path) -> Size:
    """How many files a folder has, and their bytes."""
    sizes = [each.stat().st_size for each in _files(folder)]
    return Size(len(sizes), sum(sizes))


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file())


def install(staging: Path = STAGING) -> Size:
    """Put the packages of the requirements, as Azure's Linux needs them, beside the app; their size."""
    target = staging / PACKAGES
    platforms = [option for each in PLATFORMS for option in ("--platform", each)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target)]
    wheels = ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp", *platforms]
    subprocess.run([*pip, *wheels, "--no-deps", "-r", str(staging / "requirements.txt")], check=True)
    return measure(target)


def main(arguments: list[str] | None = None) -> int:
    """Stage the package and print its size."""
    parser = argparse.ArgumentParser(prog="python -m deploy package", description="Stage what is deployed.")
    parser.add_argument("--build", action="store_true", help="install the packages here, not in Azure")
    options = parser.parse_args(arguments)
    stage()
    print(bundle_page(ROOT, STAGING / "web" / "page"))
    print(f"{measure(STAGING)} in {STAGING.relative_to(ROOT)}, without packages")
    if options.build:
        print(f"{install()} of packages beside them: set remoteBuild to false in azure.yaml")
    return 0
